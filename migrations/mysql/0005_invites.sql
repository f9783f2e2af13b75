-- Invites: rights to join one space. Facts only; the status follows from them
-- (see the view invite_overview).
CREATE TABLE IF NOT EXISTS invites (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,  -- UUIDv7: in the order of time
    space_id VARCHAR(64) NOT NULL,                                           -- the space that it lets into
    role VARCHAR(64) NOT NULL,                                               -- the role that it grants
    code VARCHAR(255),                                                       -- the code; null where only its hash is kept
    code_key VARCHAR(255) NOT NULL UNIQUE,                                   -- what look-ups compare: the normalised code, or its SHA-256
    email VARCHAR(320),                                                      -- the one address that it is bound to, in lower case
    note VARCHAR(500),                                                       -- what the operator wrote about it
    created_by VARCHAR(64),                                                  -- the user who made it
    created_at DATETIME(6) NOT NULL,                                         -- when it was made: UTC
    starts_at DATETIME(6),                                                   -- from when it can be used; null: at once
    expires_at DATETIME(6),                                                  -- from when it cannot; null: never. Closing leaves it as it was
    max_uses BIGINT,                                                         -- how often it can be used; null: without limit
    uses BIGINT NOT NULL DEFAULT 0,                                          -- how often it was used
    closed_at DATETIME(6),                                                   -- from when it is closed; may lie ahead (a replaced code with a grace)
    closed_reason VARCHAR(64),                                               -- revoked, expired, used_up or replaced
    slot VARCHAR(400) UNIQUE,                                                -- the place that a live invite holds alone; null when closed
    sends BIGINT NOT NULL DEFAULT 0,                                         -- how often its e-mail was sent
    last_sent_at DATETIME(6),                                                -- when last
    last_send_error VARCHAR(1000),                                           -- why the last sending failed; null: it did not
    created_op CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,      -- the operation that made it
    closed_op CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,                -- the operation that closed it
    FOREIGN KEY (space_id) REFERENCES invite_spaces (id),
    CHECK (uses >= 0 AND (max_uses IS NULL OR (max_uses > 0 AND uses <= max_uses))),
    CHECK ((closed_at IS NULL) = (closed_reason IS NULL)),
    CHECK (closed_reason IN ('revoked', 'expired', 'used_up', 'replaced')),
    CHECK (closed_at IS NULL OR slot IS NULL),
    INDEX invites_by_space (space_id),
    INDEX invites_by_creator (created_by),
    INDEX invites_by_email (email),
    INDEX invites_by_created_op (created_op),
    INDEX invites_by_closed_op (closed_op),
    INDEX invites_by_closing_and_expiry (closed_at, expires_at)
) ENGINE = InnoDB CHARACTER SET utf8mb4
  COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;
