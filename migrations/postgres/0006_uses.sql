-- Uses: the ledger of redemptions, one row each.
CREATE TABLE invite_uses (
    id uuid NOT NULL PRIMARY KEY,       -- UUIDv7: in the order of time
    invite_id uuid NOT NULL,            -- the invite that was used
    user_id text COLLATE "C" NOT NULL,  -- who used it
    role text COLLATE "C" NOT NULL,     -- the role that they got
    used_at timestamptz NOT NULL,       -- when
    operation_id uuid NOT NULL,         -- the operation that recorded it
    UNIQUE (invite_id, user_id),
    FOREIGN KEY (invite_id) REFERENCES invites (id)
);

CREATE INDEX invite_uses_by_user ON invite_uses (user_id);
