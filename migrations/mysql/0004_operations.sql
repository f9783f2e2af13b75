-- Operations: one run of a command that changes data; the audit trail.
CREATE TABLE IF NOT EXISTS invite_operations (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,  -- UUIDv7: in the order of time
    at DATETIME(6) NOT NULL,                                                 -- when it began: UTC
    finished_at DATETIME(6),                                                 -- when it ended; null: running, or cut off
    actor VARCHAR(200) NOT NULL,                                             -- the operator: the account that ran the command
    acting_as VARCHAR(64),                                                   -- the user that they acted for (--as)
    command VARCHAR(64) NOT NULL,                                            -- the command's name
    reason VARCHAR(500),                                                     -- why (--reason)
    request_key VARCHAR(255) UNIQUE,                                         -- makes a retry find the first result
    changed BIGINT NOT NULL DEFAULT 0,                                       -- how many rows it changed
    failed BIGINT NOT NULL DEFAULT 0,                                        -- how many items it could not change
    undone_by CHAR(36) CHARACTER SET ascii COLLATE ascii_bin                 -- the operation that took it back
) ENGINE = InnoDB CHARACTER SET utf8mb4
  COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;
