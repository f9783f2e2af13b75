-- Users, as far as their name or address is known here.
CREATE TABLE invite_users (
    id TEXT NOT NULL PRIMARY KEY,        -- the application's own id, up to 64 characters
    name TEXT,                           -- for people who read lists
    email TEXT,                          -- in lower case: what invitations are matched with
    created_at INTEGER NOT NULL,         -- when first seen: microseconds since 1970, UTC
    CHECK (length(id) BETWEEN 1 AND 64)
) STRICT, WITHOUT ROWID;

CREATE INDEX invite_users_by_email ON invite_users (email) WHERE email IS NOT NULL;
