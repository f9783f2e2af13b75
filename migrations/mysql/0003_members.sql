-- Members: a user with a role in a space.
CREATE TABLE IF NOT EXISTS invite_members (
    space_id VARCHAR(64) NOT NULL,                             -- the space
    user_id VARCHAR(64) NOT NULL,                              -- the user
    role VARCHAR(64) NOT NULL,                                 -- what they are there: member, viewer, actor, owner, ...
    joined_at DATETIME(6) NOT NULL,                            -- since when: UTC
    invite_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,  -- the invite that they came in by; null: added by an operator
    PRIMARY KEY (space_id, user_id),
    FOREIGN KEY (space_id) REFERENCES invite_spaces (id),
    INDEX invite_members_by_user (user_id)
) ENGINE = InnoDB CHARACTER SET utf8mb4
  COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;
