-- Invitations whose e-mail failed before migration 11, which recorded as unsent only later ones.
UPDATE invites SET send_after = created_at
WHERE send_after IS NULL
  AND last_send_error IS NOT NULL
  AND email IS NOT NULL
  AND uses = 0
  AND (closed_at IS NULL OR closed_reason = 'expired');
