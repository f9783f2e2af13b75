-- Generated: UPDATE_GENERATED=1 sh tests/run.sh --lib uses_indexes

-- list
SELECT /*+ JOIN_PREFIX(i) */ i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key,
    i.email, i.note, i.created_by, i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses,
    i.closed_at, i.closed_reason, i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after,
    i.created_op, i.closed_op, s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
  ORDER BY i.id DESC
  LIMIT ?;

-- list; list --sort oldest; list --sort expires; list --sort uses; 1 more
SELECT count(*) AS total
  FROM invites AS i
  WHERE true;

-- list --sort oldest
SELECT /*+ JOIN_PREFIX(i) */ i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key,
    i.email, i.note, i.created_by, i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses,
    i.closed_at, i.closed_reason, i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after,
    i.created_op, i.closed_op, s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
  ORDER BY i.id
  LIMIT ?;

-- list --sort expires
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
  ORDER BY CASE WHEN i.expires_at IS NULL AND coalesce(i.closed_reason, '') <> 'replaced' THEN 1 ELSE 0 END,
    CASE WHEN i.closed_reason = 'replaced' AND (i.expires_at IS NULL OR i.closed_at < i.expires_at) THEN i.closed_at ELSE i.expires_at END,
    i.id
  LIMIT ?;

-- list --sort uses
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
  ORDER BY i.uses DESC, i.id
  LIMIT ?;

-- list --sort space
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
  ORDER BY i.space_id, i.id
  LIMIT ?;

-- list --space; list --space --sort expires; list --as --space; list all --space; 14 more
SELECT id, policy, name, created_at, changed_op, removed_at, removed_op
  FROM invite_spaces
  WHERE id = ?;

-- list --space
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND i.space_id IN (?)
  ORDER BY i.id DESC
  LIMIT ?;

-- list --space; list --space --sort expires
SELECT count(*) AS total
  FROM invites AS i
  WHERE true
    AND i.space_id IN (?);

-- list --space --sort expires
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND i.space_id IN (?)
  ORDER BY CASE WHEN i.expires_at IS NULL AND coalesce(i.closed_reason, '') <> 'replaced' THEN 1 ELSE 0 END,
    CASE WHEN i.closed_reason = 'replaced' AND (i.expires_at IS NULL OR i.closed_at < i.expires_at) THEN i.closed_at ELSE i.expires_at END,
    i.id
  LIMIT ?;

-- list --policy
SELECT /*+ JOIN_PREFIX(i) */ i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key,
    i.email, i.note, i.created_by, i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses,
    i.closed_at, i.closed_reason, i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after,
    i.created_op, i.closed_op, s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND s.policy = ?
  ORDER BY i.id DESC
  LIMIT ?;

-- list --policy
SELECT count(*) AS total
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND s.policy = ?;

-- list --status active
SELECT /*+ JOIN_PREFIX(i) */ i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key,
    i.email, i.note, i.created_by, i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses,
    i.closed_at, i.closed_reason, i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after,
    i.created_op, i.closed_op, s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND CASE WHEN s.removed_at IS NOT NULL AND (closed_at IS NULL OR closed_reason = 'replaced' AND closed_at > s.removed_at) THEN 'revoked' ELSE CASE WHEN closed_at <= ? OR closed_reason <> 'replaced' THEN closed_reason WHEN uses >= max_uses THEN 'used_up' WHEN expires_at <= ? THEN 'expired' WHEN starts_at > ? THEN 'scheduled' ELSE 'active' END END IN ('',
      'active')
  ORDER BY i.id DESC
  LIMIT ?;

-- list --status active
SELECT count(*) AS total
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND CASE WHEN s.removed_at IS NOT NULL AND (closed_at IS NULL OR closed_reason = 'replaced' AND closed_at > s.removed_at) THEN 'revoked' ELSE CASE WHEN closed_at <= ? OR closed_reason <> 'replaced' THEN closed_reason WHEN uses >= max_uses THEN 'used_up' WHEN expires_at <= ? THEN 'expired' WHEN starts_at > ? THEN 'scheduled' ELSE 'active' END END IN ('',
      'active');

-- list --status revoked
SELECT /*+ JOIN_PREFIX(i) */ i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key,
    i.email, i.note, i.created_by, i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses,
    i.closed_at, i.closed_reason, i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after,
    i.created_op, i.closed_op, s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND CASE WHEN s.removed_at IS NOT NULL AND (closed_at IS NULL OR closed_reason = 'replaced' AND closed_at > s.removed_at) THEN 'revoked' ELSE CASE WHEN closed_at <= ? OR closed_reason <> 'replaced' THEN closed_reason WHEN uses >= max_uses THEN 'used_up' WHEN expires_at <= ? THEN 'expired' WHEN starts_at > ? THEN 'scheduled' ELSE 'active' END END IN ('',
      'revoked')
  ORDER BY i.id DESC
  LIMIT ?;

-- list --status revoked
SELECT count(*) AS total
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND CASE WHEN s.removed_at IS NOT NULL AND (closed_at IS NULL OR closed_reason = 'replaced' AND closed_at > s.removed_at) THEN 'revoked' ELSE CASE WHEN closed_at <= ? OR closed_reason <> 'replaced' THEN closed_reason WHEN uses >= max_uses THEN 'used_up' WHEN expires_at <= ? THEN 'expired' WHEN starts_at > ? THEN 'scheduled' ELSE 'active' END END IN ('',
      'revoked');

-- list --created-by; list --as; list --as --space; list --as of nothing; 8 more
SELECT CASE WHEN EXISTS (SELECT 1
    FROM invite_users
    WHERE id = ?) OR EXISTS (SELECT 1
    FROM invite_members
    WHERE user_id = ?) OR EXISTS (SELECT 1
    FROM invite_uses
    WHERE user_id = ?) OR EXISTS (SELECT 1
    FROM invites
    WHERE created_by = ?) THEN 1 ELSE 0 END AS known;

-- list --created-by
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND i.created_by = ?
  ORDER BY i.id DESC
  LIMIT ?;

-- list --created-by
SELECT count(*) AS total
  FROM invites AS i
  WHERE true
    AND i.created_by = ?;

-- list --email
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND i.email = ?
  ORDER BY i.id DESC
  LIMIT ?;

-- list --email
SELECT count(*) AS total
  FROM invites AS i
  WHERE true
    AND i.email = ?;

-- list --role
SELECT /*+ JOIN_PREFIX(i) */ i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key,
    i.email, i.note, i.created_by, i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses,
    i.closed_at, i.closed_reason, i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after,
    i.created_op, i.closed_op, s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND i.role = ?
  ORDER BY i.id DESC
  LIMIT ?;

-- list --role
SELECT count(*) AS total
  FROM invites AS i
  WHERE true
    AND i.role = ?;

-- list --expires-before
SELECT /*+ JOIN_PREFIX(i) */ i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key,
    i.email, i.note, i.created_by, i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses,
    i.closed_at, i.closed_reason, i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after,
    i.created_op, i.closed_op, s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND (i.expires_at < ?
      OR (i.closed_reason = 'replaced'
        AND i.closed_at < ?))
  ORDER BY i.id DESC
  LIMIT ?;

-- list --expires-before
SELECT count(*) AS total
  FROM invites AS i
  WHERE true
    AND (i.expires_at < ?
      OR (i.closed_reason = 'replaced'
        AND i.closed_at < ?));

-- list --operation; list --made-by; revoke --operation
SELECT id
  FROM invite_operations
  WHERE id = ?;

-- list --operation
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND (i.created_op = ?
      OR i.closed_op = ?)
  ORDER BY i.id DESC
  LIMIT ?;

-- list --operation
SELECT count(*) AS total
  FROM invites AS i
  WHERE true
    AND (i.created_op = ?
      OR i.closed_op = ?);

-- list --made-by
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND i.created_op = ?
  ORDER BY i.id DESC
  LIMIT ?;

-- list --made-by
SELECT count(*) AS total
  FROM invites AS i
  WHERE true
    AND i.created_op = ?;

-- list --unsent
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND i.id IN (SELECT id
    FROM invites
    WHERE send_after <= ?)
    AND (i.closed_at IS NULL
      OR i.closed_reason = 'expired')
    AND (i.max_uses IS NULL
      OR i.uses < i.max_uses)
    AND (i.closed_at IS NULL
      AND (i.expires_at IS NULL
        OR i.expires_at > ?)
      OR NOT EXISTS (SELECT 1
      FROM invites AS o
      WHERE o.email = i.email
        AND o.space_id = i.space_id
        AND (o.id > i.id
          OR o.id < i.id
          AND o.closed_at IS NULL
          AND (o.expires_at IS NULL
            OR o.expires_at > ?)
          AND (o.max_uses IS NULL
            OR o.uses < o.max_uses))))
    AND EXISTS (SELECT 1
    FROM invite_spaces AS p
    WHERE p.id = i.space_id
      AND p.removed_at IS NULL)
  ORDER BY i.id DESC
  LIMIT ?;

-- list --unsent
SELECT count(*) AS total
  FROM invites AS i
  WHERE true
    AND i.id IN (SELECT id
    FROM invites
    WHERE send_after <= ?)
    AND (i.closed_at IS NULL
      OR i.closed_reason = 'expired')
    AND (i.max_uses IS NULL
      OR i.uses < i.max_uses)
    AND (i.closed_at IS NULL
      AND (i.expires_at IS NULL
        OR i.expires_at > ?)
      OR NOT EXISTS (SELECT 1
      FROM invites AS o
      WHERE o.email = i.email
        AND o.space_id = i.space_id
        AND (o.id > i.id
          OR o.id < i.id
          AND o.closed_at IS NULL
          AND (o.expires_at IS NULL
            OR o.expires_at > ?)
          AND (o.max_uses IS NULL
            OR o.uses < o.max_uses))))
    AND EXISTS (SELECT 1
    FROM invite_spaces AS p
    WHERE p.id = i.space_id
      AND p.removed_at IS NULL);

-- list under way
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND i.id IN (SELECT id
    FROM invites
    WHERE send_after > ?)
    AND (i.closed_at IS NULL
      OR i.closed_reason = 'expired')
    AND (i.max_uses IS NULL
      OR i.uses < i.max_uses)
    AND (i.closed_at IS NULL
      AND (i.expires_at IS NULL
        OR i.expires_at > ?)
      OR NOT EXISTS (SELECT 1
      FROM invites AS o
      WHERE o.email = i.email
        AND o.space_id = i.space_id
        AND (o.id > i.id
          OR o.id < i.id
          AND o.closed_at IS NULL
          AND (o.expires_at IS NULL
            OR o.expires_at > ?)
          AND (o.max_uses IS NULL
            OR o.uses < o.max_uses))))
    AND EXISTS (SELECT 1
    FROM invite_spaces AS p
    WHERE p.id = i.space_id
      AND p.removed_at IS NULL)
  ORDER BY i.id DESC
  LIMIT ?;

-- list under way
SELECT count(*) AS total
  FROM invites AS i
  WHERE true
    AND i.id IN (SELECT id
    FROM invites
    WHERE send_after > ?)
    AND (i.closed_at IS NULL
      OR i.closed_reason = 'expired')
    AND (i.max_uses IS NULL
      OR i.uses < i.max_uses)
    AND (i.closed_at IS NULL
      AND (i.expires_at IS NULL
        OR i.expires_at > ?)
      OR NOT EXISTS (SELECT 1
      FROM invites AS o
      WHERE o.email = i.email
        AND o.space_id = i.space_id
        AND (o.id > i.id
          OR o.id < i.id
          AND o.closed_at IS NULL
          AND (o.expires_at IS NULL
            OR o.expires_at > ?)
          AND (o.max_uses IS NULL
            OR o.uses < o.max_uses))))
    AND EXISTS (SELECT 1
    FROM invite_spaces AS p
    WHERE p.id = i.space_id
      AND p.removed_at IS NULL);

-- list --search
SELECT /*+ JOIN_PREFIX(i) */ i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key,
    i.email, i.note, i.created_by, i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses,
    i.closed_at, i.closed_reason, i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after,
    i.created_op, i.closed_op, s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND (i.space_id REGEXP ?
      OR s.name REGEXP ?
      OR i.note REGEXP ?
      OR i.email REGEXP ?)
  ORDER BY i.id DESC
  LIMIT ?;

-- list --search
SELECT count(*) AS total
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND (i.space_id REGEXP ?
      OR s.name REGEXP ?
      OR i.note REGEXP ?
      OR i.email REGEXP ?);

-- list --search of a domain
SELECT /*+ JOIN_PREFIX(i) */ i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key,
    i.email, i.note, i.created_by, i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses,
    i.closed_at, i.closed_reason, i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after,
    i.created_op, i.closed_op, s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND (i.email REGEXP ?
      OR i.space_id REGEXP ?
      OR s.name REGEXP ?
      OR i.note REGEXP ?
      OR i.email REGEXP ?)
  ORDER BY i.id DESC
  LIMIT ?;

-- list --search of a domain
SELECT count(*) AS total
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND (i.email REGEXP ?
      OR i.space_id REGEXP ?
      OR s.name REGEXP ?
      OR i.note REGEXP ?
      OR i.email REGEXP ?);

-- list --as; list --as of nothing; list all --as
SELECT m.space_id
  FROM invite_members AS m
  JOIN invite_spaces AS p ON p.id = m.space_id
    AND p.removed_at IS NULL
  WHERE m.user_id = ?
    AND p.policy || ' ' || m.role IN (?, ?, ?, ?, ?, ?, ?, ?)
    AND (? IS NULL
      OR p.policy = ?)
  LIMIT 1;

-- list --as
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND (i.space_id IN (SELECT m.space_id
      FROM invite_members AS m
      JOIN invite_spaces AS p ON p.id = m.space_id
        AND p.removed_at IS NULL
      WHERE m.user_id = ?
        AND p.policy || ' ' || m.role IN (?, ?, ?, ?, ?, ?, ?, ?)))
  ORDER BY i.id DESC
  LIMIT ?;

-- list --as
SELECT count(*) AS total
  FROM invites AS i
  WHERE true
    AND (i.space_id IN (SELECT m.space_id
      FROM invite_members AS m
      JOIN invite_spaces AS p ON p.id = m.space_id
        AND p.removed_at IS NULL
      WHERE m.user_id = ?
        AND p.policy || ' ' || m.role IN (?, ?, ?, ?, ?, ?, ?, ?)));

-- list --as --space; validate; use again; use of an invalid invite; 1 more
SELECT role
  FROM invite_members
  WHERE space_id = ?
    AND user_id = ?
    AND EXISTS (SELECT 1
    FROM invite_spaces AS s
    WHERE s.id = invite_members.space_id
      AND s.removed_at IS NULL);

-- list --as --space
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND (i.space_id IN (SELECT m.space_id
      FROM invite_members AS m
      JOIN invite_spaces AS p ON p.id = m.space_id
        AND p.removed_at IS NULL
      WHERE m.user_id = ?
        AND p.policy || ' ' || m.role IN (?, ?, ?, ?, ?, ?, ?, ?)))
    AND i.space_id IN (?)
  ORDER BY i.id DESC
  LIMIT ?;

-- list --as --space
SELECT count(*) AS total
  FROM invites AS i
  WHERE true
    AND (i.space_id IN (SELECT m.space_id
      FROM invite_members AS m
      JOIN invite_spaces AS p ON p.id = m.space_id
        AND p.removed_at IS NULL
      WHERE m.user_id = ?
        AND p.policy || ' ' || m.role IN (?, ?, ?, ?, ?, ?, ?, ?)))
    AND i.space_id IN (?);

-- list --as of nothing
SELECT m.space_id, m.role, p.policy
  FROM invite_members AS m
  JOIN invite_spaces AS p ON p.id = m.space_id
    AND p.removed_at IS NULL
  WHERE m.user_id = ?
    AND (? IS NULL
      OR p.policy = ?)
  ORDER BY m.space_id
  LIMIT 1;

-- list all
SELECT /*+ JOIN_PREFIX(i) */ i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key,
    i.email, i.note, i.created_by, i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses,
    i.closed_at, i.closed_reason, i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after,
    i.created_op, i.closed_op, s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
  ORDER BY i.id DESC;

-- list all --policy
SELECT /*+ JOIN_PREFIX(i) */ i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key,
    i.email, i.note, i.created_by, i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses,
    i.closed_at, i.closed_reason, i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after,
    i.created_op, i.closed_op, s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND s.policy = ?
  ORDER BY i.id DESC;

-- list all --status active
SELECT /*+ JOIN_PREFIX(i) */ i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key,
    i.email, i.note, i.created_by, i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses,
    i.closed_at, i.closed_reason, i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after,
    i.created_op, i.closed_op, s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND CASE WHEN s.removed_at IS NOT NULL AND (closed_at IS NULL OR closed_reason = 'replaced' AND closed_at > s.removed_at) THEN 'revoked' ELSE CASE WHEN closed_at <= ? OR closed_reason <> 'replaced' THEN closed_reason WHEN uses >= max_uses THEN 'used_up' WHEN expires_at <= ? THEN 'expired' WHEN starts_at > ? THEN 'scheduled' ELSE 'active' END END IN ('',
      'active')
  ORDER BY i.id DESC;

-- list all --role
SELECT /*+ JOIN_PREFIX(i) */ i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key,
    i.email, i.note, i.created_by, i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses,
    i.closed_at, i.closed_reason, i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after,
    i.created_op, i.closed_op, s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND i.role = ?
  ORDER BY i.id DESC;

-- list all --expires-before
SELECT /*+ JOIN_PREFIX(i) */ i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key,
    i.email, i.note, i.created_by, i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses,
    i.closed_at, i.closed_reason, i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after,
    i.created_op, i.closed_op, s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND (i.expires_at < ?
      OR (i.closed_reason = 'replaced'
        AND i.closed_at < ?))
  ORDER BY i.id DESC;

-- list all --search
SELECT /*+ JOIN_PREFIX(i) */ i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key,
    i.email, i.note, i.created_by, i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses,
    i.closed_at, i.closed_reason, i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after,
    i.created_op, i.closed_op, s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND (i.space_id REGEXP ?
      OR s.name REGEXP ?
      OR i.note REGEXP ?
      OR i.email REGEXP ?)
  ORDER BY i.id DESC;

-- list all --space
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND i.space_id IN (?)
  ORDER BY i.id DESC;

-- list all --as
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u FORCE INDEX (invite_id) ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND (i.space_id IN (SELECT m.space_id
      FROM invite_members AS m
      JOIN invite_spaces AS p ON p.id = m.space_id
        AND p.removed_at IS NULL
      WHERE m.user_id = ?
        AND p.policy || ' ' || m.role IN (?, ?, ?, ?, ?, ?, ?, ?)))
  ORDER BY i.id DESC;

-- validate; space show; use; use again; 1 more
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE i.code_key IN (?, ?);

-- validate; use again; use of an invalid invite
SELECT invite_id, user_id, role, used_at, operation_id
  FROM invite_uses
  WHERE invite_id = ?
    AND user_id = ?;

-- validate; member add; resend --failed to a member; resend; 2 more
SELECT id, name, email
  FROM invite_users
  WHERE id = ?;

-- validate by id; validate an invite with a limit; show; use of an invalid invite; 9 more
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE i.id = ?;

-- validate an invite with a limit; use of an invalid invite
SELECT bucket, window_start, hits
  FROM invite_limits FORCE INDEX (PRIMARY)
  WHERE bucket IN (?, ?, ?, ?, ?, ?, ?, ?)
    AND window_start = ?;

-- validate an invite with a limit; generate for a director; use of an invalid invite
UPDATE invite_limits
  SET hits = hits + ?
  WHERE bucket = ?
    AND window_start = ?
    AND hits + ? <= ?;

-- validate an invite with a limit; generate for a director; use of an invalid invite
SELECT hits
  FROM invite_limits
  WHERE bucket = ?
    AND window_start = ?
  FOR UPDATE;

-- validate an invite with a limit; generate for a director; use of an invalid invite; guess at a code built from a name; 1 more
INSERT INTO invite_limits (bucket, window_start, hits)
  VALUES (?, ?, 0);

-- validate an invite with a limit; generate for a director; use of an invalid invite
DELETE
  FROM invite_limits
  WHERE bucket = ?
    AND window_start < ?;

-- validate an invite with a limit; cleanup in batches; cleanup; cleanup --include-used
SELECT max(bucket) AS last
  FROM (SELECT bucket
    FROM invite_limits
    WHERE bucket >= ?
      AND bucket < ?
      AND window_start < ?
    ORDER BY bucket
    LIMIT ?) AS page;

-- validate an invite with a limit
DELETE
  FROM invite_limits
  WHERE bucket >= ?
    AND bucket <= ?
    AND window_start < ?;

-- validate an invite with a limit
UPDATE invite_limits
  SET hits = CASE WHEN hits > ? THEN hits - ? ELSE 0 END
  WHERE bucket = ?
    AND window_start = ?;

-- validate by fingerprint
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE i.code_key >= ?
    AND i.code_key < ?
    AND i.code IS NULL
  LIMIT 2;

-- show; space show; regenerate; regenerate again; 1 more
SELECT space_id, role
  FROM invite_members FORCE INDEX (PRIMARY)
  WHERE user_id = ?
    AND space_id IN (?)
    AND EXISTS (SELECT 1
    FROM invite_spaces AS s
    WHERE s.id = invite_members.space_id
      AND s.removed_at IS NULL);

-- show
SELECT invite_id, user_id, role, used_at, operation_id
  FROM invite_uses
  WHERE invite_id = ?
  ORDER BY id
  LIMIT ?;

-- show
SELECT o.id, o.at, o.finished_at, o.operator, o.actor, o.on_behalf_of, o.command, o.target,
    o.reason, o.changed, o.failed
  FROM (
    SELECT created_op AS id
    FROM invites
    WHERE id = ? UNION
    SELECT closed_op
    FROM invites
    WHERE id = ?
      AND closed_op IS NOT NULL UNION
    SELECT operation_id
    FROM invite_changes
    WHERE invite_id = ? UNION
    SELECT CONVERT(before_value USING ascii) COLLATE ascii_bin
    FROM invite_changes
    WHERE invite_id = ?
      AND field = 'closed_op') AS u
  JOIN invite_operations AS o ON o.id = u.id
  ORDER BY o.id
  LIMIT 100;

-- show
SELECT o.at, c.operation_id, c.field, c.before_value, c.after_value
  FROM invite_changes AS c
  JOIN invite_operations AS o ON o.id = c.operation_id
  WHERE c.invite_id = ?
  ORDER BY c.operation_id, c.field
  LIMIT 100;

-- space show
SELECT role, count(*) AS total
  FROM invite_members
  WHERE space_id = ?
  GROUP BY role
  ORDER BY role;

-- space show; extend an expired invite; extend a standing code; regenerate; 1 more
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE i.slot = ?;

-- space show
SELECT status, count(*) AS total
  FROM (SELECT CASE WHEN s.removed_at IS NOT NULL AND (closed_at IS NULL OR closed_reason = 'replaced' AND closed_at > s.removed_at) THEN 'revoked' ELSE CASE WHEN closed_at <= ? OR closed_reason <> 'replaced' THEN closed_reason WHEN uses >= max_uses THEN 'used_up' WHEN expires_at <= ? THEN 'expired' WHEN starts_at > ? THEN 'scheduled' ELSE 'active' END END AS status
    FROM invites AS i
    JOIN invite_spaces AS s ON s.id = i.space_id
    WHERE i.space_id = ?) AS i
  GROUP BY status
  ORDER BY status;

-- own space; generate --from --as
SELECT m.space_id
  FROM invite_members AS m
  JOIN invite_spaces AS p ON p.id = m.space_id
    AND p.removed_at IS NULL
  WHERE m.user_id = ?
    AND p.policy || ' ' || m.role IN (?, ?, ?, ?, ?, ?, ?, ?)
  ORDER BY m.space_id
  LIMIT ?;

-- operations
SELECT o.id, o.at, o.finished_at, o.operator, o.actor, o.on_behalf_of, o.command, o.target,
    o.reason, o.changed, o.failed
  FROM invite_operations AS o
  ORDER BY o.id DESC
  LIMIT ?;

-- operations
SELECT count(*) AS total
  FROM invite_operations;

-- operations
SELECT o.id, o.at, o.finished_at, o.operator, o.actor, o.on_behalf_of, o.command, o.target,
    o.reason, o.changed, o.failed
  FROM invite_operations AS o
  WHERE o.id = ?;

-- operations
SELECT id
  FROM invite_operations
  ORDER BY id DESC
  LIMIT 1;

-- operation by the beginning of its id; offer
SELECT id, command AS name, at
  FROM invite_operations
  WHERE id >= ?
    AND id <= ?
  ORDER BY id DESC
  LIMIT ?;

-- offer
SELECT id, name
  FROM invite_spaces
  WHERE id >= ?
    AND removed_at IS NULL
  ORDER BY id
  LIMIT ?;

-- offer
SELECT id, name
  FROM invite_users
  WHERE id >= ?
  ORDER BY id
  LIMIT ?;

-- offer
SELECT id, space_id AS name
  FROM invites
  WHERE id >= ?
    AND id <= ?
  ORDER BY id DESC
  LIMIT ?;

-- count of the living
SELECT count(*) AS live, count(CASE WHEN expires_at <= ? OR closed_at <= ? THEN 1 END) AS ending
  FROM invites
  WHERE (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses);

-- stats; stats --policy; limits; limits --policy; 4 more
SELECT bucket
  FROM invite_limits
  WHERE bucket >= ?
    AND bucket < ?
    AND window_start > ?
    AND window_start < ?
  GROUP BY bucket
  ORDER BY bucket
  LIMIT ?;

-- stats; stats --policy
SELECT policy, count(*) AS total
  FROM invite_spaces
  WHERE (? IS NULL
      OR policy = ?)
    AND removed_at IS NULL
  GROUP BY policy
  ORDER BY policy;

-- stats; stats --policy
SELECT s.policy, i.status, count(*) AS total
  FROM (SELECT space_id, CASE WHEN closed_at <= ? OR closed_reason <> 'replaced' THEN closed_reason WHEN uses >= max_uses THEN 'used_up' WHEN expires_at <= ? THEN 'expired' WHEN starts_at > ? THEN 'scheduled' ELSE 'active' END AS status
    FROM invites) AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE (? IS NULL
      OR s.policy = ?)
    AND s.removed_at IS NULL
  GROUP BY s.policy, i.status;

-- stats
SELECT DATEDIFF(u.used_at, '1970-01-01') AS day, count(*) AS total
  FROM invite_uses AS u
  WHERE u.id >= ?
    AND u.used_at >= ?
    AND u.used_at < ?
  GROUP BY day;

-- stats
SELECT DATEDIFF(m.joined_at, '1970-01-01') AS day, count(*) AS total
  FROM invite_members AS m
  WHERE m.joined_at >= ?
    AND m.joined_at < ?
  GROUP BY day;

-- stats
SELECT DATEDIFF(e.ends_at, '1970-01-01') AS day, count(*) AS total
  FROM (SELECT space_id, expires_at AS ends_at
    FROM invites
    WHERE closed_at IS NULL
      AND expires_at > ?
      AND expires_at < ?
      AND (closed_at IS NULL
        OR (closed_reason = 'replaced'
          AND closed_at > ?))
      AND (expires_at IS NULL
        OR expires_at > ?)
      AND (max_uses IS NULL
        OR uses < max_uses)
    UNION ALL
    SELECT space_id, CASE WHEN expires_at < closed_at THEN expires_at ELSE closed_at END AS ends_at
    FROM invites
    WHERE closed_at > ?
      AND (closed_at IS NULL
        OR (closed_reason = 'replaced'
          AND closed_at > ?))
      AND (expires_at IS NULL
        OR expires_at > ?)
      AND (max_uses IS NULL
        OR uses < max_uses)) AS e
  WHERE e.ends_at < ?
  GROUP BY day;

-- stats --policy
SELECT DATEDIFF(u.used_at, '1970-01-01') AS day, count(*) AS total
  FROM invite_uses AS u
  JOIN invites AS i ON i.id = u.invite_id
  JOIN invite_spaces AS s ON s.id = i.space_id
    AND s.policy = ?
  WHERE u.id >= ?
    AND u.used_at >= ?
    AND u.used_at < ?
  GROUP BY day;

-- stats --policy
SELECT DATEDIFF(m.joined_at, '1970-01-01') AS day, count(*) AS total
  FROM invite_members AS m
  JOIN invite_spaces AS s ON s.id = m.space_id
    AND s.policy = ?
  WHERE m.joined_at >= ?
    AND m.joined_at < ?
  GROUP BY day;

-- stats --policy
SELECT DATEDIFF(e.ends_at, '1970-01-01') AS day, count(*) AS total
  FROM (SELECT space_id, expires_at AS ends_at
    FROM invites
    WHERE closed_at IS NULL
      AND expires_at > ?
      AND expires_at < ?
      AND (closed_at IS NULL
        OR (closed_reason = 'replaced'
          AND closed_at > ?))
      AND (expires_at IS NULL
        OR expires_at > ?)
      AND (max_uses IS NULL
        OR uses < max_uses)
    UNION ALL
    SELECT space_id, CASE WHEN expires_at < closed_at THEN expires_at ELSE closed_at END AS ends_at
    FROM invites
    WHERE closed_at > ?
      AND (closed_at IS NULL
        OR (closed_reason = 'replaced'
          AND closed_at > ?))
      AND (expires_at IS NULL
        OR expires_at > ?)
      AND (max_uses IS NULL
        OR uses < max_uses)) AS e
  JOIN invite_spaces AS s ON s.id = e.space_id
    AND s.policy = ?
  WHERE e.ends_at < ?
  GROUP BY day;

-- space list; space list --policy
SELECT s.id, s.policy, s.name, s.created_at, s.changed_op, s.removed_at, s.removed_op, i.slot,
    i.code
  FROM invite_spaces AS s
  LEFT JOIN invites AS i ON i.slot = 'standing:' || s.id
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
  WHERE (? IS NULL
      OR s.policy = ?)
    AND s.removed_at IS NULL
  ORDER BY s.id
  LIMIT ?;

-- space list; space list --policy
SELECT count(*) AS total
  FROM invite_spaces AS s
  WHERE (? IS NULL
      OR s.policy = ?)
    AND s.removed_at IS NULL;

-- space list --as
SELECT s.id, s.policy, s.name, s.created_at, s.changed_op, s.removed_at, s.removed_op, i.slot,
    i.code, own.role
  FROM invite_spaces AS s
  JOIN invite_members AS own ON own.space_id = s.id
    AND own.user_id = ?
  LEFT JOIN invites AS i ON i.slot = 'standing:' || s.id
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
  WHERE (? IS NULL
      OR s.policy = ?)
    AND s.removed_at IS NULL
  ORDER BY s.id
  LIMIT ?;

-- space list --as
SELECT count(*) AS total
  FROM invite_spaces AS s
  JOIN invite_members AS own ON own.space_id = s.id
    AND own.user_id = ?
  WHERE (? IS NULL
      OR s.policy = ?)
    AND s.removed_at IS NULL;

-- space list --removed
SELECT s.id, s.policy, s.name, s.created_at, s.changed_op, s.removed_at, s.removed_op, i.slot,
    i.code
  FROM invite_spaces AS s
  LEFT JOIN invites AS i ON i.slot = 'standing:' || s.id
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
  WHERE (? IS NULL
      OR s.policy = ?)
    AND s.removed_at IS NOT NULL
  ORDER BY s.id
  LIMIT ?;

-- space list --removed
SELECT count(*) AS total
  FROM invite_spaces AS s
  WHERE (? IS NULL
      OR s.policy = ?)
    AND s.removed_at IS NOT NULL;

-- member list
SELECT m.space_id, m.user_id, u.name, u.email, m.role, m.joined_at, m.invite_id
  FROM invite_members AS m
  LEFT JOIN invite_users AS u ON u.id = m.user_id
  WHERE m.space_id NOT IN (SELECT id
    FROM invite_spaces
    WHERE removed_at IS NOT NULL)
  ORDER BY m.space_id, m.user_id
  LIMIT ?;

-- member list
SELECT count(*) AS total
  FROM invite_members AS m
  WHERE m.space_id NOT IN (SELECT id
    FROM invite_spaces
    WHERE removed_at IS NOT NULL);

-- member list of a space
SELECT m.space_id, m.user_id, u.name, u.email, m.role, m.joined_at, m.invite_id
  FROM invite_members AS m
  LEFT JOIN invite_users AS u ON u.id = m.user_id
  WHERE m.space_id = ?
  ORDER BY m.space_id, m.user_id
  LIMIT ?;

-- member list of a space; space remove; space restore
SELECT count(*) AS total
  FROM invite_members AS m
  WHERE m.space_id = ?;

-- limits; limits --policy; limits of a client; limits of a user
SELECT bucket, window_start, hits
  FROM invite_limits
  WHERE bucket >= ?
    AND bucket < ?
    AND window_start >= ?
    AND hits > 0
  ORDER BY bucket, window_start
  LIMIT ?;

-- limits; limits --policy; limits of a client; limits of a user
SELECT count(*) AS total
  FROM invite_limits
  WHERE bucket >= ?
    AND bucket < ?
    AND window_start >= ?
    AND hits > 0;

-- generate for a space; generate for a director; generate for a container; generate for an address; 4 more
SELECT id, policy, name, created_at, changed_op, removed_at, removed_op
  FROM invite_spaces
  WHERE id = ?
  LOCK IN SHARE MODE;

-- generate for a space; generate for a director; generate for a container; generate for an address; 2 more
SELECT role
  FROM invite_members
  WHERE space_id = ?
    AND user_id = ?
    AND EXISTS (SELECT 1
    FROM invite_spaces AS s
    WHERE s.id = invite_members.space_id
      AND s.removed_at IS NULL)
  LOCK IN SHARE MODE;

-- generate for a space; generate for a director; generate for a container; generate for an address; 7 more
INSERT INTO invites (id, space_id, role, code, code_key, email, note, created_by, created_at,
      starts_at, expires_at, max_uses, slot, send_after, created_op)
  SELECT r.id, r.space_id, r.role, r.code, r.code_key, r.email, r.note, r.created_by, r.created_at,
    r.starts_at, r.expires_at, r.max_uses, r.slot, r.send_after, r.created_op
  FROM JSON_TABLE(?, '$[*]' COLUMNS (id CHAR(36) CHARACTER
      SET ascii COLLATE ascii_bin PATH '$[0]' NULL ON EMPTY ERROR ON ERROR, space_id VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[1]' NULL ON EMPTY ERROR ON ERROR,
        role VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[2]' NULL ON EMPTY ERROR ON ERROR,
        code VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[3]' NULL ON EMPTY ERROR ON ERROR,
        code_key VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[4]' NULL ON EMPTY ERROR ON ERROR,
        email VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[5]' NULL ON EMPTY ERROR ON ERROR,
        note VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[6]' NULL ON EMPTY ERROR ON ERROR,
        created_by VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[7]' NULL ON EMPTY ERROR ON ERROR,
        created_at DATETIME(6) PATH '$[8]' NULL ON EMPTY ERROR ON ERROR, starts_at DATETIME(6) PATH '$[9]' NULL ON EMPTY ERROR ON ERROR,
        expires_at DATETIME(6) PATH '$[10]' NULL ON EMPTY ERROR ON ERROR, max_uses BIGINT PATH '$[11]' NULL ON EMPTY ERROR ON ERROR,
        slot VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[12]' NULL ON EMPTY ERROR ON ERROR,
        send_after DATETIME(6) PATH '$[13]' NULL ON EMPTY ERROR ON ERROR, created_op CHAR(36) CHARACTER
      SET ascii COLLATE ascii_bin PATH '$[14]' NULL ON EMPTY ERROR ON ERROR)) AS r
  WHERE true;

-- generate for a space; generate for a director; generate for a container; generate for an address; 30 more
UPDATE invite_operations
  SET changed = changed + ?, failed = failed + ?, last_step = ?
  WHERE id = ?
    AND last_step < ?;

-- generate for a space; generate for a director; generate for a container; generate for an address; 42 more
INSERT INTO invite_operations (id, at, finished_at, operator, actor, on_behalf_of, command,
      target, reason, changed, failed, last_step)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- generate for a space; generate for a director; generate for a container; generate for an address; 28 more
UPDATE invite_operations
  SET changed = changed + ?, failed = failed + ?, last_step = ?
  WHERE id = ?
    AND last_step >= ?
    AND last_step < ?;

-- generate for a space; generate for a director; generate for a container; generate for an address; 29 more
UPDATE invite_operations
  SET finished_at = ?
  WHERE id = ?;

-- generate for a director; guess at a code built from a name
UPDATE invite_limits
  SET hits = hits + 1
  WHERE bucket = ?
    AND window_start = ?;

-- generate for a director
SELECT length(code_key) AS key_length, count(CASE WHEN (closed_at IS NULL OR closed_at > ?) AND (expires_at IS NULL OR expires_at > ?) THEN 1 END) AS kept,
    count(CASE WHEN (closed_at IS NULL OR (closed_reason = 'replaced' AND closed_at > ?)) AND (expires_at IS NULL OR expires_at > ?) AND (max_uses IS NULL OR uses < max_uses) AND EXISTS (SELECT 1
      FROM invite_spaces AS s
      WHERE s.id = invites.space_id AND s.policy = ?) THEN 1 END) AS active, min(CASE WHEN (closed_at IS NULL OR (closed_reason = 'replaced' AND closed_at > ?)) AND (expires_at IS NULL OR expires_at > ?) AND (max_uses IS NULL OR uses < max_uses) AND EXISTS (SELECT 1
      FROM invite_spaces AS s
      WHERE s.id = invites.space_id AND s.policy = ?) THEN created_at END) AS oldest, min(CASE WHEN (closed_at IS NULL OR closed_at > ?) AND (expires_at IS NULL OR expires_at > ?) AND EXISTS (SELECT 1
      FROM invite_spaces AS s
      WHERE s.id = invites.space_id AND s.policy = ?) THEN created_at END) AS oldest_kept
  FROM invites
  WHERE code_key >= ?
    AND code_key < ?
  GROUP BY length(code_key);

-- generate for a director; guess at a code built from a name
SELECT bucket, window_start, hits
  FROM invite_limits
  WHERE bucket = ?
    AND window_start >= ?
    AND window_start > ?
    AND hits > 0
  ORDER BY window_start;

-- generate for a director
SELECT code_key
  FROM invites
  WHERE code_key >= ?
    AND code_key < ?
    AND length(code_key) = ?
    AND (closed_at IS NULL
      OR closed_at > ?)
    AND (expires_at IS NULL
      OR expires_at > ?);

-- generate for a director
UPDATE invites FORCE INDEX (code_key)
  JOIN (SELECT 1 AS one) AS single
  SET closed_reason = CASE WHEN closed_at IS NOT NULL THEN closed_reason WHEN uses >= max_uses THEN 'used_up' ELSE 'expired' END,
    closed_op = CASE WHEN closed_at IS NOT NULL THEN closed_op ELSE ? END, closed_at = CASE WHEN closed_at IS NOT NULL THEN closed_at ELSE ? END,
    slot = NULL, code_key = concat('~', code_key, '~old-', id)
  WHERE code_key IN (?)
    AND (closed_at <= ?
      OR expires_at <= ?)
    AND id <> ?;

-- generate for an address; generate --from; generate --from --as; resend --failed to a member; 3 more
SELECT r.row_space, r.row_email, m.role
  FROM JSON_TABLE(?, '$[*]' COLUMNS (row_space VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[0]' NULL ON EMPTY ERROR ON ERROR,
        row_email VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[1]' NULL ON EMPTY ERROR ON ERROR)) AS r
  JOIN invite_users AS u ON u.email = r.row_email
  JOIN invite_members AS m ON m.user_id = u.id
    AND m.space_id = r.row_space;

-- generate --from; member import
SELECT id, policy, name, created_at, changed_op, removed_at, removed_op
  FROM invite_spaces
  WHERE id IN (?, ?);

-- generate --from
SELECT id, policy, name, created_at, changed_op, removed_at, removed_op
  FROM invite_spaces
  WHERE id IN (?, ?)
  ORDER BY id
  LOCK IN SHARE MODE;

-- generate --from; backfill; backfill of a shard; backfill --space
INSERT IGNORE INTO invites (id, space_id, role, code, code_key, email, note, created_by, created_at,
      starts_at, expires_at, max_uses, slot, send_after, created_op)
  SELECT r.id, r.space_id, r.role, r.code, r.code_key, r.email, r.note, r.created_by, r.created_at,
    r.starts_at, r.expires_at, r.max_uses, r.slot, r.send_after, r.created_op
  FROM JSON_TABLE(?, '$[*]' COLUMNS (id CHAR(36) CHARACTER
      SET ascii COLLATE ascii_bin PATH '$[0]' NULL ON EMPTY ERROR ON ERROR, space_id VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[1]' NULL ON EMPTY ERROR ON ERROR,
        role VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[2]' NULL ON EMPTY ERROR ON ERROR,
        code VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[3]' NULL ON EMPTY ERROR ON ERROR,
        code_key VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[4]' NULL ON EMPTY ERROR ON ERROR,
        email VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[5]' NULL ON EMPTY ERROR ON ERROR,
        note VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[6]' NULL ON EMPTY ERROR ON ERROR,
        created_by VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[7]' NULL ON EMPTY ERROR ON ERROR,
        created_at DATETIME(6) PATH '$[8]' NULL ON EMPTY ERROR ON ERROR, starts_at DATETIME(6) PATH '$[9]' NULL ON EMPTY ERROR ON ERROR,
        expires_at DATETIME(6) PATH '$[10]' NULL ON EMPTY ERROR ON ERROR, max_uses BIGINT PATH '$[11]' NULL ON EMPTY ERROR ON ERROR,
        slot VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[12]' NULL ON EMPTY ERROR ON ERROR,
        send_after DATETIME(6) PATH '$[13]' NULL ON EMPTY ERROR ON ERROR, created_op CHAR(36) CHARACTER
      SET ascii COLLATE ascii_bin PATH '$[14]' NULL ON EMPTY ERROR ON ERROR)) AS r
  WHERE true;

-- generate --from for one space; generate --from --as; member import for one space; member import --update for one space
SELECT id, policy, name, created_at, changed_op, removed_at, removed_op
  FROM invite_spaces
  WHERE id IN (?);

-- generate --from for one space; generate --from --as
SELECT id, policy, name, created_at, changed_op, removed_at, removed_op
  FROM invite_spaces
  WHERE id IN (?)
  ORDER BY id
  LOCK IN SHARE MODE;

-- generate --from for one space
SELECT r.row_space, r.row_email, m.role
  FROM (SELECT ? AS row_space, row_email
    FROM JSON_TABLE(?, '$[*]' COLUMNS (row_email VARCHAR(1000) CHARACTER
        SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[0]' NULL ON EMPTY ERROR ON ERROR)) AS j) AS r
  JOIN invite_users AS u ON u.email = r.row_email
  JOIN invite_members AS m ON m.user_id = u.id
    AND m.space_id = r.row_space;

-- generate --from for one space
INSERT IGNORE INTO invites (id, space_id, role, code, code_key, email, note, created_by, created_at,
      starts_at, expires_at, max_uses, slot, send_after, created_op)
  SELECT r.id, r.space_id, r.role, r.code, r.code_key, r.email, r.note, r.created_by, r.created_at,
    r.starts_at, r.expires_at, r.max_uses, r.slot, r.send_after, r.created_op
  FROM (SELECT id, ? AS space_id, ? AS role, ? AS code, code_key, email, ? AS note, ? AS created_by,
      ? AS created_at, ? AS starts_at, ? AS expires_at, ? AS max_uses, slot, ? AS send_after,
      ? AS created_op
    FROM JSON_TABLE(?, '$[*]' COLUMNS (id CHAR(36) CHARACTER
        SET ascii COLLATE ascii_bin PATH '$[0]' NULL ON EMPTY ERROR ON ERROR, code_key VARCHAR(1000) CHARACTER
        SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[1]' NULL ON EMPTY ERROR ON ERROR,
          email VARCHAR(1000) CHARACTER
        SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[2]' NULL ON EMPTY ERROR ON ERROR,
          slot VARCHAR(1000) CHARACTER
        SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[3]' NULL ON EMPTY ERROR ON ERROR)) AS j) AS r
  WHERE true;

-- generate --from --as; backfill --as; extend; extend an expired invite; 1 more
SELECT space_id, role
  FROM invite_members FORCE INDEX (PRIMARY)
  WHERE user_id = ?
    AND space_id IN (?)
    AND EXISTS (SELECT 1
    FROM invite_spaces AS s
    WHERE s.id = invite_members.space_id
      AND s.removed_at IS NULL)
  ORDER BY space_id
  LOCK IN SHARE MODE;

-- backfill --dry-run; backfill; backfill of a shard; backfill of many; 1 more
SELECT count(*) AS scanned, max(p.id) AS last
  FROM (SELECT id, name, policy
    FROM invite_spaces
    WHERE id > ?
      AND policy IN (?)
      AND removed_at IS NULL
    ORDER BY id
    LIMIT ?) AS p;

-- backfill --dry-run; backfill; backfill of a shard; backfill of many; 1 more
SELECT p.id, p.name, p.policy
  FROM invite_spaces AS p
  LEFT JOIN invites AS i FORCE INDEX (slot) ON i.slot = 'standing:' || p.id
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
  WHERE p.id > ?
    AND p.id <= ?
    AND i.slot IS NULL
    AND p.policy IN (?)
    AND p.removed_at IS NULL
  ORDER BY p.id;

-- backfill --dry-run; backfill; backfill of a shard; backfill of many
SELECT count(*) AS total
  FROM invite_spaces
  WHERE policy IN (?)
    AND removed_at IS NULL;

-- backfill --dry-run; backfill; backfill of a shard; backfill of many; 1 more
SELECT policy, count(*) AS total
  FROM invite_spaces
  WHERE policy NOT IN (?)
    AND removed_at IS NULL
  GROUP BY policy
  ORDER BY policy;

-- backfill; backfill of a shard; backfill --space; backfill --as; 3 more
SELECT id
  FROM invite_spaces
  WHERE id >= ?
    AND id <= ?
    AND removed_at IS NOT NULL
  ORDER BY id;

-- backfill --space; backfill --space again
SELECT count(*) AS scanned, max(p.id) AS last
  FROM (SELECT id, name, policy
    FROM invite_spaces
    WHERE id > ?
      AND policy IN (?)
      AND removed_at IS NULL
      AND id IN (?, ?)
    ORDER BY id
    LIMIT ?) AS p;

-- backfill --space; backfill --space again
SELECT p.id, p.name, p.policy
  FROM invite_spaces AS p
  LEFT JOIN invites AS i FORCE INDEX (slot) ON i.slot = 'standing:' || p.id
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
  WHERE p.id > ?
    AND p.id <= ?
    AND i.slot IS NULL
    AND p.policy IN (?)
    AND p.removed_at IS NULL
    AND p.id IN (?, ?)
  ORDER BY p.id;

-- backfill --as; backfill of a taken slot
SELECT count(*) AS scanned, max(p.id) AS last
  FROM (SELECT id, name, policy
    FROM invite_spaces
    WHERE id > ?
      AND policy IN (?)
      AND removed_at IS NULL
      AND id IN (?)
    ORDER BY id
    LIMIT ?) AS p;

-- backfill --as; backfill of a taken slot
SELECT p.id, p.name, p.policy
  FROM invite_spaces AS p
  LEFT JOIN invites AS i FORCE INDEX (slot) ON i.slot = 'standing:' || p.id
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
  WHERE p.id > ?
    AND p.id <= ?
    AND i.slot IS NULL
    AND p.policy IN (?)
    AND p.removed_at IS NULL
    AND p.id IN (?)
  ORDER BY p.id;

-- backfill of a taken slot; backfill of many; another process
SELECT id
  FROM invites FORCE INDEX (PRIMARY)
  WHERE id IN (SELECT v
    FROM JSON_TABLE(?, '$[*]' COLUMNS (v CHAR(36) CHARACTER
        SET ascii COLLATE ascii_bin PATH '$' ERROR ON ERROR)) AS t);

-- backfill of a taken slot
UPDATE invites FORCE INDEX (slot)
  JOIN (SELECT 1 AS one) AS single
  SET closed_reason = CASE WHEN uses >= max_uses THEN 'used_up' ELSE 'expired' END, closed_at = ?,
    closed_op = ?, slot = NULL
  WHERE slot IN (?)
    AND closed_at IS NULL
    AND (expires_at <= ?
      OR uses >= max_uses);

-- backfill of a taken slot; another process
SELECT slot
  FROM invites FORCE INDEX (slot)
  WHERE slot IN (?);

-- backfill of a taken slot; backfill of many
UPDATE invite_operations
  SET changed = changed + ?, failed = failed + ?, last_step = ?
  WHERE id = ?;

-- backfill of many
INSERT IGNORE INTO invites (id, space_id, role, code, code_key, email, note, created_by, created_at,
      starts_at, expires_at, max_uses, slot, send_after, created_op)
  SELECT r.id, r.space_id, r.role, r.code, r.code_key, r.email, r.note, r.created_by, r.created_at,
    r.starts_at, r.expires_at, r.max_uses, r.slot, r.send_after, r.created_op
  FROM (SELECT id, space_id, ? AS role, code, code_key, ? AS email, ? AS note, ? AS created_by,
      ? AS created_at, ? AS starts_at, ? AS expires_at, ? AS max_uses, slot, ? AS send_after,
      ? AS created_op
    FROM JSON_TABLE(?, '$[*]' COLUMNS (id CHAR(36) CHARACTER
        SET ascii COLLATE ascii_bin PATH '$[0]' NULL ON EMPTY ERROR ON ERROR, space_id VARCHAR(1000) CHARACTER
        SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[1]' NULL ON EMPTY ERROR ON ERROR,
          code VARCHAR(1000) CHARACTER
        SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[2]' NULL ON EMPTY ERROR ON ERROR,
          code_key VARCHAR(1000) CHARACTER
        SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[3]' NULL ON EMPTY ERROR ON ERROR,
          slot VARCHAR(1000) CHARACTER
        SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[4]' NULL ON EMPTY ERROR ON ERROR)) AS j) AS r
  WHERE true;

-- backfill of many
UPDATE invites FORCE INDEX (slot)
  JOIN (SELECT 1 AS one) AS single
  SET closed_reason = CASE WHEN uses >= max_uses THEN 'used_up' ELSE 'expired' END, closed_at = ?,
    closed_op = ?, slot = NULL
  WHERE slot IN (?, ?, ?, ?, ?, ?, ?, ?)
    AND closed_at IS NULL
    AND (expires_at <= ?
      OR uses >= max_uses);

-- backfill of many
SELECT slot
  FROM invites FORCE INDEX (slot)
  WHERE slot IN (?, ?, ?, ?, ?, ?, ?, ?);

-- backfill again
SELECT count(*) AS seen, count(CASE WHEN p.policy IN (?) THEN 1 END) AS in_scope, count(CASE WHEN p.policy IN (?) THEN NULL WHEN p.policy IN (?,
        ?, ?, ?) THEN 1 END) AS others, count(CASE WHEN p.policy IN (?) THEN i.slot WHEN p.policy IN (?,
        ?, ?, ?) THEN NULL ELSE i.slot END) AS standing
  FROM invite_spaces AS p
  LEFT JOIN invites AS i FORCE INDEX (slot) ON i.slot = 'standing:' || p.id
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
  WHERE p.removed_at IS NULL;

-- backfill --space again
SELECT count(*) AS seen, count(CASE WHEN p.policy IN (?) THEN 1 END) AS in_scope, count(i.slot) AS standing
  FROM invite_spaces AS p
  LEFT JOIN invites AS i FORCE INDEX (slot) ON i.slot = 'standing:' || p.id
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
  WHERE p.policy IN (?)
    AND p.removed_at IS NULL
    AND p.id IN (?, ?);

-- space import
SELECT id, policy, name, created_at, changed_op, removed_at, removed_op
  FROM invite_spaces
  WHERE id IN (?, ?, ?, ?);

-- space import
SELECT code_key, space_id, slot
  FROM invites FORCE INDEX (code_key)
  WHERE code_key IN (?);

-- space import
INSERT IGNORE INTO invite_spaces (id, policy, name, created_at, changed_op)
  SELECT r.id, r.policy, r.name, r.created_at, r.changed_op
  FROM JSON_TABLE(?, '$[*]' COLUMNS (id VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[0]' NULL ON EMPTY ERROR ON ERROR,
        policy VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[1]' NULL ON EMPTY ERROR ON ERROR,
        name VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[2]' NULL ON EMPTY ERROR ON ERROR,
        created_at DATETIME(6) PATH '$[3]' NULL ON EMPTY ERROR ON ERROR, changed_op CHAR(36) CHARACTER
      SET ascii COLLATE ascii_bin PATH '$[4]' NULL ON EMPTY ERROR ON ERROR)) AS r
  WHERE true;

-- space import
UPDATE invite_spaces, JSON_TABLE(?, '$[*]' COLUMNS (row_id VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[0]' NULL ON EMPTY ERROR ON ERROR,
        row_policy VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[1]' NULL ON EMPTY ERROR ON ERROR,
        row_name VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[2]' NULL ON EMPTY ERROR ON ERROR)) AS r
  SET name = r.row_name, changed_op = ?
  WHERE id = r.row_id
    AND policy = r.row_policy
    AND removed_at IS NULL;

-- member import
SELECT m.space_id, m.user_id, m.role
  FROM JSON_TABLE(?, '$[*]' COLUMNS (row_space VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[0]' NULL ON EMPTY ERROR ON ERROR,
        row_user VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[1]' NULL ON EMPTY ERROR ON ERROR,
        row_role VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[2]' NULL ON EMPTY ERROR ON ERROR)) AS r
  JOIN invite_members AS m ON m.space_id = r.row_space
    AND m.user_id = r.row_user;

-- member import
SELECT id, name, email
  FROM invite_users
  WHERE id IN (?, ?);

-- member import
INSERT INTO invite_members (space_id, user_id, role, joined_at)
  SELECT r.row_space, r.row_user, r.row_role, ?
  FROM JSON_TABLE(?, '$[*]' COLUMNS (row_space VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[0]' NULL ON EMPTY ERROR ON ERROR,
        row_user VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[1]' NULL ON EMPTY ERROR ON ERROR,
        row_role VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[2]' NULL ON EMPTY ERROR ON ERROR)) AS r
  JOIN invite_spaces AS s ON s.id = r.row_space
    AND s.removed_at IS NULL
  WHERE true /*M!
  LOCK IN SHARE MODE */ /*!80017
  FOR SHARE OF s */;

-- member import
UPDATE invite_members, JSON_TABLE(?, '$[*]' COLUMNS (row_space VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[0]' NULL ON EMPTY ERROR ON ERROR,
        row_user VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[1]' NULL ON EMPTY ERROR ON ERROR,
        row_role VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[2]' NULL ON EMPTY ERROR ON ERROR)) AS r
  SET role = r.row_role
  WHERE space_id = r.row_space
    AND user_id = r.row_user
    AND EXISTS (SELECT 1
    FROM invite_spaces AS s
    WHERE s.id = invite_members.space_id
      AND s.removed_at IS NULL
    LOCK IN SHARE MODE);

-- member import
INSERT INTO invite_users (id, name, email, created_at)
  SELECT r.row_id, r.row_name, r.row_email, ?
  FROM JSON_TABLE(?, '$[*]' COLUMNS (row_id VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[0]' NULL ON EMPTY ERROR ON ERROR,
        row_name VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[1]' NULL ON EMPTY ERROR ON ERROR,
        row_email VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[2]' NULL ON EMPTY ERROR ON ERROR)) AS r
  WHERE true
  ON DUPLICATE KEY UPDATE name = coalesce(VALUES(name), invite_users.name), email = coalesce(VALUES(email),
      invite_users.email);

-- member import for one space; member import --update for one space
SELECT m.space_id, m.user_id, m.role
  FROM (SELECT ? AS row_space, row_user, ? AS row_role
    FROM JSON_TABLE(?, '$[*]' COLUMNS (row_user VARCHAR(1000) CHARACTER
        SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[0]' NULL ON EMPTY ERROR ON ERROR)) AS j) AS r
  JOIN invite_members AS m ON m.space_id = r.row_space
    AND m.user_id = r.row_user;

-- member import for one space; member import --update for one space
SELECT id, name, email
  FROM invite_users
  WHERE id IN (SELECT v
    FROM JSON_TABLE(?, '$[*]' COLUMNS (v VARCHAR(1000) CHARACTER
        SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$' ERROR ON ERROR)) AS t);

-- member import for one space
INSERT IGNORE INTO invite_members (space_id, user_id, role, joined_at)
  SELECT r.row_space, r.row_user, r.row_role, ?
  FROM (SELECT ? AS row_space, row_user, ? AS row_role
    FROM JSON_TABLE(?, '$[*]' COLUMNS (row_user VARCHAR(1000) CHARACTER
        SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[0]' NULL ON EMPTY ERROR ON ERROR)) AS j) AS r
  JOIN invite_spaces AS s ON s.id = r.row_space
    AND s.removed_at IS NULL
  WHERE true /*M!
  LOCK IN SHARE MODE */ /*!80017
  FOR SHARE OF s */;

-- member import --update for one space
UPDATE invite_members, (SELECT ? AS row_space, row_user, ? AS row_role
    FROM JSON_TABLE(?, '$[*]' COLUMNS (row_user VARCHAR(1000) CHARACTER
        SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[0]' NULL ON EMPTY ERROR ON ERROR)) AS j) AS r
  SET role = r.row_role
  WHERE space_id = r.row_space
    AND user_id = r.row_user
    AND EXISTS (SELECT 1
    FROM invite_spaces AS s
    WHERE s.id = invite_members.space_id
      AND s.removed_at IS NULL
    LOCK IN SHARE MODE);

-- space add
INSERT INTO invite_spaces (id, policy, name, created_at, changed_op)
  SELECT r.id, r.policy, r.name, r.created_at, r.changed_op
  FROM JSON_TABLE(?, '$[*]' COLUMNS (id VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[0]' NULL ON EMPTY ERROR ON ERROR,
        policy VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[1]' NULL ON EMPTY ERROR ON ERROR,
        name VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[2]' NULL ON EMPTY ERROR ON ERROR,
        created_at DATETIME(6) PATH '$[3]' NULL ON EMPTY ERROR ON ERROR, changed_op CHAR(36) CHARACTER
      SET ascii COLLATE ascii_bin PATH '$[4]' NULL ON EMPTY ERROR ON ERROR)) AS r
  WHERE true;

-- member add; use; use of an invite with a limit; resend --failed to a member; 1 more
INSERT INTO invite_members (space_id, user_id, role, joined_at, invite_id)
  VALUES (?, ?, ?, ?, ?);

-- member add; resend --failed to a member
INSERT INTO invite_users (id, name, email, created_at)
  VALUES (?, ?, ?, ?)
  ON DUPLICATE KEY UPDATE name = coalesce(VALUES(name), invite_users.name), email = coalesce(VALUES(email),
      invite_users.email);

-- member add
UPDATE invite_members
  SET role = ?
  WHERE space_id = ?
    AND user_id = ?
    AND role <> ?;

-- member remove
DELETE
  FROM invite_members
  WHERE space_id = ?
    AND user_id = ?;

-- space remove; space restore
SELECT count(*) AS total
  FROM (SELECT id
    FROM invites
    WHERE space_id = ?
      AND (closed_at IS NULL
        OR (closed_at IS NULL
          OR (closed_reason = 'replaced'
            AND closed_at > ?))
        AND (expires_at IS NULL
          OR expires_at > ?)
        AND (max_uses IS NULL
          OR uses < max_uses))
    ORDER BY id
    FOR UPDATE) AS held;

-- space remove; space restore
SELECT id, policy, name, created_at, changed_op, removed_at, removed_op
  FROM invite_spaces
  WHERE id = ?
  FOR UPDATE;

-- space remove; space restore; a purge of spaces
UPDATE invite_spaces
  SET removed_at = ?, removed_op = ?
  WHERE id = ?
    AND removed_at IS NULL;

-- space remove; space restore
UPDATE invites
  SET closed_reason = CASE WHEN closed_at IS NULL AND uses >= max_uses THEN 'used_up' WHEN closed_at IS NULL AND expires_at <= ? THEN 'expired' ELSE 'revoked' END,
    closed_op = ?, closed_at = ?, slot = NULL
  WHERE space_id = ?
    AND (closed_at IS NULL
      OR (closed_at IS NULL
        OR (closed_reason = 'replaced'
          AND closed_at > ?))
      AND (expires_at IS NULL
        OR expires_at > ?)
      AND (max_uses IS NULL
        OR uses < max_uses));

-- space restore; open invites of removed spaces
UPDATE invites
  SET closed_reason = 'revoked', closed_op = ?, closed_at = ?, slot = NULL
  WHERE space_id = ?
    AND EXISTS (SELECT 1
    FROM invite_spaces AS s
    WHERE s.id = ?
      AND (invites.closed_at IS NULL
        OR invites.closed_reason = 'replaced'
        AND invites.closed_at > s.removed_at)
      AND s.removed_at IS NOT NULL
    LOCK IN SHARE MODE);

-- space restore
UPDATE invite_spaces
  SET removed_at = NULL, removed_op = NULL, changed_op = ?
  WHERE id = ?
    AND removed_at IS NOT NULL
    AND purge_op IS NULL;

-- use; use again; use of an invite with a limit
SELECT i.id, i.space_id, '' AS name, '' AS policy, i.role, i.code, i.code_key, i.email, i.note,
    i.created_by, i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at,
    i.closed_reason, i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op,
    i.closed_op, NULL AS removed_at
  FROM invites AS i
  WHERE i.id = ?
  FOR UPDATE;

-- use; use again; use of an invite with a limit
UPDATE invites
  SET closed_reason = CASE WHEN uses + 1 >= max_uses AND closed_at IS NULL THEN 'used_up' ELSE closed_reason END,
    closed_op = CASE WHEN uses + 1 >= max_uses AND closed_at IS NULL THEN ? ELSE closed_op END,
    closed_at = CASE WHEN uses + 1 >= max_uses AND closed_at IS NULL THEN ? ELSE closed_at END,
    slot = CASE WHEN uses + 1 >= max_uses THEN NULL ELSE slot END, uses = uses + 1
  WHERE id = ?
    AND (starts_at IS NULL
      OR starts_at <= ?)
    AND (email IS NULL
      OR email = ?)
    AND EXISTS (SELECT 1
    FROM invite_spaces
    WHERE id = ?
      AND removed_at IS NULL)
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses);

-- use; use again; use of an invite with a limit
INSERT INTO invite_uses (id, invite_id, user_id, role, used_at, operation_id)
  VALUES (?, ?, ?, ?, ?, ?);

-- use; use of an invite with a limit
INSERT INTO invite_users (id, name, email, created_at)
  VALUES (?, ?, ?, ?)
  ON DUPLICATE KEY UPDATE name = coalesce(invite_users.name,
    VALUES(name)), email = coalesce(invite_users.email,
    VALUES(email));

-- use again
SELECT role, joined_at
  FROM invite_members
  WHERE space_id = ?
    AND user_id = ?
    AND EXISTS (SELECT 1
    FROM invite_spaces AS s
    WHERE s.id = invite_members.space_id
      AND s.removed_at IS NULL);

-- extend; extend an expired invite; extend a standing code; resend --failed to a member; 3 more
SELECT id
  FROM invites
  WHERE id = ?
  FOR UPDATE;

-- extend; extend an expired invite; extend a standing code
UPDATE invites
  SET expires_at = ?, max_uses = ?, slot = ?, closed_at = NULL, closed_reason = NULL, closed_op = NULL
  WHERE id = ?
    AND uses = ?
    AND (closed_reason IS NULL
      OR closed_reason IN ('expired', 'used_up'))
    AND (expires_at IS NULL
      AND ? IS NULL
      OR expires_at = ?)
    AND (max_uses IS NULL
      AND ? IS NULL
      OR max_uses = ?)
    AND (closed_op IS NULL
      AND ? IS NULL
      OR closed_op = ?)
    AND EXISTS (SELECT 1
    FROM invite_spaces AS s
    WHERE s.id = invites.space_id
      AND s.removed_at IS NULL
    LOCK IN SHARE MODE);

-- extend; extend an expired invite; extend a standing code; regenerate again; 4 more
INSERT INTO invite_changes (operation_id, invite_id, field, before_value, after_value)
  VALUES (?, ?, ?, ?, ?);

-- regenerate; regenerate again
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE i.space_id = ?
    AND i.closed_reason = 'replaced'
    AND i.closed_at > ?;

-- regenerate; regenerate again
SELECT id
  FROM invites
  WHERE space_id = ?
    AND (slot = ?
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
  ORDER BY id
  FOR UPDATE;

-- regenerate; regenerate again
UPDATE invites
  SET closed_at = ?, closed_reason = 'replaced', closed_op = ?, slot = NULL
  WHERE id = ?
    AND slot = ?;

-- regenerate again
UPDATE invites
  SET closed_at = ?
  WHERE space_id = ?
    AND closed_reason = 'replaced'
    AND closed_at > ?;

-- resend --failed to a member; resend --failed of a space
SELECT count(*) AS total, max(i.id) AS last
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND i.space_id IN (?)
    AND i.id IN (SELECT id
    FROM invites
    WHERE send_after > ?)
    AND (i.closed_at IS NULL
      OR i.closed_reason = 'expired')
    AND (i.max_uses IS NULL
      OR i.uses < i.max_uses)
    AND (i.closed_at IS NULL
      AND (i.expires_at IS NULL
        OR i.expires_at > ?)
      OR NOT EXISTS (SELECT 1
      FROM invites AS o
      WHERE o.email = i.email
        AND o.space_id = i.space_id
        AND (o.id > i.id
          OR o.id < i.id
          AND o.closed_at IS NULL
          AND (o.expires_at IS NULL
            OR o.expires_at > ?)
          AND (o.max_uses IS NULL
            OR o.uses < o.max_uses))))
    AND EXISTS (SELECT 1
    FROM invite_spaces AS p
    WHERE p.id = i.space_id
      AND p.removed_at IS NULL)
    AND (i.uses = 0
      OR s.policy NOT IN (SELECT v
      FROM JSON_TABLE(?, '$[*]' COLUMNS (v VARCHAR(1000) CHARACTER
          SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$' ERROR ON ERROR)) AS t));

-- resend --failed to a member; resend --failed of a space
SELECT count(*) AS total, max(i.id) AS last
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND i.space_id IN (?)
    AND i.id IN (SELECT id
    FROM invites
    WHERE send_after <= ?)
    AND (i.closed_at IS NULL
      OR i.closed_reason = 'expired')
    AND (i.max_uses IS NULL
      OR i.uses < i.max_uses)
    AND (i.closed_at IS NULL
      AND (i.expires_at IS NULL
        OR i.expires_at > ?)
      OR NOT EXISTS (SELECT 1
      FROM invites AS o
      WHERE o.email = i.email
        AND o.space_id = i.space_id
        AND (o.id > i.id
          OR o.id < i.id
          AND o.closed_at IS NULL
          AND (o.expires_at IS NULL
            OR o.expires_at > ?)
          AND (o.max_uses IS NULL
            OR o.uses < o.max_uses))))
    AND EXISTS (SELECT 1
    FROM invite_spaces AS p
    WHERE p.id = i.space_id
      AND p.removed_at IS NULL)
    AND (i.uses = 0
      OR s.policy NOT IN (SELECT v
      FROM JSON_TABLE(?, '$[*]' COLUMNS (v VARCHAR(1000) CHARACTER
          SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$' ERROR ON ERROR)) AS t));

-- resend --failed to a member; resend --failed of a space
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND i.space_id IN (?)
    AND i.id IN (SELECT id
    FROM invites
    WHERE send_after <= ?)
    AND (i.closed_at IS NULL
      OR i.closed_reason = 'expired')
    AND (i.max_uses IS NULL
      OR i.uses < i.max_uses)
    AND (i.closed_at IS NULL
      AND (i.expires_at IS NULL
        OR i.expires_at > ?)
      OR NOT EXISTS (SELECT 1
      FROM invites AS o
      WHERE o.email = i.email
        AND o.space_id = i.space_id
        AND (o.id > i.id
          OR o.id < i.id
          AND o.closed_at IS NULL
          AND (o.expires_at IS NULL
            OR o.expires_at > ?)
          AND (o.max_uses IS NULL
            OR o.uses < o.max_uses))))
    AND EXISTS (SELECT 1
    FROM invite_spaces AS p
    WHERE p.id = i.space_id
      AND p.removed_at IS NULL)
    AND (i.uses = 0
      OR s.policy NOT IN (SELECT v
      FROM JSON_TABLE(?, '$[*]' COLUMNS (v VARCHAR(1000) CHARACTER
          SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$' ERROR ON ERROR)) AS t))
    AND i.id > ?
    AND i.id <= ?
  ORDER BY i.id
  LIMIT ?;

-- resend --failed to a member
UPDATE invites
  SET last_send_error = ?, send_after = NULL
  WHERE id = ?
    AND code_key = ?
    AND send_after = ?;

-- resend
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i FORCE INDEX (code_key)
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE i.code_key IN (SELECT v
    FROM JSON_TABLE(?, '$[*]' COLUMNS (v VARCHAR(1000) CHARACTER
        SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$' ERROR ON ERROR)) AS t);

-- resend; revoke
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i FORCE INDEX (PRIMARY)
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE i.id IN (SELECT v
    FROM JSON_TABLE(?, '$[*]' COLUMNS (v CHAR(36) CHARACTER
        SET ascii COLLATE ascii_bin PATH '$' ERROR ON ERROR)) AS t);

-- resend; resend --failed; resend --failed of a space; a standing code of which only the hash is kept
SELECT id
  FROM invites
  WHERE code_key = ?;

-- resend; resend --failed; resend --failed of a space
UPDATE invites
  SET last_sent_at = CASE WHEN code_key = ? THEN last_sent_at ELSE NULL END, last_send_error = NULL,
    code = ?, code_key = ?, expires_at = ?, send_after = ?, resends = resends + ?, closed_at = NULL,
    closed_reason = NULL, closed_op = NULL, slot = ?
  WHERE id = ?
    AND code_key = ?
    AND sends = ?
    AND resends = ?
    AND (send_after IS NULL
      AND ? IS NULL
      OR send_after = ?)
    AND EXISTS (SELECT 1
    FROM invite_spaces AS s
    WHERE s.id = invites.space_id
      AND s.removed_at IS NULL
    LOCK IN SHARE MODE)
    AND (closed_at IS NULL
      OR closed_reason = 'expired')
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (send_after IS NOT NULL
      OR closed_at IS NULL
      AND (expires_at IS NULL
        OR expires_at > ?))
    AND NOT EXISTS (SELECT 1
    FROM invite_users AS u
    JOIN invite_members AS m ON m.user_id = u.id
    WHERE u.email = invites.email
      AND m.space_id = invites.space_id);

-- resend --failed
SELECT count(*) AS total, max(i.id) AS last
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND i.id IN (SELECT id
    FROM invites
    WHERE send_after > ?)
    AND (i.closed_at IS NULL
      OR i.closed_reason = 'expired')
    AND (i.max_uses IS NULL
      OR i.uses < i.max_uses)
    AND (i.closed_at IS NULL
      AND (i.expires_at IS NULL
        OR i.expires_at > ?)
      OR NOT EXISTS (SELECT 1
      FROM invites AS o
      WHERE o.email = i.email
        AND o.space_id = i.space_id
        AND (o.id > i.id
          OR o.id < i.id
          AND o.closed_at IS NULL
          AND (o.expires_at IS NULL
            OR o.expires_at > ?)
          AND (o.max_uses IS NULL
            OR o.uses < o.max_uses))))
    AND EXISTS (SELECT 1
    FROM invite_spaces AS p
    WHERE p.id = i.space_id
      AND p.removed_at IS NULL)
    AND (i.uses = 0
      OR s.policy NOT IN (SELECT v
      FROM JSON_TABLE(?, '$[*]' COLUMNS (v VARCHAR(1000) CHARACTER
          SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$' ERROR ON ERROR)) AS t));

-- resend --failed
SELECT count(*) AS total, max(i.id) AS last
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND i.id IN (SELECT id
    FROM invites
    WHERE send_after <= ?)
    AND (i.closed_at IS NULL
      OR i.closed_reason = 'expired')
    AND (i.max_uses IS NULL
      OR i.uses < i.max_uses)
    AND (i.closed_at IS NULL
      AND (i.expires_at IS NULL
        OR i.expires_at > ?)
      OR NOT EXISTS (SELECT 1
      FROM invites AS o
      WHERE o.email = i.email
        AND o.space_id = i.space_id
        AND (o.id > i.id
          OR o.id < i.id
          AND o.closed_at IS NULL
          AND (o.expires_at IS NULL
            OR o.expires_at > ?)
          AND (o.max_uses IS NULL
            OR o.uses < o.max_uses))))
    AND EXISTS (SELECT 1
    FROM invite_spaces AS p
    WHERE p.id = i.space_id
      AND p.removed_at IS NULL)
    AND (i.uses = 0
      OR s.policy NOT IN (SELECT v
      FROM JSON_TABLE(?, '$[*]' COLUMNS (v VARCHAR(1000) CHARACTER
          SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$' ERROR ON ERROR)) AS t));

-- resend --failed
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND i.id IN (SELECT id
    FROM invites
    WHERE send_after <= ?)
    AND (i.closed_at IS NULL
      OR i.closed_reason = 'expired')
    AND (i.max_uses IS NULL
      OR i.uses < i.max_uses)
    AND (i.closed_at IS NULL
      AND (i.expires_at IS NULL
        OR i.expires_at > ?)
      OR NOT EXISTS (SELECT 1
      FROM invites AS o
      WHERE o.email = i.email
        AND o.space_id = i.space_id
        AND (o.id > i.id
          OR o.id < i.id
          AND o.closed_at IS NULL
          AND (o.expires_at IS NULL
            OR o.expires_at > ?)
          AND (o.max_uses IS NULL
            OR o.uses < o.max_uses))))
    AND EXISTS (SELECT 1
    FROM invite_spaces AS p
    WHERE p.id = i.space_id
      AND p.removed_at IS NULL)
    AND (i.uses = 0
      OR s.policy NOT IN (SELECT v
      FROM JSON_TABLE(?, '$[*]' COLUMNS (v VARCHAR(1000) CHARACTER
          SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$' ERROR ON ERROR)) AS t))
    AND i.id > ?
    AND i.id <= ?
  ORDER BY i.id
  LIMIT ?;

-- revoke
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i FORCE INDEX (code_key)
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE i.code_key IN (?, ?);

-- revoke; revoke --space; revoke --created-by; revoke --operation; 3 more
SELECT id, closed_at, closed_reason, closed_op
  FROM invites FORCE INDEX (PRIMARY)
  WHERE id IN (SELECT v
    FROM JSON_TABLE(?, '$[*]' COLUMNS (v CHAR(36) CHARACTER
        SET ascii COLLATE ascii_bin PATH '$' ERROR ON ERROR)) AS t)
  ORDER BY id
  FOR UPDATE;

-- revoke; revoke --space; revoke --created-by; revoke --operation
UPDATE invites FORCE INDEX (PRIMARY)
  JOIN (SELECT 1 AS one) AS single
  SET closed_at = ?, closed_reason = 'revoked', closed_op = ?, slot = NULL
  WHERE id IN (SELECT v
    FROM JSON_TABLE(?, '$[*]' COLUMNS (v CHAR(36) CHARACTER
        SET ascii COLLATE ascii_bin PATH '$' ERROR ON ERROR)) AS t)
    AND (uses = 0
      OR NOT EXISTS (SELECT 1
      FROM invite_spaces AS s
      WHERE s.id = invites.space_id
        AND s.policy IN (?)))
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses);

-- revoke; revoke --space; revoke --created-by; revoke --operation; 3 more
SELECT id
  FROM invites FORCE INDEX (PRIMARY)
  WHERE id IN (SELECT v
    FROM JSON_TABLE(?, '$[*]' COLUMNS (v CHAR(36) CHARACTER
        SET ascii COLLATE ascii_bin PATH '$' ERROR ON ERROR)) AS t)
    AND closed_op = ?;

-- revoke --space
SELECT count(*) AS total, max(i.id) AS last
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND i.space_id IN (?)
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy NOT IN (?));

-- revoke --space
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND i.space_id IN (?)
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy NOT IN (?))
    AND i.id > ?
    AND i.id <= ?
  ORDER BY i.id
  LIMIT ?;

-- revoke --created-by
SELECT count(*) AS total, max(i.id) AS last
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND i.created_by = ?
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy NOT IN (?));

-- revoke --created-by
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND i.created_by = ?
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy NOT IN (?))
    AND i.id > ?
    AND i.id <= ?
  ORDER BY i.id
  LIMIT ?;

-- revoke --operation
SELECT count(*) AS total, max(i.id) AS last
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND (i.created_op = ?
      OR i.closed_op = ?)
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy NOT IN (?));

-- revoke --operation
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND (i.created_op = ?
      OR i.closed_op = ?)
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy NOT IN (?))
    AND i.id > ?
    AND i.id <= ?
  ORDER BY i.id
  LIMIT ?;

-- revoke --as
SELECT count(*) AS total, max(i.id) AS last
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND i.id IN (SELECT id
    FROM (SELECT id
      FROM invites
      WHERE space_id IN (SELECT m.space_id
        FROM invite_members AS m
        JOIN invite_spaces AS p ON p.id = m.space_id
          AND p.removed_at IS NULL
        WHERE m.user_id = ?
          AND p.policy || ' ' || m.role IN (?, ?, ?, ?, ?, ?, ?, ?))
      UNION ALL
      SELECT own.id
      FROM invites AS own
      JOIN invite_spaces AS p ON p.id = own.space_id
      WHERE own.created_by = ?
        AND p.policy IN (?)) AS permitted_ids)
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy NOT IN (?));

-- revoke --as
SELECT DISTINCT i.space_id, s.policy
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND (i.space_id IN (SELECT m.space_id
      FROM invite_members AS m
      JOIN invite_spaces AS p ON p.id = m.space_id
        AND p.removed_at IS NULL
      WHERE m.user_id = ?
        AND p.policy || ' ' || m.role IN (?, ?, ?, ?, ?, ?, ?, ?)))
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy NOT IN (?))
  ORDER BY i.space_id
  LIMIT ?;

-- revoke --as
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND i.id IN (SELECT id
    FROM (SELECT id
      FROM invites
      WHERE space_id IN (SELECT m.space_id
        FROM invite_members AS m
        JOIN invite_spaces AS p ON p.id = m.space_id
          AND p.removed_at IS NULL
        WHERE m.user_id = ?
          AND p.policy || ' ' || m.role IN (?, ?, ?, ?, ?, ?, ?, ?))
      UNION ALL
      SELECT own.id
      FROM invites AS own
      JOIN invite_spaces AS p ON p.id = own.space_id
      WHERE own.created_by = ?
        AND p.policy IN (?)) AS permitted_ids)
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy NOT IN (?))
    AND i.id > ?
    AND i.id <= ?
  ORDER BY i.id
  LIMIT ?;

-- revoke --as; revoke --as --space; revoke --as of a policy
UPDATE invites FORCE INDEX (PRIMARY)
  JOIN (SELECT 1 AS one) AS single
  SET closed_at = ?, closed_reason = 'revoked', closed_op = ?, slot = NULL
  WHERE id IN (SELECT v
    FROM JSON_TABLE(?, '$[*]' COLUMNS (v CHAR(36) CHARACTER
        SET ascii COLLATE ascii_bin PATH '$' ERROR ON ERROR)) AS t)
    AND (uses = 0
      OR NOT EXISTS (SELECT 1
      FROM invite_spaces AS s
      WHERE s.id = invites.space_id
        AND s.policy IN (?)))
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (invites.space_id IN (SELECT m.space_id
      FROM invite_members AS m
      JOIN invite_spaces AS p ON p.id = m.space_id
        AND p.removed_at IS NULL
      WHERE m.user_id = ?
        AND p.policy || ' ' || m.role IN (?, ?, ?, ?, ?, ?, ?, ?))
      OR (invites.created_by = ?
        AND EXISTS (SELECT 1
        FROM invite_spaces AS p
        WHERE p.id = invites.space_id
          AND p.policy IN (?))));

-- revoke --as --space
SELECT CASE WHEN EXISTS (SELECT 1
    FROM invites
    WHERE space_id = ? AND created_by = ?) THEN 1 ELSE 0 END AS made;

-- revoke --as --space
SELECT count(*) AS total, max(i.id) AS last
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND i.id IN (SELECT id
    FROM (SELECT id
      FROM invites
      WHERE space_id IN (SELECT m.space_id
        FROM invite_members AS m
        JOIN invite_spaces AS p ON p.id = m.space_id
          AND p.removed_at IS NULL
        WHERE m.user_id = ?
          AND p.policy || ' ' || m.role IN (?, ?, ?, ?, ?, ?, ?, ?))
      UNION ALL
      SELECT own.id
      FROM invites AS own
      JOIN invite_spaces AS p ON p.id = own.space_id
      WHERE own.created_by = ?
        AND p.policy IN (?)) AS permitted_ids)
    AND i.space_id IN (?)
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy NOT IN (?));

-- revoke --as --space
SELECT DISTINCT i.space_id, s.policy
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND (i.space_id IN (SELECT m.space_id
      FROM invite_members AS m
      JOIN invite_spaces AS p ON p.id = m.space_id
        AND p.removed_at IS NULL
      WHERE m.user_id = ?
        AND p.policy || ' ' || m.role IN (?, ?, ?, ?, ?, ?, ?, ?)))
    AND i.space_id IN (?)
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy NOT IN (?))
  ORDER BY i.space_id
  LIMIT ?;

-- revoke --as --space
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND i.id IN (SELECT id
    FROM (SELECT id
      FROM invites
      WHERE space_id IN (SELECT m.space_id
        FROM invite_members AS m
        JOIN invite_spaces AS p ON p.id = m.space_id
          AND p.removed_at IS NULL
        WHERE m.user_id = ?
          AND p.policy || ' ' || m.role IN (?, ?, ?, ?, ?, ?, ?, ?))
      UNION ALL
      SELECT own.id
      FROM invites AS own
      JOIN invite_spaces AS p ON p.id = own.space_id
      WHERE own.created_by = ?
        AND p.policy IN (?)) AS permitted_ids)
    AND i.space_id IN (?)
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy NOT IN (?))
    AND i.id > ?
    AND i.id <= ?
  ORDER BY i.id
  LIMIT ?;

-- revoke --as of a policy; revoke --as of nothing
SELECT count(*) AS total, max(i.id) AS last
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND i.id IN (SELECT id
    FROM (SELECT id
      FROM invites
      WHERE space_id IN (SELECT m.space_id
        FROM invite_members AS m
        JOIN invite_spaces AS p ON p.id = m.space_id
          AND p.removed_at IS NULL
        WHERE m.user_id = ?
          AND p.policy || ' ' || m.role IN (?, ?, ?, ?, ?, ?, ?, ?))
      UNION ALL
      SELECT own.id
      FROM invites AS own
      JOIN invite_spaces AS p ON p.id = own.space_id
      WHERE own.created_by = ?
        AND p.policy IN (?)) AS permitted_ids)
    AND s.policy = ?
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy NOT IN (?));

-- revoke --as of a policy
SELECT DISTINCT i.space_id, s.policy
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND (i.space_id IN (SELECT m.space_id
      FROM invite_members AS m
      JOIN invite_spaces AS p ON p.id = m.space_id
        AND p.removed_at IS NULL
      WHERE m.user_id = ?
        AND p.policy || ' ' || m.role IN (?, ?, ?, ?, ?, ?, ?, ?)))
    AND s.policy = ?
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy NOT IN (?))
  ORDER BY i.space_id
  LIMIT ?;

-- revoke --as of a policy
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND i.id IN (SELECT id
    FROM (SELECT id
      FROM invites
      WHERE space_id IN (SELECT m.space_id
        FROM invite_members AS m
        JOIN invite_spaces AS p ON p.id = m.space_id
          AND p.removed_at IS NULL
        WHERE m.user_id = ?
          AND p.policy || ' ' || m.role IN (?, ?, ?, ?, ?, ?, ?, ?))
      UNION ALL
      SELECT own.id
      FROM invites AS own
      JOIN invite_spaces AS p ON p.id = own.space_id
      WHERE own.created_by = ?
        AND p.policy IN (?)) AS permitted_ids)
    AND s.policy = ?
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy NOT IN (?))
    AND i.id > ?
    AND i.id <= ?
  ORDER BY i.id
  LIMIT ?;

-- revoke of a policy
SELECT count(*) AS total, max(i.id) AS last
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND s.policy = ?
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy NOT IN (?));

-- revoke of a policy
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND s.policy = ?
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy NOT IN (?))
    AND i.id > ?
    AND i.id <= ?
  ORDER BY i.id
  LIMIT ?;

-- revoke --as of nothing
SELECT DISTINCT i.space_id, s.policy
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND s.policy = ?
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy NOT IN (?))
  ORDER BY i.space_id
  LIMIT ?;

-- an e-mail
UPDATE invites
  SET send_after = ?
  WHERE id = ?
    AND code_key = ?
    AND send_after = ?
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > ?))
    AND (expires_at IS NULL
      OR expires_at > ?)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND NOT EXISTS (SELECT 1
    FROM invite_users AS u
    JOIN invite_members AS m ON m.user_id = u.id
    WHERE u.email = invites.email
      AND m.space_id = invites.space_id)
    AND EXISTS (SELECT 1
    FROM invite_spaces AS s
    WHERE s.id = invites.space_id
      AND s.removed_at IS NULL);

-- an e-mail
UPDATE invites
  SET sends = sends + 1, last_sent_at = ?, last_send_error = NULL, send_after = CASE WHEN send_after = ? THEN NULL ELSE send_after END
  WHERE id = ?
    AND code_key = ?;

-- an e-mail
UPDATE invites
  SET sends = sends + 1
  WHERE id = ?;

-- an e-mail
UPDATE invites FORCE INDEX (PRIMARY)
  JOIN (SELECT 1 AS one) AS single
  SET last_send_error = ?, send_after = ?
  WHERE id IN (SELECT v
    FROM JSON_TABLE(?, '$[*]' COLUMNS (v CHAR(36) CHARACTER
        SET ascii COLLATE ascii_bin PATH '$' ERROR ON ERROR)) AS t)
    AND send_after = ?;

-- a lost answer
UPDATE invite_operations
  SET last_step = last_step
  WHERE id = ?;

-- a lost answer
SELECT last_step
  FROM invite_operations
  WHERE id = ?;

-- a lost answer
INSERT INTO invite_operations (id, at, operator, command)
  VALUES (?, ?, '', '');

-- cleanup of many invites; cleanup in batches; cleanup; cleanup --include-used
SELECT count(*) AS total
  FROM invites FORCE INDEX (invites_by_closing_and_expiry)
  WHERE closed_at IS NULL;

-- cleanup of many invites; cleanup in batches; cleanup; cleanup --include-used
SELECT count(*) AS total, min(id) AS first, max(id) AS last, count(CASE WHEN expires_at <= ? THEN 1 END) AS expired
  FROM invites
  WHERE closed_at IS NULL
    AND uses >= max_uses;

-- cleanup of many invites; cleanup in batches; cleanup; cleanup --include-used
SELECT count(*) AS total, min(id) AS first, max(id) AS last
  FROM invites
  WHERE closed_at IS NULL
    AND expires_at IS NOT NULL
    AND expires_at <= ?;

-- cleanup of many invites
SELECT count(*) AS total, min(id) AS first, max(id) AS last, count(CASE WHEN expires_at <= ? THEN 1 END) AS expired
  FROM invites IGNORE INDEX (invites_by_closing_and_expiry)
  WHERE closed_at IS NULL
    AND uses >= max_uses;

-- cleanup of many invites; cleanup in batches; cleanup; cleanup --include-used
SELECT count(*) AS total
  FROM invites
  WHERE closed_at IS NOT NULL
    AND closed_at <= ?;

-- cleanup of many invites; cleanup in batches; cleanup; cleanup --include-used
SELECT count(*) AS total, min(id) AS first, max(id) AS last
  FROM invites
  WHERE closed_at IS NOT NULL
    AND closed_at <= ?
    AND (uses = 0
      OR ? = 1);

-- cleanup of many invites
SELECT count(*) AS total, min(id) AS first, max(id) AS last
  FROM invites IGNORE INDEX (invites_by_closing_and_expiry)
  WHERE closed_at IS NOT NULL
    AND closed_at <= ?
    AND (uses = 0
      OR ? = 1);

-- cleanup of many invites; cleanup; cleanup --include-used
SELECT count(*) AS total
  FROM (SELECT id
    FROM invites
    WHERE id >= ?
      AND id <= ?
      AND closed_at IS NOT NULL
      AND closed_at <= ?
      AND (uses = 0
        OR ? = 1)
    FOR UPDATE SKIP LOCKED) AS held;

-- cleanup of many invites; cleanup; cleanup --include-used
SELECT count(*) AS total
  FROM invites AS i
  WHERE id >= ?
    AND id <= ?
    AND closed_at IS NOT NULL
    AND closed_at <= ?
    AND (uses = 0
      OR ? = 1);

-- cleanup of many invites; cleanup; cleanup --include-used
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE i.id >= ?
    AND i.id <= ?
    AND closed_at IS NOT NULL
    AND closed_at <= ?
    AND (uses = 0
      OR ? = 1)
  ORDER BY i.id
  LIMIT ?;

-- cleanup of many invites
SELECT id
  FROM invites AS i
  WHERE id >= ?
    AND id <= ?
    AND closed_at IS NOT NULL
    AND closed_at <= ?
    AND (uses = 0
      OR ? = 1)
  ORDER BY id
  FOR UPDATE SKIP LOCKED;

-- cleanup of many invites
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE i.id IN (SELECT v
    FROM JSON_TABLE(?, '$[*]' COLUMNS (v CHAR(36) CHARACTER
        SET ascii COLLATE ascii_bin PATH '$' ERROR ON ERROR)) AS t)
  ORDER BY i.id;

-- cleanup of many invites
DELETE invite_uses
  FROM JSON_TABLE(?, '$[*]' COLUMNS (v CHAR(36) CHARACTER
      SET ascii COLLATE ascii_bin PATH '$' ERROR ON ERROR)) AS listed STRAIGHT_JOIN invite_uses ON invite_uses.invite_id = listed.v;

-- cleanup of many invites
DELETE invite_changes
  FROM JSON_TABLE(?, '$[*]' COLUMNS (v CHAR(36) CHARACTER
      SET ascii COLLATE ascii_bin PATH '$' ERROR ON ERROR)) AS listed STRAIGHT_JOIN invite_changes ON invite_changes.invite_id = listed.v;

-- cleanup of many invites
DELETE invites
  FROM JSON_TABLE(?, '$[*]' COLUMNS (v CHAR(36) CHARACTER
      SET ascii COLLATE ascii_bin PATH '$' ERROR ON ERROR)) AS listed STRAIGHT_JOIN invites ON invites.id = listed.v;

-- guess at a code built from a name
UPDATE invite_limits
  SET hits = hits + ?
  WHERE bucket = ?
    AND window_start = ?;

-- guess at a code built from a name
DELETE
  FROM invite_limits
  WHERE bucket = ?
    AND window_start < ?
    AND window_start > ?;

-- guess at a code built from a name
DELETE
  FROM invite_limits
  WHERE bucket = ?;

-- the limits of e-mails
SELECT bucket, window_start, hits
  FROM invite_limits FORCE INDEX (PRIMARY)
  WHERE bucket IN (?, ?)
    AND window_start IN (?, ?);

-- the limits of e-mails
INSERT INTO invite_limits (bucket, window_start, hits)
  SELECT r.row_bucket, r.row_window, r.row_hits
  FROM JSON_TABLE(?, '$[*]' COLUMNS (row_bucket VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[0]' NULL ON EMPTY ERROR ON ERROR,
        row_window DATETIME(6) PATH '$[1]' NULL ON EMPTY ERROR ON ERROR, row_hits BIGINT PATH '$[2]' NULL ON EMPTY ERROR ON ERROR,
        row_limit BIGINT PATH '$[3]' NULL ON EMPTY ERROR ON ERROR)) AS r
  WHERE true;

-- the limits of e-mails
UPDATE invite_limits, JSON_TABLE(?, '$[*]' COLUMNS (row_bucket VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[0]' NULL ON EMPTY ERROR ON ERROR,
        row_window DATETIME(6) PATH '$[1]' NULL ON EMPTY ERROR ON ERROR, row_hits BIGINT PATH '$[2]' NULL ON EMPTY ERROR ON ERROR,
        row_limit BIGINT PATH '$[3]' NULL ON EMPTY ERROR ON ERROR)) AS r
  SET hits = hits + r.row_hits
  WHERE bucket = r.row_bucket
    AND window_start = r.row_window
    AND hits + r.row_hits <= r.row_limit;

-- the limits of e-mails
UPDATE invite_limits, JSON_TABLE(?, '$[*]' COLUMNS (row_bucket VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[0]' NULL ON EMPTY ERROR ON ERROR,
        row_window DATETIME(6) PATH '$[1]' NULL ON EMPTY ERROR ON ERROR, row_hits BIGINT PATH '$[2]' NULL ON EMPTY ERROR ON ERROR,
        row_limit BIGINT PATH '$[3]' NULL ON EMPTY ERROR ON ERROR)) AS r
  SET hits = CASE WHEN hits > r.row_hits THEN hits - r.row_hits ELSE 0 END
  WHERE bucket = r.row_bucket
    AND window_start = r.row_window;

-- the limits of e-mails
SELECT bucket, window_start, hits
  FROM invite_limits FORCE INDEX (PRIMARY)
  WHERE bucket IN (SELECT v
    FROM JSON_TABLE(?, '$[*]' COLUMNS (v VARCHAR(1000) CHARACTER
        SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$' ERROR ON ERROR)) AS t)
    AND window_start IN (?, ?);

-- the limits of e-mails
INSERT IGNORE INTO invite_limits (bucket, window_start, hits)
  SELECT r.row_bucket, r.row_window, r.row_hits
  FROM JSON_TABLE(?, '$[*]' COLUMNS (row_bucket VARCHAR(1000) CHARACTER
      SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$[0]' NULL ON EMPTY ERROR ON ERROR,
        row_window DATETIME(6) PATH '$[1]' NULL ON EMPTY ERROR ON ERROR, row_hits BIGINT PATH '$[2]' NULL ON EMPTY ERROR ON ERROR,
        row_limit BIGINT PATH '$[3]' NULL ON EMPTY ERROR ON ERROR)) AS r
  WHERE true;

-- an archive of a run that was killed
SELECT id
  FROM invites FORCE INDEX (PRIMARY)
  WHERE id IN (SELECT v
    FROM JSON_TABLE(?, '$[*]' COLUMNS (v CHAR(36) CHARACTER
        SET ascii COLLATE ascii_bin PATH '$' ERROR ON ERROR)) AS t)
  ORDER BY id
  FOR UPDATE;

-- open invites of removed spaces; cleanup in batches; cleanup; cleanup --include-used
SELECT count(i.id) AS total
  FROM invite_spaces AS s
  LEFT JOIN invites AS i ON i.space_id = s.id
    AND (i.closed_at IS NULL
      OR i.closed_reason = 'replaced'
      AND i.closed_at > s.removed_at)
  WHERE s.removed_at IS NOT NULL;

-- open invites of removed spaces
SELECT s.id
  FROM invite_spaces AS s
  WHERE s.id > ?
    AND s.removed_at IS NOT NULL
    AND CASE WHEN EXISTS (SELECT 1
    FROM invites AS i
    WHERE i.space_id = s.id AND (i.closed_at IS NULL OR i.closed_reason = 'replaced' AND i.closed_at > s.removed_at)) THEN 1 ELSE 0 END = 1
  ORDER BY s.id
  LIMIT ?;

-- a purge of spaces
SELECT id
  FROM invite_spaces
  WHERE id > ?
    AND removed_at <= ?
    AND NOT EXISTS (SELECT 1
    FROM invites AS i
    WHERE i.space_id = invite_spaces.id)
  ORDER BY id
  LIMIT ?;

-- a purge of spaces
UPDATE invite_spaces FORCE INDEX (PRIMARY)
  JOIN (SELECT 1 AS one) AS single
  SET purge_op = ?
  WHERE id IN (?)
    AND removed_at <= ?
    AND NOT EXISTS (SELECT 1
    FROM invites AS i
    WHERE i.space_id = invite_spaces.id);

-- a purge of spaces
SELECT space_id, user_id
  FROM invite_members FORCE INDEX (PRIMARY)
  WHERE space_id IN (?)
  ORDER BY space_id, user_id
  LIMIT 1 OFFSET ?;

-- a purge of spaces
DELETE invite_members
  FROM invite_members FORCE INDEX (PRIMARY)
  WHERE space_id IN (?)
    AND space_id IN (SELECT id
    FROM invite_spaces
    WHERE purge_op IS NOT NULL
      AND id IN (?))
    AND (space_id < ?
      OR space_id = ?
      AND user_id <= ?);

-- a purge of spaces
DELETE invite_members
  FROM invite_members FORCE INDEX (PRIMARY)
  WHERE space_id IN (?)
    AND space_id IN (SELECT id
    FROM invite_spaces
    WHERE purge_op IS NOT NULL
      AND id IN (?));

-- a purge of spaces
DELETE invite_spaces
  FROM invite_spaces FORCE INDEX (PRIMARY)
  WHERE id IN (?)
    AND purge_op IS NOT NULL;

-- cleanup in batches; cleanup; cleanup --include-used
SELECT count(*) AS total, count(CASE WHEN NOT EXISTS (SELECT 1
      FROM invites AS i
      WHERE i.space_id = p.id AND NOT (i.closed_at IS NOT NULL AND i.closed_at <= ? AND (i.uses = 0 OR ? = 1))) THEN 1 END) AS free
  FROM invite_spaces AS p
  WHERE p.removed_at <= ?;

-- cleanup in batches; cleanup; cleanup --include-used
SELECT id
  FROM invites
  WHERE id >= ?
    AND id <= ?
  ORDER BY id
  LIMIT 1 OFFSET ?;

-- cleanup in batches; cleanup
UPDATE invites
  SET closed_reason = CASE WHEN uses >= max_uses THEN 'used_up' ELSE 'expired' END, closed_at = ?,
    closed_op = ?, slot = NULL
  WHERE id >= ?
    AND id <= ?
    AND closed_at IS NULL
    AND expires_at IS NOT NULL
    AND expires_at <= ?
    AND (max_uses IS NULL
      OR uses < max_uses);

-- cleanup
UPDATE invites
  SET closed_reason = CASE WHEN uses >= max_uses THEN 'used_up' ELSE 'expired' END, closed_at = ?,
    closed_op = ?, slot = NULL
  WHERE id >= ?
    AND id <= ?
    AND closed_at IS NULL
    AND uses >= max_uses;

-- cleanup; cleanup --include-used
DELETE invite_uses
  FROM invite_uses FORCE INDEX (invite_id)
  WHERE invite_id IN (SELECT id
    FROM invites
    WHERE id >= ?
      AND id <= ?
      AND closed_at IS NOT NULL
      AND closed_at <= ?
      AND (uses = 0
        OR ? = 1));

-- cleanup; cleanup --include-used
DELETE invite_changes
  FROM invite_changes FORCE INDEX (invite_changes_by_invite)
  WHERE invite_id IN (SELECT id
    FROM invites
    WHERE id >= ?
      AND id <= ?
      AND closed_at IS NOT NULL
      AND closed_at <= ?
      AND (uses = 0
        OR ? = 1));

-- cleanup; cleanup --include-used
DELETE
  FROM invites
  WHERE id >= ?
    AND id <= ?
    AND closed_at IS NOT NULL
    AND closed_at <= ?
    AND (uses = 0
      OR ? = 1);

-- cleanup --include-used
SELECT invite_id, user_id, role, used_at, operation_id
  FROM invite_uses
  WHERE invite_id IN (SELECT v
    FROM JSON_TABLE(?, '$[*]' COLUMNS (v CHAR(36) CHARACTER
        SET ascii COLLATE ascii_bin PATH '$' ERROR ON ERROR)) AS t)
  ORDER BY invite_id, id;

-- limits reset of a client; limits reset
SELECT max(bucket) AS last
  FROM (SELECT bucket
    FROM invite_limits
    WHERE bucket >= ?
      AND bucket < ?
      AND window_start >= ?
      AND hits > 0
    ORDER BY bucket
    LIMIT ?) AS page;

-- limits reset of a client; limits reset
DELETE
  FROM invite_limits
  WHERE bucket >= ?
    AND bucket <= ?
    AND window_start >= ?
    AND hits > 0;
