-- Sending: which e-mails are still to be sent.
ALTER TABLE invites
    ADD COLUMN
    -- from when its e-mail may be sent (again): UTC; ahead while a run sends it; null: nothing to send
    send_after DATETIME(6) NULL,
    ADD KEY invites_by_sending (send_after);
