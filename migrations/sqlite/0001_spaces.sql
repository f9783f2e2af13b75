-- Spaces: what people join.
CREATE TABLE invite_spaces (
    id TEXT NOT NULL PRIMARY KEY,        -- the application's own id, up to 64 characters
    policy TEXT NOT NULL,                -- the rules of this kind of space
    name TEXT NOT NULL,                  -- its name; in the director system, the director's
    created_at INTEGER NOT NULL,         -- when it was added here: microseconds since 1970, UTC
    changed_op TEXT NOT NULL,            -- the operation that added or last changed it
    CHECK (length(id) BETWEEN 1 AND 64)
) STRICT, WITHOUT ROWID;
