-- Steps: how far an operation came.
ALTER TABLE invite_operations ADD COLUMN
    -- the last of its transactions that was committed: tells whether a commit whose answer was lost took place
    last_step BIGINT NOT NULL DEFAULT 0;
