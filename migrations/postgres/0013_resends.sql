-- Resending: how often an invitation was issued again.
ALTER TABLE invites ADD COLUMN
    -- how often its link was issued again, sent or printed, against the limit of its policy
    resends bigint NOT NULL DEFAULT 0;
