-- The statements of one use of a code on SQLite, in the order in which the library
-- sends them; use.h describes the format.
-- keep id space_id
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
  i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason, i.sends, i.resends, i.last_sent_at,
  i.last_send_error, i.send_after, i.created_op, i.closed_op, s.removed_at
  FROM invites AS i JOIN invite_spaces AS s ON s.id = i.space_id WHERE i.code_key IN (:code, 'db482bb4436dd019ef2fd932aefffce724c3112aafa894ef8b48c35b275d526d');
BEGIN IMMEDIATE;
SELECT i.id, i.space_id, '' AS name, '' AS policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
  i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason, i.sends, i.resends, i.last_sent_at,
  i.last_send_error, i.send_after, i.created_op, i.closed_op, NULL AS removed_at
  FROM invites AS i WHERE i.id = :id;
UPDATE invites SET
  closed_reason = CASE WHEN uses + 1 >= max_uses AND closed_at IS NULL THEN 'used_up' ELSE closed_reason END,
  closed_op = CASE WHEN uses + 1 >= max_uses AND closed_at IS NULL THEN :operation ELSE closed_op END,
  closed_at = CASE WHEN uses + 1 >= max_uses AND closed_at IS NULL THEN :now ELSE closed_at END,
  slot = CASE WHEN uses + 1 >= max_uses THEN NULL ELSE slot END,
  uses = uses + 1
  WHERE id = :id AND (starts_at IS NULL OR starts_at <= :now) AND (email IS NULL OR email = NULL)
  AND EXISTS (SELECT 1 FROM invite_spaces WHERE id = :space_id AND removed_at IS NULL)
  AND (closed_at IS NULL OR (closed_reason = 'replaced' AND closed_at > :now))
  AND (expires_at IS NULL OR expires_at > :now) AND (max_uses IS NULL OR uses < max_uses);
INSERT INTO invite_uses (id, invite_id, user_id, role, used_at, operation_id)
  VALUES (:use_id, :id, :user, 'member', :now, :operation) ON CONFLICT DO NOTHING;
INSERT INTO invite_members (space_id, user_id, role, joined_at, invite_id)
  VALUES (:space_id, :user, 'member', :now, :id) ON CONFLICT DO NOTHING;
INSERT INTO invite_users (id, name, email, created_at) VALUES (:user, NULL, NULL, :now)
  ON CONFLICT (id) DO UPDATE SET
  name = coalesce(invite_users.name, excluded.name), email = coalesce(invite_users.email, excluded.email);
INSERT INTO invite_operations
  (id, at, finished_at, operator, actor, on_behalf_of, command, target, reason, changed, failed, last_step)
  VALUES (:operation, :now, :now, 'bench', NULL, NULL, 'use', 'invite ' || :id, NULL, 1, 0, 1);
COMMIT;
