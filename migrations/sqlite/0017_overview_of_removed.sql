-- An open invite of a removed space reads as revoked: on a cluster, another node can
-- commit one after the removal. Guards and readers of the library have the same rule.
DROP VIEW invite_overview;
CREATE VIEW invite_overview AS
SELECT
    i.id,
    i.space_id,
    s.name AS space_name,
    s.policy,
    i.role,
    coalesce(i.code, '#' || substr(i.code_key, 1, 8)) AS code,
    CASE
        WHEN s.removed_at IS NOT NULL AND (i.closed_at IS NULL OR i.closed_reason = 'replaced' AND i.closed_at > s.removed_at) THEN 'revoked'
        WHEN i.closed_at <= now.us OR i.closed_reason <> 'replaced' THEN i.closed_reason
        WHEN i.uses >= i.max_uses THEN 'used_up'
        WHEN i.expires_at <= now.us THEN 'expired'
        WHEN i.starts_at > now.us THEN 'scheduled'
        ELSE 'active'
    END AS status,
    i.uses,
    i.max_uses,
    i.email,
    i.note,
    i.created_by,
    strftime('%Y-%m-%d %H:%M:%S', i.created_at / 1000000, 'unixepoch') AS created_at,
    strftime('%Y-%m-%d %H:%M:%S', i.starts_at / 1000000, 'unixepoch') AS starts_at,
    strftime('%Y-%m-%d %H:%M:%S', i.expires_at / 1000000, 'unixepoch') AS expires_at,
    strftime('%Y-%m-%d %H:%M:%S', CASE WHEN s.removed_at IS NOT NULL AND (i.closed_at IS NULL OR i.closed_reason = 'replaced' AND i.closed_at > s.removed_at)
        THEN s.removed_at ELSE i.closed_at END / 1000000, 'unixepoch') AS closed_at,
    CASE WHEN s.removed_at IS NOT NULL AND (i.closed_at IS NULL OR i.closed_reason = 'replaced' AND i.closed_at > s.removed_at)
        THEN 'revoked' ELSE i.closed_reason END AS closed_reason
FROM invites AS i
JOIN invite_spaces AS s ON s.id = i.space_id
CROSS JOIN (SELECT CAST((julianday('now') - 2440587.5) * 86400000000.0 AS INTEGER) AS us) AS now;
