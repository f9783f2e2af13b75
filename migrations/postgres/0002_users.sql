-- Users, as far as their name or address is known here.
CREATE TABLE invite_users (
    id text COLLATE "C" NOT NULL PRIMARY KEY,  -- the application's own id, up to 64 characters
    name text COLLATE "C",                     -- for people who read lists
    email text COLLATE "C",                    -- in lower case: what invitations are matched with
    created_at timestamptz NOT NULL,           -- when first seen
    CHECK (length(id) BETWEEN 1 AND 64)
);

CREATE INDEX invite_users_by_email ON invite_users (email) WHERE email IS NOT NULL;
