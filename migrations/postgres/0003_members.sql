-- Members: a user with a role in a space.
CREATE TABLE invite_members (
    space_id text COLLATE "C" NOT NULL,  -- the space
    user_id text COLLATE "C" NOT NULL,   -- the user
    role text COLLATE "C" NOT NULL,      -- what they are there: member, viewer, actor, owner, ...
    joined_at timestamptz NOT NULL,      -- since when
    invite_id uuid,                      -- the invite that they came in by; null: added by an operator
    PRIMARY KEY (space_id, user_id),
    FOREIGN KEY (space_id) REFERENCES invite_spaces (id)
);

CREATE INDEX invite_members_by_user ON invite_members (user_id);
