-- The invites as people read them: readable times, and the status at this moment.
-- The library has the same rule in one function; a test compares the two.
CREATE VIEW invite_overview AS
SELECT
    i.id,
    i.space_id,
    s.name AS space_name,
    s.policy,
    i.role,
    coalesce(i.code, '#' || substr(i.code_key, 1, 8)) AS code,
    CASE
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
    strftime('%Y-%m-%d %H:%M:%S', i.closed_at / 1000000, 'unixepoch') AS closed_at,
    i.closed_reason
FROM invites AS i
JOIN invite_spaces AS s ON s.id = i.space_id
CROSS JOIN (SELECT CAST((julianday('now') - 2440587.5) * 86400000000.0 AS INTEGER) AS us) AS now;
