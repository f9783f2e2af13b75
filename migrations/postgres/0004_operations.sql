-- Operations: one run of a command that changes data; the audit trail.
CREATE TABLE invite_operations (
    id uuid NOT NULL PRIMARY KEY,         -- UUIDv7: in the order of time
    at timestamptz NOT NULL,              -- when it began
    finished_at timestamptz,              -- when it ended; null: running, or cut off
    actor text COLLATE "C" NOT NULL,      -- the operator: the account that ran the command
    acting_as text COLLATE "C",           -- the user that they acted for (--as)
    command text COLLATE "C" NOT NULL,    -- the command's name
    reason text COLLATE "C",              -- why (--reason)
    request_key text COLLATE "C" UNIQUE,  -- makes a retry find the first result
    changed bigint NOT NULL DEFAULT 0,    -- how many rows it changed
    failed bigint NOT NULL DEFAULT 0,     -- how many items it could not change
    undone_by uuid                        -- the operation that took it back
);
