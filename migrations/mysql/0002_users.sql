-- Users, as far as their name or address is known here.
CREATE TABLE IF NOT EXISTS invite_users (
    id VARCHAR(64) NOT NULL PRIMARY KEY,  -- the application's own id, up to 64 characters
    name VARCHAR(200),                    -- for people who read lists
    email VARCHAR(320),                   -- in lower case: what invitations are matched with
    created_at DATETIME(6) NOT NULL,      -- when first seen: UTC
    CHECK (char_length(id) BETWEEN 1 AND 64),
    INDEX invite_users_by_email (email)
) ENGINE = InnoDB CHARACTER SET utf8mb4
  COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;
