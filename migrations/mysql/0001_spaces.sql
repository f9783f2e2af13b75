-- Spaces: what people join.
CREATE TABLE IF NOT EXISTS invite_spaces (
    id VARCHAR(64) NOT NULL PRIMARY KEY,                                 -- the application's own id, up to 64 characters
    policy VARCHAR(64) NOT NULL,                                         -- the rules of this kind of space
    name VARCHAR(200) NOT NULL,                                          -- its name; in the director system, the director's
    created_at DATETIME(6) NOT NULL,                                     -- when it was added here: UTC
    changed_op CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,  -- the operation that added or last changed it
    CHECK (char_length(id) BETWEEN 1 AND 64)
) ENGINE = InnoDB CHARACTER SET utf8mb4
  COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;
