-- An open invite of a removed space reads as revoked: on a cluster, another node can
-- commit one after the removal. Guards and readers of the library have the same rule.
CREATE OR REPLACE VIEW invite_overview AS
SELECT
    i.id,
    i.space_id,
    s.name AS space_name,
    s.policy,
    i.role,
    coalesce(i.code, '#' || substr(i.code_key, 1, 8)) AS code,
    CASE
        WHEN s.removed_at IS NOT NULL AND (i.closed_at IS NULL OR i.closed_reason = 'replaced' AND i.closed_at > s.removed_at) THEN 'revoked'
        WHEN i.closed_at <= statement_timestamp() OR i.closed_reason <> 'replaced' THEN i.closed_reason
        WHEN i.uses >= i.max_uses THEN 'used_up'
        WHEN i.expires_at <= statement_timestamp() THEN 'expired'
        WHEN i.starts_at > statement_timestamp() THEN 'scheduled'
        ELSE 'active'
    END AS status,
    i.uses,
    i.max_uses,
    i.email,
    i.note,
    i.created_by,
    to_char(i.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS created_at,
    to_char(i.starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS starts_at,
    to_char(i.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS expires_at,
    to_char(CASE WHEN s.removed_at IS NOT NULL AND (i.closed_at IS NULL OR i.closed_reason = 'replaced' AND i.closed_at > s.removed_at)
        THEN s.removed_at ELSE i.closed_at END AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS closed_at,
    CASE WHEN s.removed_at IS NOT NULL AND (i.closed_at IS NULL OR i.closed_reason = 'replaced' AND i.closed_at > s.removed_at)
        THEN 'revoked' ELSE i.closed_reason END AS closed_reason
FROM invites AS i
JOIN invite_spaces AS s ON s.id = i.space_id;
