-- Sending: which e-mails are still to be sent.
ALTER TABLE invites ADD COLUMN
    -- from when its e-mail may be sent (again); ahead while a run sends it; null: nothing to send
    send_after timestamptz;
CREATE INDEX invites_by_sending ON invites (send_after) WHERE send_after IS NOT NULL;
