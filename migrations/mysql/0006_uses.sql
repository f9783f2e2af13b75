-- Uses: the ledger of redemptions, one row each.
CREATE TABLE IF NOT EXISTS invite_uses (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,  -- UUIDv7: in the order of time
    invite_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,       -- the invite that was used
    user_id VARCHAR(64) NOT NULL,                                            -- who used it
    role VARCHAR(64) NOT NULL,                                               -- the role that they got
    used_at DATETIME(6) NOT NULL,                                            -- when: UTC
    operation_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,    -- the operation that recorded it
    UNIQUE (invite_id, user_id),
    FOREIGN KEY (invite_id) REFERENCES invites (id),
    INDEX invite_uses_by_user (user_id)
) ENGINE = InnoDB CHARACTER SET utf8mb4
  COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;
