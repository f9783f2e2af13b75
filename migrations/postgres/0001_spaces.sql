-- Spaces: what people join.
CREATE TABLE invite_spaces (
    id text COLLATE "C" NOT NULL PRIMARY KEY,  -- the application's own id, up to 64 characters
    policy text COLLATE "C" NOT NULL,          -- the rules of this kind of space
    name text COLLATE "C" NOT NULL,            -- its name; in the director system, the director's
    created_at timestamptz NOT NULL,           -- when it was added here
    changed_op uuid NOT NULL,                  -- the operation that added or last changed it
    CHECK (length(id) BETWEEN 1 AND 64)
);
