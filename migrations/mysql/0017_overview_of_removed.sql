-- An open invite of a removed space reads as revoked: on a cluster, another node can
-- commit one after the removal. Guards and readers of the library have the same rule.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW invite_overview AS
SELECT
    i.id,
    i.space_id,
    s.name AS space_name,
    s.policy,
    i.role,
    coalesce(i.code, concat('#', substr(i.code_key, 1, 8))) AS code,
    CASE
        WHEN s.removed_at IS NOT NULL AND (i.closed_at IS NULL OR i.closed_reason = 'replaced' AND i.closed_at > s.removed_at) THEN 'revoked'
        WHEN i.closed_at <= utc_timestamp(6) OR i.closed_reason <> 'replaced' THEN i.closed_reason
        WHEN i.uses >= i.max_uses THEN 'used_up'
        WHEN i.expires_at <= utc_timestamp(6) THEN 'expired'
        WHEN i.starts_at > utc_timestamp(6) THEN 'scheduled'
        ELSE 'active'
    END AS status,
    i.uses,
    i.max_uses,
    i.email,
    i.note,
    i.created_by,
    date_format(i.created_at, '%Y-%m-%d %H:%i:%s') AS created_at,
    date_format(i.starts_at, '%Y-%m-%d %H:%i:%s') AS starts_at,
    date_format(i.expires_at, '%Y-%m-%d %H:%i:%s') AS expires_at,
    date_format(CASE WHEN s.removed_at IS NOT NULL AND (i.closed_at IS NULL OR i.closed_reason = 'replaced' AND i.closed_at > s.removed_at)
        THEN s.removed_at ELSE i.closed_at END, '%Y-%m-%d %H:%i:%s') AS closed_at,
    CASE WHEN s.removed_at IS NOT NULL AND (i.closed_at IS NULL OR i.closed_reason = 'replaced' AND i.closed_at > s.removed_at)
        THEN 'revoked' ELSE i.closed_reason END AS closed_reason
FROM invites AS i
JOIN invite_spaces AS s ON s.id = i.space_id;
