-- Invites: rights to join one space. Facts only; the status follows from them
-- (see the view invite_overview).
CREATE TABLE invites (
    id uuid NOT NULL PRIMARY KEY,               -- UUIDv7: in the order of time
    space_id text COLLATE "C" NOT NULL,         -- the space that it lets into
    role text COLLATE "C" NOT NULL,             -- the role that it grants
    code text COLLATE "C",                      -- the code; null where only its hash is kept
    code_key text COLLATE "C" NOT NULL UNIQUE,  -- what look-ups compare: the normalised code, or its SHA-256
    email text COLLATE "C",                     -- the one address that it is bound to, in lower case
    note text COLLATE "C",                      -- what the operator wrote about it
    created_by text COLLATE "C",                -- the user who made it
    created_at timestamptz NOT NULL,            -- when it was made
    starts_at timestamptz,                      -- from when it can be used; null: at once
    expires_at timestamptz,                     -- from when it cannot; null: never. Closing leaves it as it was
    max_uses bigint,                            -- how often it can be used; null: without limit
    uses bigint NOT NULL DEFAULT 0,             -- how often it was used
    closed_at timestamptz,                      -- from when it is closed; may lie ahead (a replaced code with a grace)
    closed_reason text COLLATE "C",             -- revoked, expired, used_up or replaced
    slot text COLLATE "C" UNIQUE,               -- the place that a live invite holds alone; null when closed
    sends bigint NOT NULL DEFAULT 0,            -- how often its e-mail was sent
    last_sent_at timestamptz,                   -- when last
    last_send_error text COLLATE "C",           -- why the last sending failed; null: it did not
    created_op uuid NOT NULL,                   -- the operation that made it
    closed_op uuid,                             -- the operation that closed it
    FOREIGN KEY (space_id) REFERENCES invite_spaces (id),
    CHECK (uses >= 0 AND (max_uses IS NULL OR (max_uses > 0 AND uses <= max_uses))),
    CHECK ((closed_at IS NULL) = (closed_reason IS NULL)),
    CHECK (closed_reason IN ('revoked', 'expired', 'used_up', 'replaced')),
    CHECK (closed_at IS NULL OR slot IS NULL)
);

CREATE INDEX invites_by_space ON invites (space_id);
CREATE INDEX invites_by_creator ON invites (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX invites_by_email ON invites (email) WHERE email IS NOT NULL;
CREATE INDEX invites_by_created_op ON invites (created_op);
CREATE INDEX invites_by_closed_op ON invites (closed_op) WHERE closed_op IS NOT NULL;
CREATE INDEX invites_by_expiry ON invites (expires_at) WHERE expires_at IS NOT NULL AND closed_at IS NULL;
CREATE INDEX invites_by_used_up ON invites (id) WHERE closed_at IS NULL AND uses >= max_uses;
CREATE INDEX invites_by_closing ON invites (closed_at) WHERE closed_at IS NOT NULL;
