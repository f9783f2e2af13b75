-- Changes: what an operation changed of an invite that lives on, before and after.
CREATE TABLE IF NOT EXISTS invite_changes (
    operation_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,  -- the operation
    invite_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,     -- the invite
    field VARCHAR(64) NOT NULL,                                            -- the column of invites: expires_at, max_uses, closed_at, ...
    before_value VARCHAR(500),                                             -- its value before, as text (times in RFC 3339)
    after_value VARCHAR(500),                                              -- its value after
    PRIMARY KEY (operation_id, invite_id, field),
    FOREIGN KEY (invite_id) REFERENCES invites (id),
    INDEX invite_changes_by_invite (invite_id)
) ENGINE = InnoDB CHARACTER SET utf8mb4
  COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;
