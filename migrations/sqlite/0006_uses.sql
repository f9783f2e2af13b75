-- Uses: the ledger of redemptions, one row each.
CREATE TABLE invite_uses (
    id TEXT NOT NULL PRIMARY KEY,        -- UUIDv7: in the order of time
    invite_id TEXT NOT NULL,             -- the invite that was used
    user_id TEXT NOT NULL,               -- who used it
    role TEXT NOT NULL,                  -- the role that they got
    used_at INTEGER NOT NULL,            -- when: microseconds since 1970, UTC
    operation_id TEXT NOT NULL,          -- the operation that recorded it
    UNIQUE (invite_id, user_id),
    FOREIGN KEY (invite_id) REFERENCES invites (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX invite_uses_by_user ON invite_uses (user_id);
