-- Limits: attempts counted in windows, shared by every process.
CREATE TABLE IF NOT EXISTS invite_limits (
    bucket VARCHAR(255) NOT NULL,       -- what is counted, and for whom
    window_start DATETIME(6) NOT NULL,  -- the window's first instant: UTC
    hits BIGINT NOT NULL DEFAULT 0,     -- attempts in that window
    PRIMARY KEY (bucket, window_start)
) ENGINE = InnoDB CHARACTER SET utf8mb4
  COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;
