-- Operations: one run of a command that changes data; the audit trail.
CREATE TABLE invite_operations (
    id TEXT NOT NULL PRIMARY KEY,        -- UUIDv7: in the order of time
    at INTEGER NOT NULL,                 -- when it began: microseconds since 1970, UTC
    finished_at INTEGER,                 -- when it ended; null: running, or cut off
    actor TEXT NOT NULL,                 -- the operator: the account that ran the command
    acting_as TEXT,                      -- the user that they acted for (--as)
    command TEXT NOT NULL,               -- the command's name
    reason TEXT,                         -- why (--reason)
    request_key TEXT UNIQUE,             -- makes a retry find the first result
    changed INTEGER NOT NULL DEFAULT 0,  -- how many rows it changed
    failed INTEGER NOT NULL DEFAULT 0,   -- how many items it could not change
    undone_by TEXT                       -- the operation that took it back
) STRICT, WITHOUT ROWID;
