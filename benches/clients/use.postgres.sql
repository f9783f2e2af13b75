-- The statements of one use of a code on PostgreSQL, in the order in which the library
-- sends them, for pgbench. Values that differ per use are computed from the counter :k.
-- The library queries the server's time in the same message as BEGIN; pgbench sends
-- one prepared statement per message, so this query is omitted.
\set k :k + 1
\set n 1000 + (:k + :client_id * 100) % 1200
\set op random(1000000000000000, 9999999999999999)
\set u random(1000000000000000, 9999999999999999)
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
  i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason, i.sends, i.resends, i.last_sent_at,
  i.last_send_error, i.send_after, i.created_op, i.closed_op, s.removed_at
  FROM invites AS i JOIN invite_spaces AS s ON s.id = i.space_id WHERE i.code_key IN ('CODE' || :n::text, 'db482bb4436dd019ef2fd932aefffce724c3112aafa894ef8b48c35b275d526d')
\gset i_
BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT i.id, i.space_id, '' AS name, '' AS policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
  i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason, i.sends, i.resends, i.last_sent_at,
  i.last_send_error, i.send_after, i.created_op, i.closed_op, NULL AS removed_at
  FROM invites AS i WHERE i.id = :i_id FOR UPDATE;
UPDATE invites SET
  closed_reason = CASE WHEN uses + 1 >= max_uses AND closed_at IS NULL THEN 'used_up' ELSE closed_reason END,
  closed_op = CASE WHEN uses + 1 >= max_uses AND closed_at IS NULL THEN (:k::text || :op::text)::uuid ELSE closed_op END,
  closed_at = CASE WHEN uses + 1 >= max_uses AND closed_at IS NULL THEN now() ELSE closed_at END,
  slot = CASE WHEN uses + 1 >= max_uses THEN NULL ELSE slot END,
  uses = uses + 1
  WHERE id = :i_id AND (starts_at IS NULL OR starts_at <= now()) AND (email IS NULL OR email = NULL)
  AND EXISTS (SELECT 1 FROM invite_spaces WHERE id = :i_space_id AND removed_at IS NULL)
  AND (closed_at IS NULL OR (closed_reason = 'replaced' AND closed_at > now()))
  AND (expires_at IS NULL OR expires_at > now()) AND (max_uses IS NULL OR uses < max_uses);
INSERT INTO invite_uses (id, invite_id, user_id, role, used_at, operation_id)
  VALUES ((:k::text || :u::text)::uuid, :i_id, 'user-' || :client_id::text || '-' || :k::text, 'member', now(), (:k::text || :op::text)::uuid) ON CONFLICT DO NOTHING;
INSERT INTO invite_members (space_id, user_id, role, joined_at, invite_id)
  VALUES (:i_space_id, 'user-' || :client_id::text || '-' || :k::text, 'member', now(), :i_id) ON CONFLICT DO NOTHING;
INSERT INTO invite_users (id, name, email, created_at) VALUES ('user-' || :client_id::text || '-' || :k::text, NULL, NULL, now())
  ON CONFLICT (id) DO UPDATE SET
  name = coalesce(invite_users.name, excluded.name), email = coalesce(invite_users.email, excluded.email);
INSERT INTO invite_operations
  (id, at, finished_at, operator, actor, on_behalf_of, command, target, reason, changed, failed, last_step)
  VALUES ((:k::text || :op::text)::uuid, now(), now(), 'bench', NULL, NULL, 'use', 'invite ' || :i_id::text, NULL, 1, 0, 1);
COMMIT;
