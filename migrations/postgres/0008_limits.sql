-- Limits: attempts counted in windows, shared by every process.
CREATE TABLE invite_limits (
    bucket text COLLATE "C" NOT NULL,   -- what is counted, and for whom
    window_start timestamptz NOT NULL,  -- the window's first instant
    hits bigint NOT NULL DEFAULT 0,     -- attempts in that window
    PRIMARY KEY (bucket, window_start)
);
