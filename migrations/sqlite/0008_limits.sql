-- Limits: attempts counted in windows, shared by every process.
CREATE TABLE invite_limits (
    bucket TEXT NOT NULL,                -- what is counted, and for whom
    window_start INTEGER NOT NULL,       -- the window's first instant: microseconds since 1970, UTC
    hits INTEGER NOT NULL DEFAULT 0,     -- attempts in that window
    PRIMARY KEY (bucket, window_start)
) STRICT, WITHOUT ROWID;
