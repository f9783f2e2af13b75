-- Members: a user with a role in a space.
CREATE TABLE invite_members (
    space_id TEXT NOT NULL,              -- the space
    user_id TEXT NOT NULL,               -- the user
    role TEXT NOT NULL,                  -- what they are there: member, viewer, actor, owner, ...
    joined_at INTEGER NOT NULL,          -- since when: microseconds since 1970, UTC
    invite_id TEXT,                      -- the invite that they came in by; null: added by an operator
    PRIMARY KEY (space_id, user_id),
    FOREIGN KEY (space_id) REFERENCES invite_spaces (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX invite_members_by_user ON invite_members (user_id);
