-- The invites as people read them: readable times in UTC, whatever the session's time
-- zone, and the status at this moment.
-- The library has the same rule in one function; a test compares the two.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW invite_overview AS
SELECT
    i.id,
    i.space_id,
    s.name AS space_name,
    s.policy,
    i.role,
    coalesce(i.code, concat('#', substr(i.code_key, 1, 8))) AS code,
    CASE
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
    date_format(i.closed_at, '%Y-%m-%d %H:%i:%s') AS closed_at,
    i.closed_reason
FROM invites AS i
JOIN invite_spaces AS s ON s.id = i.space_id;
