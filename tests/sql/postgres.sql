-- Generated: UPDATE_GENERATED=1 sh tests/run.sh --lib uses_indexes

-- list
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
  ORDER BY i.id DESC
  LIMIT $1;

-- list; list --sort oldest; list --sort expires; list --sort uses; 1 more
SELECT count(*) AS total
  FROM invites AS i
  WHERE true;

-- list --sort oldest
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
  ORDER BY i.id
  LIMIT $1;

-- list --sort expires
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
  ORDER BY CASE WHEN i.expires_at IS NULL AND coalesce(i.closed_reason, '') <> 'replaced' THEN 1 ELSE 0 END,
    CASE WHEN i.closed_reason = 'replaced' AND (i.expires_at IS NULL OR i.closed_at < i.expires_at) THEN i.closed_at ELSE i.expires_at END,
    i.id
  LIMIT $1;

-- list --sort uses
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
  ORDER BY i.uses DESC, i.id
  LIMIT $1;

-- list --sort space
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
  ORDER BY i.space_id, i.id
  LIMIT $1;

-- list --space; list --space --sort expires; list --as --space; list all --space; 14 more
SELECT id, policy, name, created_at, changed_op, removed_at, removed_op
  FROM invite_spaces
  WHERE id = $1;

-- list --space
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND i.space_id = ANY($1::text[])
  ORDER BY i.id DESC
  LIMIT $2;

-- list --space; list --space --sort expires
SELECT count(*) AS total
  FROM invites AS i
  WHERE true
    AND i.space_id = ANY($1::text[]);

-- list --space --sort expires
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND i.space_id = ANY($1::text[])
  ORDER BY CASE WHEN i.expires_at IS NULL AND coalesce(i.closed_reason, '') <> 'replaced' THEN 1 ELSE 0 END,
    CASE WHEN i.closed_reason = 'replaced' AND (i.expires_at IS NULL OR i.closed_at < i.expires_at) THEN i.closed_at ELSE i.expires_at END,
    i.id
  LIMIT $2;

-- list --policy
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND s.policy = $1
  ORDER BY i.id DESC
  LIMIT $2;

-- list --policy
SELECT count(*) AS total
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND s.policy = $1;

-- list --status active
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND CASE WHEN s.removed_at IS NOT NULL AND (closed_at IS NULL OR closed_reason = 'replaced' AND closed_at > s.removed_at) THEN 'revoked' ELSE CASE WHEN closed_at <= $1 OR closed_reason <> 'replaced' THEN closed_reason WHEN uses >= max_uses THEN 'used_up' WHEN expires_at <= $1 THEN 'expired' WHEN starts_at > $1 THEN 'scheduled' ELSE 'active' END END IN ('',
      'active')
  ORDER BY i.id DESC
  LIMIT $2;

-- list --status active
SELECT count(*) AS total
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND CASE WHEN s.removed_at IS NOT NULL AND (closed_at IS NULL OR closed_reason = 'replaced' AND closed_at > s.removed_at) THEN 'revoked' ELSE CASE WHEN closed_at <= $1 OR closed_reason <> 'replaced' THEN closed_reason WHEN uses >= max_uses THEN 'used_up' WHEN expires_at <= $1 THEN 'expired' WHEN starts_at > $1 THEN 'scheduled' ELSE 'active' END END IN ('',
      'active');

-- list --status revoked
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND CASE WHEN s.removed_at IS NOT NULL AND (closed_at IS NULL OR closed_reason = 'replaced' AND closed_at > s.removed_at) THEN 'revoked' ELSE CASE WHEN closed_at <= $1 OR closed_reason <> 'replaced' THEN closed_reason WHEN uses >= max_uses THEN 'used_up' WHEN expires_at <= $1 THEN 'expired' WHEN starts_at > $1 THEN 'scheduled' ELSE 'active' END END IN ('',
      'revoked')
  ORDER BY i.id DESC
  LIMIT $2;

-- list --status revoked
SELECT count(*) AS total
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND CASE WHEN s.removed_at IS NOT NULL AND (closed_at IS NULL OR closed_reason = 'replaced' AND closed_at > s.removed_at) THEN 'revoked' ELSE CASE WHEN closed_at <= $1 OR closed_reason <> 'replaced' THEN closed_reason WHEN uses >= max_uses THEN 'used_up' WHEN expires_at <= $1 THEN 'expired' WHEN starts_at > $1 THEN 'scheduled' ELSE 'active' END END IN ('',
      'revoked');

-- list --created-by; list --as; list --as --space; list --as of nothing; 8 more
SELECT CASE WHEN EXISTS (SELECT 1
    FROM invite_users
    WHERE id = $1) OR EXISTS (SELECT 1
    FROM invite_members
    WHERE user_id = $1) OR EXISTS (SELECT 1
    FROM invite_uses
    WHERE user_id = $1) OR EXISTS (SELECT 1
    FROM invites
    WHERE created_by = $1) THEN 1 ELSE 0 END AS known;

-- list --created-by
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND i.created_by = $1
  ORDER BY i.id DESC
  LIMIT $2;

-- list --created-by
SELECT count(*) AS total
  FROM invites AS i
  WHERE true
    AND i.created_by = $1;

-- list --email
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND i.email = $1
  ORDER BY i.id DESC
  LIMIT $2;

-- list --email
SELECT count(*) AS total
  FROM invites AS i
  WHERE true
    AND i.email = $1;

-- list --role
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND i.role = $1
  ORDER BY i.id DESC
  LIMIT $2;

-- list --role
SELECT count(*) AS total
  FROM invites AS i
  WHERE true
    AND i.role = $1;

-- list --expires-before
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND (i.expires_at < $1
      OR (i.closed_reason = 'replaced'
        AND i.closed_at < $1))
  ORDER BY i.id DESC
  LIMIT $2;

-- list --expires-before
SELECT count(*) AS total
  FROM invites AS i
  WHERE true
    AND (i.expires_at < $1
      OR (i.closed_reason = 'replaced'
        AND i.closed_at < $1));

-- list --operation; list --made-by; revoke --operation
SELECT id
  FROM invite_operations
  WHERE id = $1;

-- list --operation
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND (i.created_op = $1
      OR i.closed_op = $1)
  ORDER BY i.id DESC
  LIMIT $2;

-- list --operation
SELECT count(*) AS total
  FROM invites AS i
  WHERE true
    AND (i.created_op = $1
      OR i.closed_op = $1);

-- list --made-by
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND i.created_op = $1
  ORDER BY i.id DESC
  LIMIT $2;

-- list --made-by
SELECT count(*) AS total
  FROM invites AS i
  WHERE true
    AND i.created_op = $1;

-- list --unsent
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND i.id IN (SELECT id
    FROM invites
    WHERE send_after <= $1)
    AND (i.closed_at IS NULL
      OR i.closed_reason = 'expired')
    AND (i.max_uses IS NULL
      OR i.uses < i.max_uses)
    AND (i.closed_at IS NULL
      AND (i.expires_at IS NULL
        OR i.expires_at > $1)
      OR NOT EXISTS (SELECT 1
      FROM invites AS o
      WHERE o.email = i.email
        AND o.space_id = i.space_id
        AND (o.id > i.id
          OR o.id < i.id
          AND o.closed_at IS NULL
          AND (o.expires_at IS NULL
            OR o.expires_at > $1)
          AND (o.max_uses IS NULL
            OR o.uses < o.max_uses))))
    AND EXISTS (SELECT 1
    FROM invite_spaces AS p
    WHERE p.id = i.space_id
      AND p.removed_at IS NULL)
  ORDER BY i.id DESC
  LIMIT $2;

-- list --unsent
SELECT count(*) AS total
  FROM invites AS i
  WHERE true
    AND i.id IN (SELECT id
    FROM invites
    WHERE send_after <= $1)
    AND (i.closed_at IS NULL
      OR i.closed_reason = 'expired')
    AND (i.max_uses IS NULL
      OR i.uses < i.max_uses)
    AND (i.closed_at IS NULL
      AND (i.expires_at IS NULL
        OR i.expires_at > $1)
      OR NOT EXISTS (SELECT 1
      FROM invites AS o
      WHERE o.email = i.email
        AND o.space_id = i.space_id
        AND (o.id > i.id
          OR o.id < i.id
          AND o.closed_at IS NULL
          AND (o.expires_at IS NULL
            OR o.expires_at > $1)
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
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND i.id IN (SELECT id
    FROM invites
    WHERE send_after > $1)
    AND (i.closed_at IS NULL
      OR i.closed_reason = 'expired')
    AND (i.max_uses IS NULL
      OR i.uses < i.max_uses)
    AND (i.closed_at IS NULL
      AND (i.expires_at IS NULL
        OR i.expires_at > $1)
      OR NOT EXISTS (SELECT 1
      FROM invites AS o
      WHERE o.email = i.email
        AND o.space_id = i.space_id
        AND (o.id > i.id
          OR o.id < i.id
          AND o.closed_at IS NULL
          AND (o.expires_at IS NULL
            OR o.expires_at > $1)
          AND (o.max_uses IS NULL
            OR o.uses < o.max_uses))))
    AND EXISTS (SELECT 1
    FROM invite_spaces AS p
    WHERE p.id = i.space_id
      AND p.removed_at IS NULL)
  ORDER BY i.id DESC
  LIMIT $2;

-- list under way
SELECT count(*) AS total
  FROM invites AS i
  WHERE true
    AND i.id IN (SELECT id
    FROM invites
    WHERE send_after > $1)
    AND (i.closed_at IS NULL
      OR i.closed_reason = 'expired')
    AND (i.max_uses IS NULL
      OR i.uses < i.max_uses)
    AND (i.closed_at IS NULL
      AND (i.expires_at IS NULL
        OR i.expires_at > $1)
      OR NOT EXISTS (SELECT 1
      FROM invites AS o
      WHERE o.email = i.email
        AND o.space_id = i.space_id
        AND (o.id > i.id
          OR o.id < i.id
          AND o.closed_at IS NULL
          AND (o.expires_at IS NULL
            OR o.expires_at > $1)
          AND (o.max_uses IS NULL
            OR o.uses < o.max_uses))))
    AND EXISTS (SELECT 1
    FROM invite_spaces AS p
    WHERE p.id = i.space_id
      AND p.removed_at IS NULL);

-- list --search
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND (i.space_id ~ $1
      OR s.name ~ $1
      OR i.note ~ $1
      OR i.email ~ $1)
  ORDER BY i.id DESC
  LIMIT $2;

-- list --search
SELECT count(*) AS total
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND (i.space_id ~ $1
      OR s.name ~ $1
      OR i.note ~ $1
      OR i.email ~ $1);

-- list --search of a domain
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND (i.email ~ $1
      OR i.space_id ~ $2
      OR s.name ~ $2
      OR i.note ~ $2
      OR i.email ~ $2)
  ORDER BY i.id DESC
  LIMIT $3;

-- list --search of a domain
SELECT count(*) AS total
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND (i.email ~ $1
      OR i.space_id ~ $2
      OR s.name ~ $2
      OR i.note ~ $2
      OR i.email ~ $2);

-- list --as; list --as of nothing; list all --as
SELECT m.space_id
  FROM invite_members AS m
  JOIN invite_spaces AS p ON p.id = m.space_id
    AND p.removed_at IS NULL
  WHERE m.user_id = $1
    AND p.policy || ' ' || m.role = ANY($2::text[])
    AND ($3 IS NULL
      OR p.policy = $3)
  LIMIT 1;

-- list --as
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND (i.space_id IN (SELECT m.space_id
      FROM invite_members AS m
      JOIN invite_spaces AS p ON p.id = m.space_id
        AND p.removed_at IS NULL
      WHERE m.user_id = $1
        AND p.policy || ' ' || m.role = ANY($2::text[])))
  ORDER BY i.id DESC
  LIMIT $3;

-- list --as
SELECT count(*) AS total
  FROM invites AS i
  WHERE true
    AND (i.space_id IN (SELECT m.space_id
      FROM invite_members AS m
      JOIN invite_spaces AS p ON p.id = m.space_id
        AND p.removed_at IS NULL
      WHERE m.user_id = $1
        AND p.policy || ' ' || m.role = ANY($2::text[])));

-- list --as --space; validate; use again; use of an invalid invite; 1 more
SELECT role
  FROM invite_members
  WHERE space_id = $1
    AND user_id = $2
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
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND (i.space_id IN (SELECT m.space_id
      FROM invite_members AS m
      JOIN invite_spaces AS p ON p.id = m.space_id
        AND p.removed_at IS NULL
      WHERE m.user_id = $1
        AND p.policy || ' ' || m.role = ANY($2::text[])))
    AND i.space_id = ANY($3::text[])
  ORDER BY i.id DESC
  LIMIT $4;

-- list --as --space
SELECT count(*) AS total
  FROM invites AS i
  WHERE true
    AND (i.space_id IN (SELECT m.space_id
      FROM invite_members AS m
      JOIN invite_spaces AS p ON p.id = m.space_id
        AND p.removed_at IS NULL
      WHERE m.user_id = $1
        AND p.policy || ' ' || m.role = ANY($2::text[])))
    AND i.space_id = ANY($3::text[]);

-- list --as of nothing
SELECT m.space_id, m.role, p.policy
  FROM invite_members AS m
  JOIN invite_spaces AS p ON p.id = m.space_id
    AND p.removed_at IS NULL
  WHERE m.user_id = $1
    AND ($2 IS NULL
      OR p.policy = $2)
  ORDER BY m.space_id
  LIMIT 1;

-- list all
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
  ORDER BY i.id DESC;

-- list all --policy
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND s.policy = $1
  ORDER BY i.id DESC;

-- list all --status active
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND CASE WHEN s.removed_at IS NOT NULL AND (closed_at IS NULL OR closed_reason = 'replaced' AND closed_at > s.removed_at) THEN 'revoked' ELSE CASE WHEN closed_at <= $1 OR closed_reason <> 'replaced' THEN closed_reason WHEN uses >= max_uses THEN 'used_up' WHEN expires_at <= $1 THEN 'expired' WHEN starts_at > $1 THEN 'scheduled' ELSE 'active' END END IN ('',
      'active')
  ORDER BY i.id DESC;

-- list all --role
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND i.role = $1
  ORDER BY i.id DESC;

-- list all --expires-before
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND (i.expires_at < $1
      OR (i.closed_reason = 'replaced'
        AND i.closed_at < $1))
  ORDER BY i.id DESC;

-- list all --search
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND (i.space_id ~ $1
      OR s.name ~ $1
      OR i.note ~ $1
      OR i.email ~ $1)
  ORDER BY i.id DESC;

-- list all --space
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND i.space_id = ANY($1::text[])
  ORDER BY i.id DESC;

-- list all --as
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at, u.user_id, u.used_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END
  WHERE true
    AND (i.space_id IN (SELECT m.space_id
      FROM invite_members AS m
      JOIN invite_spaces AS p ON p.id = m.space_id
        AND p.removed_at IS NULL
      WHERE m.user_id = $1
        AND p.policy || ' ' || m.role = ANY($2::text[])))
  ORDER BY i.id DESC;

-- validate; space show; use; use again; 1 more
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE i.code_key IN ($1, $2);

-- validate; use again; use of an invalid invite
SELECT invite_id, user_id, role, used_at, operation_id
  FROM invite_uses
  WHERE invite_id = $1
    AND user_id = $2;

-- validate; member add; resend --failed to a member; resend; 2 more
SELECT id, name, email
  FROM invite_users
  WHERE id = $1;

-- validate by id; validate an invite with a limit; show; use of an invalid invite; 9 more
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE i.id = $1;

-- validate an invite with a limit; use of an invalid invite
SELECT bucket, window_start, hits
  FROM invite_limits
  WHERE bucket = ANY($1::text[])
    AND window_start = $2;

-- validate an invite with a limit; generate for a director; use of an invalid invite
UPDATE invite_limits
  SET hits = hits + $1
  WHERE bucket = $2
    AND window_start = $3
    AND hits + $1 <= $4;

-- validate an invite with a limit; generate for a director; use of an invalid invite
SELECT hits
  FROM invite_limits
  WHERE bucket = $1
    AND window_start = $2
  FOR UPDATE;

-- validate an invite with a limit; generate for a director; use of an invalid invite; guess at a code built from a name; 1 more
INSERT INTO invite_limits (bucket, window_start, hits)
  VALUES ($1, $2, 0)
  ON CONFLICT DO NOTHING;

-- validate an invite with a limit; generate for a director; use of an invalid invite
DELETE
  FROM invite_limits
  WHERE bucket = $1
    AND window_start < $2;

-- validate an invite with a limit; cleanup in batches; cleanup; cleanup --include-used
SELECT max(bucket) AS last
  FROM (SELECT bucket
    FROM invite_limits
    WHERE bucket >= $1
      AND bucket < $2
      AND window_start < $3
    ORDER BY bucket
    LIMIT $4) AS page;

-- validate an invite with a limit
DELETE
  FROM invite_limits
  WHERE bucket >= $1
    AND bucket <= $2
    AND window_start < $3;

-- validate an invite with a limit
UPDATE invite_limits
  SET hits = CASE WHEN hits > $1 THEN hits - $1 ELSE 0 END
  WHERE bucket = $2
    AND window_start = $3;

-- validate by fingerprint
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE i.code_key >= $1
    AND i.code_key < $2
    AND i.code IS NULL
  LIMIT 2;

-- show; space show; regenerate; regenerate again; 1 more
SELECT space_id, role
  FROM invite_members
  WHERE user_id = $1
    AND space_id = ANY($2::text[])
    AND EXISTS (SELECT 1
    FROM invite_spaces AS s
    WHERE s.id = invite_members.space_id
      AND s.removed_at IS NULL);

-- show
SELECT invite_id, user_id, role, used_at, operation_id
  FROM invite_uses
  WHERE invite_id = $1
  ORDER BY id
  LIMIT $2;

-- show
SELECT o.id, o.at, o.finished_at, o.operator, o.actor, o.on_behalf_of, o.command, o.target,
    o.reason, o.changed, o.failed
  FROM (
    SELECT created_op AS id
    FROM invites
    WHERE id = $1 UNION
    SELECT closed_op
    FROM invites
    WHERE id = $1
      AND closed_op IS NOT NULL UNION
    SELECT operation_id
    FROM invite_changes
    WHERE invite_id = $1 UNION
    SELECT before_value::uuid
    FROM invite_changes
    WHERE invite_id = $1
      AND field = 'closed_op') AS u
  JOIN invite_operations AS o ON o.id = u.id
  ORDER BY o.id
  LIMIT 100;

-- show
SELECT o.at, c.operation_id, c.field, c.before_value, c.after_value
  FROM invite_changes AS c
  JOIN invite_operations AS o ON o.id = c.operation_id
  WHERE c.invite_id = $1
  ORDER BY c.operation_id, c.field
  LIMIT 100;

-- space show
SELECT role, count(*) AS total
  FROM invite_members
  WHERE space_id = $1
  GROUP BY role
  ORDER BY role;

-- space show; extend an expired invite; extend a standing code; regenerate; 1 more
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE i.slot = $1;

-- space show
SELECT status, count(*) AS total
  FROM (SELECT CASE WHEN s.removed_at IS NOT NULL AND (closed_at IS NULL OR closed_reason = 'replaced' AND closed_at > s.removed_at) THEN 'revoked' ELSE CASE WHEN closed_at <= $1 OR closed_reason <> 'replaced' THEN closed_reason WHEN uses >= max_uses THEN 'used_up' WHEN expires_at <= $1 THEN 'expired' WHEN starts_at > $1 THEN 'scheduled' ELSE 'active' END END AS status
    FROM invites AS i
    JOIN invite_spaces AS s ON s.id = i.space_id
    WHERE i.space_id = $2) AS i
  GROUP BY status
  ORDER BY status;

-- own space; generate --from --as
SELECT m.space_id
  FROM invite_members AS m
  JOIN invite_spaces AS p ON p.id = m.space_id
    AND p.removed_at IS NULL
  WHERE m.user_id = $1
    AND p.policy || ' ' || m.role = ANY($2::text[])
  ORDER BY m.space_id
  LIMIT $3;

-- operations
SELECT o.id, o.at, o.finished_at, o.operator, o.actor, o.on_behalf_of, o.command, o.target,
    o.reason, o.changed, o.failed
  FROM invite_operations AS o
  ORDER BY o.id DESC
  LIMIT $1;

-- operations
SELECT count(*) AS total
  FROM invite_operations;

-- operations
SELECT o.id, o.at, o.finished_at, o.operator, o.actor, o.on_behalf_of, o.command, o.target,
    o.reason, o.changed, o.failed
  FROM invite_operations AS o
  WHERE o.id = $1;

-- operations
SELECT id
  FROM invite_operations
  ORDER BY id DESC
  LIMIT 1;

-- operation by the beginning of its id; offer
SELECT id, command AS name, at
  FROM invite_operations
  WHERE id >= $1
    AND id <= $2
  ORDER BY id DESC
  LIMIT $3;

-- offer
SELECT id, name
  FROM invite_spaces
  WHERE id >= $1
    AND removed_at IS NULL
  ORDER BY id
  LIMIT $2;

-- offer
SELECT id, name
  FROM invite_users
  WHERE id >= $1
  ORDER BY id
  LIMIT $2;

-- offer
SELECT id, space_id AS name
  FROM invites
  WHERE id >= $1
    AND id <= $2
  ORDER BY id DESC
  LIMIT $3;

-- count of the living
SELECT count(*) AS live, count(CASE WHEN expires_at <= $1 OR closed_at <= $1 THEN 1 END) AS ending
  FROM invites
  WHERE (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $2))
    AND (expires_at IS NULL
      OR expires_at > $2)
    AND (max_uses IS NULL
      OR uses < max_uses);

-- stats; stats --policy; limits; limits --policy; 4 more
SELECT bucket
  FROM invite_limits
  WHERE bucket >= $1
    AND bucket < $2
    AND window_start > $3
    AND window_start < $4
  GROUP BY bucket
  ORDER BY bucket
  LIMIT $5;

-- stats; stats --policy
SELECT policy, count(*) AS total
  FROM invite_spaces
  WHERE ($1 IS NULL
      OR policy = $1)
    AND removed_at IS NULL
  GROUP BY policy
  ORDER BY policy;

-- stats; stats --policy
SELECT s.policy, i.status, count(*) AS total
  FROM (SELECT space_id, CASE WHEN closed_at <= $1 OR closed_reason <> 'replaced' THEN closed_reason WHEN uses >= max_uses THEN 'used_up' WHEN expires_at <= $1 THEN 'expired' WHEN starts_at > $1 THEN 'scheduled' ELSE 'active' END AS status
    FROM invites) AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE ($2 IS NULL
      OR s.policy = $2)
    AND s.removed_at IS NULL
  GROUP BY s.policy, i.status;

-- stats
SELECT ((u.used_at AT TIME ZONE 'UTC')::date - DATE '1970-01-01') AS day, count(*) AS total
  FROM invite_uses AS u
  WHERE u.id >= $1
    AND u.used_at >= $2
    AND u.used_at < $3
  GROUP BY day;

-- stats
SELECT ((m.joined_at AT TIME ZONE 'UTC')::date - DATE '1970-01-01') AS day, count(*) AS total
  FROM invite_members AS m
  WHERE m.joined_at >= $1
    AND m.joined_at < $2
  GROUP BY day;

-- stats
SELECT ((e.ends_at AT TIME ZONE 'UTC')::date - DATE '1970-01-01') AS day, count(*) AS total
  FROM (SELECT space_id, expires_at AS ends_at
    FROM invites
    WHERE closed_at IS NULL
      AND expires_at > $1
      AND expires_at < $2
      AND (closed_at IS NULL
        OR (closed_reason = 'replaced'
          AND closed_at > $1))
      AND (expires_at IS NULL
        OR expires_at > $1)
      AND (max_uses IS NULL
        OR uses < max_uses)
    UNION ALL
    SELECT space_id, CASE WHEN expires_at < closed_at THEN expires_at ELSE closed_at END AS ends_at
    FROM invites
    WHERE closed_at > $1
      AND (closed_at IS NULL
        OR (closed_reason = 'replaced'
          AND closed_at > $1))
      AND (expires_at IS NULL
        OR expires_at > $1)
      AND (max_uses IS NULL
        OR uses < max_uses)) AS e
  WHERE e.ends_at < $2
  GROUP BY day;

-- stats --policy
SELECT ((u.used_at AT TIME ZONE 'UTC')::date - DATE '1970-01-01') AS day, count(*) AS total
  FROM invite_uses AS u
  JOIN invites AS i ON i.id = u.invite_id
  JOIN invite_spaces AS s ON s.id = i.space_id
    AND s.policy = $1
  WHERE u.id >= $2
    AND u.used_at >= $3
    AND u.used_at < $4
  GROUP BY day;

-- stats --policy
SELECT ((m.joined_at AT TIME ZONE 'UTC')::date - DATE '1970-01-01') AS day, count(*) AS total
  FROM invite_members AS m
  JOIN invite_spaces AS s ON s.id = m.space_id
    AND s.policy = $1
  WHERE m.joined_at >= $2
    AND m.joined_at < $3
  GROUP BY day;

-- stats --policy
SELECT ((e.ends_at AT TIME ZONE 'UTC')::date - DATE '1970-01-01') AS day, count(*) AS total
  FROM (SELECT space_id, expires_at AS ends_at
    FROM invites
    WHERE closed_at IS NULL
      AND expires_at > $1
      AND expires_at < $2
      AND (closed_at IS NULL
        OR (closed_reason = 'replaced'
          AND closed_at > $1))
      AND (expires_at IS NULL
        OR expires_at > $1)
      AND (max_uses IS NULL
        OR uses < max_uses)
    UNION ALL
    SELECT space_id, CASE WHEN expires_at < closed_at THEN expires_at ELSE closed_at END AS ends_at
    FROM invites
    WHERE closed_at > $1
      AND (closed_at IS NULL
        OR (closed_reason = 'replaced'
          AND closed_at > $1))
      AND (expires_at IS NULL
        OR expires_at > $1)
      AND (max_uses IS NULL
        OR uses < max_uses)) AS e
  JOIN invite_spaces AS s ON s.id = e.space_id
    AND s.policy = $3
  WHERE e.ends_at < $2
  GROUP BY day;

-- space list; space list --policy
SELECT s.id, s.policy, s.name, s.created_at, s.changed_op, s.removed_at, s.removed_op, i.slot,
    i.code
  FROM invite_spaces AS s
  LEFT JOIN invites AS i ON i.slot = 'standing:' || s.id
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $1))
    AND (expires_at IS NULL
      OR expires_at > $1)
    AND (max_uses IS NULL
      OR uses < max_uses)
  WHERE ($2 IS NULL
      OR s.policy = $2)
    AND s.removed_at IS NULL
  ORDER BY s.id
  LIMIT $3;

-- space list; space list --policy
SELECT count(*) AS total
  FROM invite_spaces AS s
  WHERE ($1 IS NULL
      OR s.policy = $1)
    AND s.removed_at IS NULL;

-- space list --as
SELECT s.id, s.policy, s.name, s.created_at, s.changed_op, s.removed_at, s.removed_op, i.slot,
    i.code, own.role
  FROM invite_spaces AS s
  JOIN invite_members AS own ON own.space_id = s.id
    AND own.user_id = $1
  LEFT JOIN invites AS i ON i.slot = 'standing:' || s.id
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $2))
    AND (expires_at IS NULL
      OR expires_at > $2)
    AND (max_uses IS NULL
      OR uses < max_uses)
  WHERE ($3 IS NULL
      OR s.policy = $3)
    AND s.removed_at IS NULL
  ORDER BY s.id
  LIMIT $4;

-- space list --as
SELECT count(*) AS total
  FROM invite_spaces AS s
  JOIN invite_members AS own ON own.space_id = s.id
    AND own.user_id = $1
  WHERE ($2 IS NULL
      OR s.policy = $2)
    AND s.removed_at IS NULL;

-- space list --removed
SELECT s.id, s.policy, s.name, s.created_at, s.changed_op, s.removed_at, s.removed_op, i.slot,
    i.code
  FROM invite_spaces AS s
  LEFT JOIN invites AS i ON i.slot = 'standing:' || s.id
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $1))
    AND (expires_at IS NULL
      OR expires_at > $1)
    AND (max_uses IS NULL
      OR uses < max_uses)
  WHERE ($2 IS NULL
      OR s.policy = $2)
    AND s.removed_at IS NOT NULL
  ORDER BY s.id
  LIMIT $3;

-- space list --removed
SELECT count(*) AS total
  FROM invite_spaces AS s
  WHERE ($1 IS NULL
      OR s.policy = $1)
    AND s.removed_at IS NOT NULL;

-- member list
SELECT m.space_id, m.user_id, u.name, u.email, m.role, m.joined_at, m.invite_id
  FROM invite_members AS m
  LEFT JOIN invite_users AS u ON u.id = m.user_id
  WHERE m.space_id NOT IN (SELECT id
    FROM invite_spaces
    WHERE removed_at IS NOT NULL)
  ORDER BY m.space_id, m.user_id
  LIMIT $1;

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
  WHERE m.space_id = $1
  ORDER BY m.space_id, m.user_id
  LIMIT $2;

-- member list of a space; space remove; space restore
SELECT count(*) AS total
  FROM invite_members AS m
  WHERE m.space_id = $1;

-- limits; limits --policy; limits of a client; limits of a user
SELECT bucket, window_start, hits
  FROM invite_limits
  WHERE bucket >= $1
    AND bucket < $2
    AND window_start >= $3
    AND hits > 0
  ORDER BY bucket, window_start
  LIMIT $4;

-- limits; limits --policy; limits of a client; limits of a user
SELECT count(*) AS total
  FROM invite_limits
  WHERE bucket >= $1
    AND bucket < $2
    AND window_start >= $3
    AND hits > 0;

-- generate for a space; generate for a director; generate for a container; generate for an address; 4 more
SELECT id, policy, name, created_at, changed_op, removed_at, removed_op
  FROM invite_spaces
  WHERE id = $1 FOR KEY SHARE;

-- generate for a space; generate for a director; generate for a container; generate for an address; 2 more
SELECT role
  FROM invite_members
  WHERE space_id = $1
    AND user_id = $2
    AND EXISTS (SELECT 1
    FROM invite_spaces AS s
    WHERE s.id = invite_members.space_id
      AND s.removed_at IS NULL)
  FOR SHARE;

-- generate for a space; generate for a director; generate for a container; generate for an address; 11 more
INSERT INTO invites (id, space_id, role, code, code_key, email, note, created_by, created_at,
      starts_at, expires_at, max_uses, slot, send_after, created_op)
  SELECT r.id, r.space_id, r.role, r.code, r.code_key, r.email, r.note, r.created_by, r.created_at,
    r.starts_at, r.expires_at, r.max_uses, r.slot, r.send_after, r.created_op
  FROM (SELECT id, space_id, role, code, code_key, email, note, created_by, created_at, starts_at,
      expires_at, max_uses, slot, send_after, created_op
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::bigint[],
        $13::text[], $14::timestamptz[], $15::uuid[]) AS u(id, space_id, role, code, code_key,
        email, note, created_by, created_at, starts_at, expires_at, max_uses, slot, send_after,
        created_op)) AS r
  WHERE true
  ON CONFLICT DO NOTHING;

-- generate for a space; generate for a director; generate for a container; generate for an address; 30 more
UPDATE invite_operations
  SET changed = changed + $1, failed = failed + $2, last_step = $3
  WHERE id = $4
    AND last_step < $3;

-- generate for a space; generate for a director; generate for a container; generate for an address; 42 more
INSERT INTO invite_operations (id, at, finished_at, operator, actor, on_behalf_of, command,
      target, reason, changed, failed, last_step)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- generate for a space; generate for a director; generate for a container; generate for an address; 28 more
UPDATE invite_operations
  SET changed = changed + $1, failed = failed + $2, last_step = $3
  WHERE id = $4
    AND last_step >= $5
    AND last_step < $3;

-- generate for a space; generate for a director; generate for a container; generate for an address; 29 more
UPDATE invite_operations
  SET finished_at = $1
  WHERE id = $2;

-- generate for a director; guess at a code built from a name
UPDATE invite_limits
  SET hits = hits + 1
  WHERE bucket = $1
    AND window_start = $2;

-- generate for a director
SELECT length(code_key) AS key_length, count(CASE WHEN (closed_at IS NULL OR closed_at > $1) AND (expires_at IS NULL OR expires_at > $1) THEN 1 END) AS kept,
    count(CASE WHEN (closed_at IS NULL OR (closed_reason = 'replaced' AND closed_at > $2)) AND (expires_at IS NULL OR expires_at > $2) AND (max_uses IS NULL OR uses < max_uses) AND EXISTS (SELECT 1
      FROM invite_spaces AS s
      WHERE s.id = invites.space_id AND s.policy = $3) THEN 1 END) AS active, min(CASE WHEN (closed_at IS NULL OR (closed_reason = 'replaced' AND closed_at > $2)) AND (expires_at IS NULL OR expires_at > $2) AND (max_uses IS NULL OR uses < max_uses) AND EXISTS (SELECT 1
      FROM invite_spaces AS s
      WHERE s.id = invites.space_id AND s.policy = $3) THEN created_at END) AS oldest, min(CASE WHEN (closed_at IS NULL OR closed_at > $1) AND (expires_at IS NULL OR expires_at > $1) AND EXISTS (SELECT 1
      FROM invite_spaces AS s
      WHERE s.id = invites.space_id AND s.policy = $3) THEN created_at END) AS oldest_kept
  FROM invites
  WHERE code_key >= $4
    AND code_key < $5
  GROUP BY length(code_key);

-- generate for a director; guess at a code built from a name
SELECT bucket, window_start, hits
  FROM invite_limits
  WHERE bucket = $1
    AND window_start >= $2
    AND window_start > $3
    AND hits > 0
  ORDER BY window_start;

-- generate for a director
SELECT code_key
  FROM invites
  WHERE code_key >= $1
    AND code_key < $2
    AND length(code_key) = $3
    AND (closed_at IS NULL
      OR closed_at > $4)
    AND (expires_at IS NULL
      OR expires_at > $4);

-- generate for a director
UPDATE invites
  SET closed_reason = CASE WHEN closed_at IS NOT NULL THEN closed_reason WHEN uses >= max_uses THEN 'used_up' ELSE 'expired' END,
    closed_op = CASE WHEN closed_at IS NOT NULL THEN closed_op ELSE $1 END, closed_at = CASE WHEN closed_at IS NOT NULL THEN closed_at ELSE $2 END,
    slot = NULL, code_key = concat('~', code_key, '~old-', id)
  WHERE code_key = ANY($3::text[])
    AND (closed_at <= $4
      OR expires_at <= $4)
    AND id <> $5;

-- generate for an address; generate --from; generate --from --as; resend --failed to a member; 3 more
SELECT r.row_space, r.row_email, m.role
  FROM (SELECT row_space, row_email
    FROM unnest($1::text[], $2::text[]) AS u(row_space, row_email)) AS r
  JOIN invite_users AS u ON u.email = r.row_email
  JOIN invite_members AS m ON m.user_id = u.id
    AND m.space_id = r.row_space;

-- generate --from; generate --from for one space; generate --from --as; space import; 3 more
SELECT id, policy, name, created_at, changed_op, removed_at, removed_op
  FROM invite_spaces
  WHERE id = ANY($1::text[]);

-- generate --from; generate --from for one space; generate --from --as
SELECT id, policy, name, created_at, changed_op, removed_at, removed_op
  FROM invite_spaces
  WHERE id = ANY($1::text[])
  ORDER BY id FOR KEY SHARE;

-- generate --from for one space
SELECT r.row_space, r.row_email, m.role
  FROM (SELECT $1::text AS row_space, row_email
    FROM unnest($2::text[]) AS u(row_email)) AS r
  JOIN invite_users AS u ON u.email = r.row_email
  JOIN invite_members AS m ON m.user_id = u.id
    AND m.space_id = r.row_space;

-- generate --from for one space
INSERT INTO invites (id, space_id, role, code, code_key, email, note, created_by, created_at,
      starts_at, expires_at, max_uses, slot, send_after, created_op)
  SELECT r.id, r.space_id, r.role, r.code, r.code_key, r.email, r.note, r.created_by, r.created_at,
    r.starts_at, r.expires_at, r.max_uses, r.slot, r.send_after, r.created_op
  FROM (SELECT id, $1::text AS space_id, $2::text AS role, $3::text AS code, code_key, email,
      $4::text AS note, $5::text AS created_by, $6::timestamptz AS created_at, $7::timestamptz AS starts_at,
      $8::timestamptz AS expires_at, $9::bigint AS max_uses, slot, $10::timestamptz AS send_after,
      $11::uuid AS created_op
    FROM unnest($12::uuid[], $13::text[], $14::text[], $15::text[]) AS u(id, code_key, email,
        slot)) AS r
  WHERE true
  ON CONFLICT DO NOTHING;

-- generate --from --as; backfill --as; extend; extend an expired invite; 1 more
SELECT space_id, role
  FROM invite_members
  WHERE user_id = $1
    AND space_id = ANY($2::text[])
    AND EXISTS (SELECT 1
    FROM invite_spaces AS s
    WHERE s.id = invite_members.space_id
      AND s.removed_at IS NULL)
  ORDER BY space_id
  FOR SHARE;

-- backfill --dry-run; backfill; backfill of a shard; backfill of many; 1 more
SELECT count(*) AS scanned, max(p.id) AS last, CAST(json_agg(json_build_array(p.id, p.name,
          p.policy)) FILTER (WHERE NOT EXISTS (SELECT 1
        FROM invites AS i
        WHERE i.slot = 'standing:' || p.id
          AND (closed_at IS NULL
            OR (closed_reason = 'replaced'
              AND closed_at > $1))
          AND (expires_at IS NULL
            OR expires_at > $1)
          AND (max_uses IS NULL
            OR uses < max_uses))) AS text) AS missing
  FROM (SELECT id, name, policy
    FROM invite_spaces
    WHERE id > $2
      AND policy = ANY($3::text[])
      AND removed_at IS NULL
    ORDER BY id
    LIMIT $4) AS p;

-- backfill --dry-run; backfill; backfill of a shard; backfill of many
SELECT count(*) AS total
  FROM invite_spaces
  WHERE policy = ANY($1::text[])
    AND removed_at IS NULL;

-- backfill --dry-run; backfill; backfill of a shard; backfill of many; 1 more
SELECT policy, count(*) AS total
  FROM invite_spaces
  WHERE policy <> ALL($1::text[])
    AND removed_at IS NULL
  GROUP BY policy
  ORDER BY policy;

-- backfill; backfill of a shard; backfill --space; backfill --as; 3 more
SELECT id
  FROM invite_spaces
  WHERE id >= $1
    AND id <= $2
    AND removed_at IS NOT NULL
  ORDER BY id;

-- backfill --space; backfill --as; backfill of a taken slot; backfill --space again
SELECT count(*) AS scanned, max(p.id) AS last, CAST(json_agg(json_build_array(p.id, p.name,
          p.policy)) FILTER (WHERE NOT EXISTS (SELECT 1
        FROM invites AS i
        WHERE i.slot = 'standing:' || p.id
          AND (closed_at IS NULL
            OR (closed_reason = 'replaced'
              AND closed_at > $1))
          AND (expires_at IS NULL
            OR expires_at > $1)
          AND (max_uses IS NULL
            OR uses < max_uses))) AS text) AS missing
  FROM (SELECT id, name, policy
    FROM invite_spaces
    WHERE id > $2
      AND policy = ANY($3::text[])
      AND removed_at IS NULL
      AND id = ANY($4::text[])
    ORDER BY id
    LIMIT $5) AS p;

-- backfill of a taken slot; backfill of many; another process
SELECT id
  FROM invites
  WHERE id = ANY($1::uuid[]);

-- backfill of a taken slot; backfill of many
UPDATE invites
  SET closed_reason = CASE WHEN uses >= max_uses THEN 'used_up' ELSE 'expired' END, closed_at = $1,
    closed_op = $2, slot = NULL
  WHERE slot = ANY($3::text[])
    AND closed_at IS NULL
    AND (expires_at <= $1
      OR uses >= max_uses);

-- backfill of a taken slot; backfill of many; another process
SELECT slot
  FROM invites
  WHERE slot = ANY($1::text[]);

-- backfill of a taken slot; backfill of many
UPDATE invite_operations
  SET changed = changed + $1, failed = failed + $2, last_step = $3
  WHERE id = $4;

-- backfill of many
INSERT INTO invites (id, space_id, role, code, code_key, email, note, created_by, created_at,
      starts_at, expires_at, max_uses, slot, send_after, created_op)
  SELECT r.id, r.space_id, r.role, r.code, r.code_key, r.email, r.note, r.created_by, r.created_at,
    r.starts_at, r.expires_at, r.max_uses, r.slot, r.send_after, r.created_op
  FROM (SELECT id, space_id, $1::text AS role, code, code_key, $2::text AS email, $3::text AS note,
      $4::text AS created_by, $5::timestamptz AS created_at, $6::timestamptz AS starts_at, $7::timestamptz AS expires_at,
      $8::bigint AS max_uses, slot, $9::timestamptz AS send_after, $10::uuid AS created_op
    FROM unnest($11::uuid[], $12::text[], $13::text[], $14::text[], $15::text[]) AS u(id, space_id,
        code, code_key, slot)) AS r
  WHERE true
  ON CONFLICT DO NOTHING;

-- backfill again
SELECT count(*) AS seen, count(CASE WHEN p.policy = ANY($1::text[]) THEN 1 END) AS in_scope,
    count(CASE WHEN p.policy = ANY($1::text[]) THEN NULL WHEN p.policy = ANY($2::text[]) THEN 1 END) AS others,
    count(CASE WHEN p.policy = ANY($1::text[]) THEN i.slot WHEN p.policy = ANY($2::text[]) THEN NULL ELSE i.slot END) AS standing
  FROM invite_spaces AS p
  LEFT JOIN invites AS i ON i.slot = 'standing:' || p.id
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $3))
    AND (expires_at IS NULL
      OR expires_at > $3)
    AND (max_uses IS NULL
      OR uses < max_uses)
  WHERE p.removed_at IS NULL;

-- backfill --space again
SELECT count(*) AS seen, count(CASE WHEN p.policy = ANY($1::text[]) THEN 1 END) AS in_scope,
    count(i.slot) AS standing
  FROM invite_spaces AS p
  LEFT JOIN invites AS i ON i.slot = 'standing:' || p.id
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $2))
    AND (expires_at IS NULL
      OR expires_at > $2)
    AND (max_uses IS NULL
      OR uses < max_uses)
  WHERE p.policy = ANY($1::text[])
    AND p.removed_at IS NULL
    AND p.id = ANY($3::text[]);

-- space import
SELECT code_key, space_id, slot
  FROM invites
  WHERE code_key = ANY($1::text[]);

-- space import; space add
INSERT INTO invite_spaces (id, policy, name, created_at, changed_op)
  SELECT r.id, r.policy, r.name, r.created_at, r.changed_op
  FROM (SELECT id, policy, name, created_at, changed_op
    FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::uuid[]) AS u(id,
        policy, name, created_at, changed_op)) AS r
  WHERE true
  ON CONFLICT DO NOTHING;

-- space import
UPDATE invite_spaces
  SET name = r.row_name, changed_op = $1
  FROM (SELECT row_id, row_policy, row_name
    FROM unnest($2::text[], $3::text[], $4::text[]) AS u(row_id, row_policy, row_name)) AS r
  WHERE id = r.row_id
    AND policy = r.row_policy
    AND removed_at IS NULL;

-- member import
SELECT m.space_id, m.user_id, m.role
  FROM (SELECT row_space, row_user, row_role
    FROM unnest($1::text[], $2::text[], $3::text[]) AS u(row_space, row_user, row_role)) AS r
  JOIN invite_members AS m ON m.space_id = r.row_space
    AND m.user_id = r.row_user;

-- member import; member import for one space; member import --update for one space
SELECT id, name, email
  FROM invite_users
  WHERE id = ANY($1::text[]);

-- member import
INSERT INTO invite_members (space_id, user_id, role, joined_at)
  SELECT r.row_space, r.row_user, r.row_role, $1
  FROM (SELECT row_space, row_user, row_role
    FROM unnest($2::text[], $3::text[], $4::text[]) AS u(row_space, row_user, row_role)) AS r
  JOIN invite_spaces AS s ON s.id = r.row_space
    AND s.removed_at IS NULL
  WHERE true FOR KEY SHARE OF s
  ON CONFLICT DO NOTHING;

-- member import
UPDATE invite_members
  SET role = r.row_role
  FROM (SELECT row_space, row_user, row_role
    FROM unnest($1::text[], $2::text[], $3::text[]) AS u(row_space, row_user, row_role)) AS r
  WHERE space_id = r.row_space
    AND user_id = r.row_user
    AND EXISTS (SELECT 1
    FROM invite_spaces AS s
    WHERE s.id = invite_members.space_id
      AND s.removed_at IS NULL FOR KEY SHARE);

-- member import
INSERT INTO invite_users (id, name, email, created_at)
  SELECT r.row_id, r.row_name, r.row_email, $1
  FROM (SELECT row_id, row_name, row_email
    FROM unnest($2::text[], $3::text[], $4::text[]) AS u(row_id, row_name, row_email)) AS r
  WHERE true
  ON CONFLICT (id) DO UPDATE
  SET name = coalesce(excluded.name, invite_users.name), email = coalesce(excluded.email, invite_users.email);

-- member import for one space; member import --update for one space
SELECT m.space_id, m.user_id, m.role
  FROM (SELECT $1::text AS row_space, row_user, $2::text AS row_role
    FROM unnest($3::text[]) AS u(row_user)) AS r
  JOIN invite_members AS m ON m.space_id = r.row_space
    AND m.user_id = r.row_user;

-- member import for one space
INSERT INTO invite_members (space_id, user_id, role, joined_at)
  SELECT r.row_space, r.row_user, r.row_role, $1
  FROM (SELECT $2::text AS row_space, row_user, $3::text AS row_role
    FROM unnest($4::text[]) AS u(row_user)) AS r
  JOIN invite_spaces AS s ON s.id = r.row_space
    AND s.removed_at IS NULL
  WHERE true FOR KEY SHARE OF s
  ON CONFLICT DO NOTHING;

-- member import --update for one space
UPDATE invite_members
  SET role = r.row_role
  FROM (SELECT $1::text AS row_space, row_user, $2::text AS row_role
    FROM unnest($3::text[]) AS u(row_user)) AS r
  WHERE space_id = r.row_space
    AND user_id = r.row_user
    AND EXISTS (SELECT 1
    FROM invite_spaces AS s
    WHERE s.id = invite_members.space_id
      AND s.removed_at IS NULL FOR KEY SHARE);

-- member add; use; use of an invite with a limit; resend --failed to a member; 1 more
INSERT INTO invite_members (space_id, user_id, role, joined_at, invite_id)
  VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT DO NOTHING;

-- member add; resend --failed to a member
INSERT INTO invite_users (id, name, email, created_at)
  VALUES ($1, $2, $3, $4)
  ON CONFLICT (id) DO UPDATE
  SET name = coalesce(excluded.name, invite_users.name), email = coalesce(excluded.email, invite_users.email);

-- member add
UPDATE invite_members
  SET role = $1
  WHERE space_id = $2
    AND user_id = $3
    AND role <> $1;

-- member remove
DELETE
  FROM invite_members
  WHERE space_id = $1
    AND user_id = $2;

-- space remove; space restore
SELECT count(*) AS total
  FROM (SELECT id
    FROM invites
    WHERE space_id = $1
      AND (closed_at IS NULL
        OR (closed_at IS NULL
          OR (closed_reason = 'replaced'
            AND closed_at > $2))
        AND (expires_at IS NULL
          OR expires_at > $2)
        AND (max_uses IS NULL
          OR uses < max_uses))
    ORDER BY id
    FOR UPDATE) AS held;

-- space remove; space restore
SELECT id, policy, name, created_at, changed_op, removed_at, removed_op
  FROM invite_spaces
  WHERE id = $1
  FOR UPDATE;

-- space remove; space restore; a purge of spaces
UPDATE invite_spaces
  SET removed_at = $1, removed_op = $2
  WHERE id = $3
    AND removed_at IS NULL;

-- space remove; space restore
UPDATE invites
  SET closed_reason = CASE WHEN closed_at IS NULL AND uses >= max_uses THEN 'used_up' WHEN closed_at IS NULL AND expires_at <= $1 THEN 'expired' ELSE 'revoked' END,
    closed_op = $2, closed_at = $1, slot = NULL
  WHERE space_id = $3
    AND (closed_at IS NULL
      OR (closed_at IS NULL
        OR (closed_reason = 'replaced'
          AND closed_at > $1))
      AND (expires_at IS NULL
        OR expires_at > $1)
      AND (max_uses IS NULL
        OR uses < max_uses));

-- space restore; open invites of removed spaces
UPDATE invites
  SET closed_reason = 'revoked', closed_op = $1, closed_at = $2, slot = NULL
  WHERE space_id = $3
    AND EXISTS (SELECT 1
    FROM invite_spaces AS s
    WHERE s.id = $3
      AND (invites.closed_at IS NULL
        OR invites.closed_reason = 'replaced'
        AND invites.closed_at > s.removed_at)
      AND s.removed_at IS NOT NULL FOR KEY SHARE);

-- space restore
UPDATE invite_spaces
  SET removed_at = NULL, removed_op = NULL, changed_op = $1
  WHERE id = $2
    AND removed_at IS NOT NULL
    AND purge_op IS NULL;

-- use; use again; use of an invite with a limit
SELECT i.id, i.space_id, '' AS name, '' AS policy, i.role, i.code, i.code_key, i.email, i.note,
    i.created_by, i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at,
    i.closed_reason, i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op,
    i.closed_op, NULL AS removed_at
  FROM invites AS i
  WHERE i.id = $1
  FOR UPDATE;

-- use; use again; use of an invite with a limit
UPDATE invites
  SET closed_reason = CASE WHEN uses + 1 >= max_uses AND closed_at IS NULL THEN 'used_up' ELSE closed_reason END,
    closed_op = CASE WHEN uses + 1 >= max_uses AND closed_at IS NULL THEN $1 ELSE closed_op END,
    closed_at = CASE WHEN uses + 1 >= max_uses AND closed_at IS NULL THEN $2 ELSE closed_at END,
    slot = CASE WHEN uses + 1 >= max_uses THEN NULL ELSE slot END, uses = uses + 1
  WHERE id = $3
    AND (starts_at IS NULL
      OR starts_at <= $2)
    AND (email IS NULL
      OR email = $4)
    AND EXISTS (SELECT 1
    FROM invite_spaces
    WHERE id = $5
      AND removed_at IS NULL)
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $2))
    AND (expires_at IS NULL
      OR expires_at > $2)
    AND (max_uses IS NULL
      OR uses < max_uses);

-- use; use again; use of an invite with a limit
INSERT INTO invite_uses (id, invite_id, user_id, role, used_at, operation_id)
  VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT DO NOTHING;

-- use; use of an invite with a limit
INSERT INTO invite_users (id, name, email, created_at)
  VALUES ($1, $2, $3, $4)
  ON CONFLICT (id) DO UPDATE
  SET name = coalesce(invite_users.name, excluded.name), email = coalesce(invite_users.email,
      excluded.email);

-- use again
SELECT role, joined_at
  FROM invite_members
  WHERE space_id = $1
    AND user_id = $2
    AND EXISTS (SELECT 1
    FROM invite_spaces AS s
    WHERE s.id = invite_members.space_id
      AND s.removed_at IS NULL);

-- extend; extend an expired invite; extend a standing code; resend --failed to a member; 3 more
SELECT id
  FROM invites
  WHERE id = $1
  FOR UPDATE;

-- extend; extend an expired invite; extend a standing code
UPDATE invites
  SET expires_at = $1, max_uses = $2, slot = $3, closed_at = NULL, closed_reason = NULL, closed_op = NULL
  WHERE id = $4
    AND uses = $5
    AND (closed_reason IS NULL
      OR closed_reason IN ('expired', 'used_up'))
    AND (expires_at IS NULL
      AND $6 IS NULL
      OR expires_at = $6)
    AND (max_uses IS NULL
      AND $7 IS NULL
      OR max_uses = $7)
    AND (closed_op IS NULL
      AND $8 IS NULL
      OR closed_op = $8)
    AND EXISTS (SELECT 1
    FROM invite_spaces AS s
    WHERE s.id = invites.space_id
      AND s.removed_at IS NULL FOR KEY SHARE);

-- extend; extend an expired invite; extend a standing code; regenerate again; 4 more
INSERT INTO invite_changes (operation_id, invite_id, field, before_value, after_value)
  VALUES ($1, $2, $3, $4, $5);

-- regenerate; regenerate again
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE i.space_id = $1
    AND i.closed_reason = 'replaced'
    AND i.closed_at > $2;

-- regenerate; regenerate again
SELECT id
  FROM invites
  WHERE space_id = $1
    AND (slot = $2
      OR (closed_reason = 'replaced'
        AND closed_at > $3))
  ORDER BY id
  FOR UPDATE;

-- regenerate; regenerate again
UPDATE invites
  SET closed_at = $1, closed_reason = 'replaced', closed_op = $2, slot = NULL
  WHERE id = $3
    AND slot = $4;

-- regenerate again
UPDATE invites
  SET closed_at = $1
  WHERE space_id = $2
    AND closed_reason = 'replaced'
    AND closed_at > $1;

-- resend --failed to a member; resend --failed of a space
SELECT count(*) AS total, max(i.id::text COLLATE "C")::uuid AS last
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND i.space_id = ANY($1::text[])
    AND i.id IN (SELECT id
    FROM invites
    WHERE send_after > $2)
    AND (i.closed_at IS NULL
      OR i.closed_reason = 'expired')
    AND (i.max_uses IS NULL
      OR i.uses < i.max_uses)
    AND (i.closed_at IS NULL
      AND (i.expires_at IS NULL
        OR i.expires_at > $2)
      OR NOT EXISTS (SELECT 1
      FROM invites AS o
      WHERE o.email = i.email
        AND o.space_id = i.space_id
        AND (o.id > i.id
          OR o.id < i.id
          AND o.closed_at IS NULL
          AND (o.expires_at IS NULL
            OR o.expires_at > $2)
          AND (o.max_uses IS NULL
            OR o.uses < o.max_uses))))
    AND EXISTS (SELECT 1
    FROM invite_spaces AS p
    WHERE p.id = i.space_id
      AND p.removed_at IS NULL)
    AND (i.uses = 0
      OR s.policy <> ALL($3::text[]));

-- resend --failed to a member; resend --failed of a space
SELECT count(*) AS total, max(i.id::text COLLATE "C")::uuid AS last
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND i.space_id = ANY($1::text[])
    AND i.id IN (SELECT id
    FROM invites
    WHERE send_after <= $2)
    AND (i.closed_at IS NULL
      OR i.closed_reason = 'expired')
    AND (i.max_uses IS NULL
      OR i.uses < i.max_uses)
    AND (i.closed_at IS NULL
      AND (i.expires_at IS NULL
        OR i.expires_at > $2)
      OR NOT EXISTS (SELECT 1
      FROM invites AS o
      WHERE o.email = i.email
        AND o.space_id = i.space_id
        AND (o.id > i.id
          OR o.id < i.id
          AND o.closed_at IS NULL
          AND (o.expires_at IS NULL
            OR o.expires_at > $2)
          AND (o.max_uses IS NULL
            OR o.uses < o.max_uses))))
    AND EXISTS (SELECT 1
    FROM invite_spaces AS p
    WHERE p.id = i.space_id
      AND p.removed_at IS NULL)
    AND (i.uses = 0
      OR s.policy <> ALL($3::text[]));

-- resend --failed to a member; resend --failed of a space
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND i.space_id = ANY($1::text[])
    AND i.id IN (SELECT id
    FROM invites
    WHERE send_after <= $2)
    AND (i.closed_at IS NULL
      OR i.closed_reason = 'expired')
    AND (i.max_uses IS NULL
      OR i.uses < i.max_uses)
    AND (i.closed_at IS NULL
      AND (i.expires_at IS NULL
        OR i.expires_at > $2)
      OR NOT EXISTS (SELECT 1
      FROM invites AS o
      WHERE o.email = i.email
        AND o.space_id = i.space_id
        AND (o.id > i.id
          OR o.id < i.id
          AND o.closed_at IS NULL
          AND (o.expires_at IS NULL
            OR o.expires_at > $2)
          AND (o.max_uses IS NULL
            OR o.uses < o.max_uses))))
    AND EXISTS (SELECT 1
    FROM invite_spaces AS p
    WHERE p.id = i.space_id
      AND p.removed_at IS NULL)
    AND (i.uses = 0
      OR s.policy <> ALL($3::text[]))
    AND i.id > $4
    AND i.id <= $5
  ORDER BY i.id
  LIMIT $6;

-- resend --failed to a member
UPDATE invites
  SET last_send_error = $1, send_after = NULL
  WHERE id = $2
    AND code_key = $3
    AND send_after = $4;

-- resend; revoke
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE i.code_key = ANY($1::text[]);

-- resend; revoke
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE i.id = ANY($1::uuid[]);

-- resend; resend --failed; resend --failed of a space; a standing code of which only the hash is kept
SELECT id
  FROM invites
  WHERE code_key = $1;

-- resend; resend --failed; resend --failed of a space
UPDATE invites
  SET last_sent_at = CASE WHEN code_key = $1 THEN last_sent_at ELSE NULL END, last_send_error = NULL,
    code = $2, code_key = $1, expires_at = $3, send_after = $4, resends = resends + $5, closed_at = NULL,
    closed_reason = NULL, closed_op = NULL, slot = $6
  WHERE id = $7
    AND code_key = $8
    AND sends = $9
    AND resends = $10
    AND (send_after IS NULL
      AND $11 IS NULL
      OR send_after = $11)
    AND EXISTS (SELECT 1
    FROM invite_spaces AS s
    WHERE s.id = invites.space_id
      AND s.removed_at IS NULL FOR KEY SHARE)
    AND (closed_at IS NULL
      OR closed_reason = 'expired')
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (send_after IS NOT NULL
      OR closed_at IS NULL
      AND (expires_at IS NULL
        OR expires_at > $12))
    AND NOT EXISTS (SELECT 1
    FROM invite_users AS u
    JOIN invite_members AS m ON m.user_id = u.id
    WHERE u.email = invites.email
      AND m.space_id = invites.space_id);

-- resend --failed
SELECT count(*) AS total, max(i.id::text COLLATE "C")::uuid AS last
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND i.id IN (SELECT id
    FROM invites
    WHERE send_after > $1)
    AND (i.closed_at IS NULL
      OR i.closed_reason = 'expired')
    AND (i.max_uses IS NULL
      OR i.uses < i.max_uses)
    AND (i.closed_at IS NULL
      AND (i.expires_at IS NULL
        OR i.expires_at > $1)
      OR NOT EXISTS (SELECT 1
      FROM invites AS o
      WHERE o.email = i.email
        AND o.space_id = i.space_id
        AND (o.id > i.id
          OR o.id < i.id
          AND o.closed_at IS NULL
          AND (o.expires_at IS NULL
            OR o.expires_at > $1)
          AND (o.max_uses IS NULL
            OR o.uses < o.max_uses))))
    AND EXISTS (SELECT 1
    FROM invite_spaces AS p
    WHERE p.id = i.space_id
      AND p.removed_at IS NULL)
    AND (i.uses = 0
      OR s.policy <> ALL($2::text[]));

-- resend --failed
SELECT count(*) AS total, max(i.id::text COLLATE "C")::uuid AS last
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND i.id IN (SELECT id
    FROM invites
    WHERE send_after <= $1)
    AND (i.closed_at IS NULL
      OR i.closed_reason = 'expired')
    AND (i.max_uses IS NULL
      OR i.uses < i.max_uses)
    AND (i.closed_at IS NULL
      AND (i.expires_at IS NULL
        OR i.expires_at > $1)
      OR NOT EXISTS (SELECT 1
      FROM invites AS o
      WHERE o.email = i.email
        AND o.space_id = i.space_id
        AND (o.id > i.id
          OR o.id < i.id
          AND o.closed_at IS NULL
          AND (o.expires_at IS NULL
            OR o.expires_at > $1)
          AND (o.max_uses IS NULL
            OR o.uses < o.max_uses))))
    AND EXISTS (SELECT 1
    FROM invite_spaces AS p
    WHERE p.id = i.space_id
      AND p.removed_at IS NULL)
    AND (i.uses = 0
      OR s.policy <> ALL($2::text[]));

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
    WHERE send_after <= $1)
    AND (i.closed_at IS NULL
      OR i.closed_reason = 'expired')
    AND (i.max_uses IS NULL
      OR i.uses < i.max_uses)
    AND (i.closed_at IS NULL
      AND (i.expires_at IS NULL
        OR i.expires_at > $1)
      OR NOT EXISTS (SELECT 1
      FROM invites AS o
      WHERE o.email = i.email
        AND o.space_id = i.space_id
        AND (o.id > i.id
          OR o.id < i.id
          AND o.closed_at IS NULL
          AND (o.expires_at IS NULL
            OR o.expires_at > $1)
          AND (o.max_uses IS NULL
            OR o.uses < o.max_uses))))
    AND EXISTS (SELECT 1
    FROM invite_spaces AS p
    WHERE p.id = i.space_id
      AND p.removed_at IS NULL)
    AND (i.uses = 0
      OR s.policy <> ALL($2::text[]))
    AND i.id > $3
    AND i.id <= $4
  ORDER BY i.id
  LIMIT $5;

-- revoke; revoke --space; revoke --created-by; revoke --operation; 3 more
SELECT id, closed_at, closed_reason, closed_op
  FROM invites
  WHERE id = ANY($1::uuid[])
  ORDER BY id
  FOR UPDATE;

-- revoke; revoke --space; revoke --created-by; revoke --operation
UPDATE invites
  SET closed_at = $1, closed_reason = 'revoked', closed_op = $2, slot = NULL
  WHERE id = ANY($3::uuid[])
    AND (uses = 0
      OR NOT EXISTS (SELECT 1
      FROM invite_spaces AS s
      WHERE s.id = invites.space_id
        AND s.policy = ANY($4::text[])))
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $1))
    AND (expires_at IS NULL
      OR expires_at > $1)
    AND (max_uses IS NULL
      OR uses < max_uses);

-- revoke; revoke --space; revoke --created-by; revoke --operation; 3 more
SELECT id
  FROM invites
  WHERE id = ANY($1::uuid[])
    AND closed_op = $2;

-- revoke --space
SELECT count(*) AS total, max(i.id::text COLLATE "C")::uuid AS last
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND i.space_id = ANY($1::text[])
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $2))
    AND (expires_at IS NULL
      OR expires_at > $2)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy <> ALL($3::text[]));

-- revoke --space
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND i.space_id = ANY($1::text[])
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $2))
    AND (expires_at IS NULL
      OR expires_at > $2)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy <> ALL($3::text[]))
    AND i.id > $4
    AND i.id <= $5
  ORDER BY i.id
  LIMIT $6;

-- revoke --created-by
SELECT count(*) AS total, max(i.id::text COLLATE "C")::uuid AS last
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND i.created_by = $1
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $2))
    AND (expires_at IS NULL
      OR expires_at > $2)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy <> ALL($3::text[]));

-- revoke --created-by
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND i.created_by = $1
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $2))
    AND (expires_at IS NULL
      OR expires_at > $2)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy <> ALL($3::text[]))
    AND i.id > $4
    AND i.id <= $5
  ORDER BY i.id
  LIMIT $6;

-- revoke --operation
SELECT count(*) AS total, max(i.id::text COLLATE "C")::uuid AS last
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND (i.created_op = $1
      OR i.closed_op = $1)
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $2))
    AND (expires_at IS NULL
      OR expires_at > $2)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy <> ALL($3::text[]));

-- revoke --operation
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND (i.created_op = $1
      OR i.closed_op = $1)
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $2))
    AND (expires_at IS NULL
      OR expires_at > $2)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy <> ALL($3::text[]))
    AND i.id > $4
    AND i.id <= $5
  ORDER BY i.id
  LIMIT $6;

-- revoke --as
SELECT count(*) AS total, max(i.id::text COLLATE "C")::uuid AS last
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
        WHERE m.user_id = $1
          AND p.policy || ' ' || m.role = ANY($2::text[]))
      UNION ALL
      SELECT own.id
      FROM invites AS own
      JOIN invite_spaces AS p ON p.id = own.space_id
      WHERE own.created_by = $1
        AND p.policy = ANY($3::text[])) AS permitted_ids)
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $4))
    AND (expires_at IS NULL
      OR expires_at > $4)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy <> ALL($5::text[]));

-- revoke --as
SELECT DISTINCT i.space_id, s.policy
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND (i.space_id IN (SELECT m.space_id
      FROM invite_members AS m
      JOIN invite_spaces AS p ON p.id = m.space_id
        AND p.removed_at IS NULL
      WHERE m.user_id = $1
        AND p.policy || ' ' || m.role = ANY($2::text[])))
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $3))
    AND (expires_at IS NULL
      OR expires_at > $3)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy <> ALL($4::text[]))
  ORDER BY i.space_id
  LIMIT $5;

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
        WHERE m.user_id = $1
          AND p.policy || ' ' || m.role = ANY($2::text[]))
      UNION ALL
      SELECT own.id
      FROM invites AS own
      JOIN invite_spaces AS p ON p.id = own.space_id
      WHERE own.created_by = $1
        AND p.policy = ANY($3::text[])) AS permitted_ids)
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $4))
    AND (expires_at IS NULL
      OR expires_at > $4)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy <> ALL($5::text[]))
    AND i.id > $6
    AND i.id <= $7
  ORDER BY i.id
  LIMIT $8;

-- revoke --as; revoke --as --space; revoke --as of a policy
UPDATE invites
  SET closed_at = $1, closed_reason = 'revoked', closed_op = $2, slot = NULL
  WHERE id = ANY($3::uuid[])
    AND (uses = 0
      OR NOT EXISTS (SELECT 1
      FROM invite_spaces AS s
      WHERE s.id = invites.space_id
        AND s.policy = ANY($4::text[])))
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $1))
    AND (expires_at IS NULL
      OR expires_at > $1)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (invites.space_id IN (SELECT m.space_id
      FROM invite_members AS m
      JOIN invite_spaces AS p ON p.id = m.space_id
        AND p.removed_at IS NULL
      WHERE m.user_id = $5
        AND p.policy || ' ' || m.role = ANY($6::text[]))
      OR (invites.created_by = $5
        AND EXISTS (SELECT 1
        FROM invite_spaces AS p
        WHERE p.id = invites.space_id
          AND p.policy = ANY($7::text[]))));

-- revoke --as --space
SELECT CASE WHEN EXISTS (SELECT 1
    FROM invites
    WHERE space_id = $1 AND created_by = $2) THEN 1 ELSE 0 END AS made;

-- revoke --as --space
SELECT count(*) AS total, max(i.id::text COLLATE "C")::uuid AS last
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
        WHERE m.user_id = $1
          AND p.policy || ' ' || m.role = ANY($2::text[]))
      UNION ALL
      SELECT own.id
      FROM invites AS own
      JOIN invite_spaces AS p ON p.id = own.space_id
      WHERE own.created_by = $1
        AND p.policy = ANY($3::text[])) AS permitted_ids)
    AND i.space_id = ANY($4::text[])
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $5))
    AND (expires_at IS NULL
      OR expires_at > $5)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy <> ALL($6::text[]));

-- revoke --as --space
SELECT DISTINCT i.space_id, s.policy
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND (i.space_id IN (SELECT m.space_id
      FROM invite_members AS m
      JOIN invite_spaces AS p ON p.id = m.space_id
        AND p.removed_at IS NULL
      WHERE m.user_id = $1
        AND p.policy || ' ' || m.role = ANY($2::text[])))
    AND i.space_id = ANY($3::text[])
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $4))
    AND (expires_at IS NULL
      OR expires_at > $4)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy <> ALL($5::text[]))
  ORDER BY i.space_id
  LIMIT $6;

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
        WHERE m.user_id = $1
          AND p.policy || ' ' || m.role = ANY($2::text[]))
      UNION ALL
      SELECT own.id
      FROM invites AS own
      JOIN invite_spaces AS p ON p.id = own.space_id
      WHERE own.created_by = $1
        AND p.policy = ANY($3::text[])) AS permitted_ids)
    AND i.space_id = ANY($4::text[])
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $5))
    AND (expires_at IS NULL
      OR expires_at > $5)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy <> ALL($6::text[]))
    AND i.id > $7
    AND i.id <= $8
  ORDER BY i.id
  LIMIT $9;

-- revoke --as of a policy; revoke --as of nothing
SELECT count(*) AS total, max(i.id::text COLLATE "C")::uuid AS last
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
        WHERE m.user_id = $1
          AND p.policy || ' ' || m.role = ANY($2::text[]))
      UNION ALL
      SELECT own.id
      FROM invites AS own
      JOIN invite_spaces AS p ON p.id = own.space_id
      WHERE own.created_by = $1
        AND p.policy = ANY($3::text[])) AS permitted_ids)
    AND s.policy = $4
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $5))
    AND (expires_at IS NULL
      OR expires_at > $5)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy <> ALL($6::text[]));

-- revoke --as of a policy
SELECT DISTINCT i.space_id, s.policy
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND (i.space_id IN (SELECT m.space_id
      FROM invite_members AS m
      JOIN invite_spaces AS p ON p.id = m.space_id
        AND p.removed_at IS NULL
      WHERE m.user_id = $1
        AND p.policy || ' ' || m.role = ANY($2::text[])))
    AND s.policy = $3
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $4))
    AND (expires_at IS NULL
      OR expires_at > $4)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy <> ALL($5::text[]))
  ORDER BY i.space_id
  LIMIT $6;

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
        WHERE m.user_id = $1
          AND p.policy || ' ' || m.role = ANY($2::text[]))
      UNION ALL
      SELECT own.id
      FROM invites AS own
      JOIN invite_spaces AS p ON p.id = own.space_id
      WHERE own.created_by = $1
        AND p.policy = ANY($3::text[])) AS permitted_ids)
    AND s.policy = $4
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $5))
    AND (expires_at IS NULL
      OR expires_at > $5)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy <> ALL($6::text[]))
    AND i.id > $7
    AND i.id <= $8
  ORDER BY i.id
  LIMIT $9;

-- revoke of a policy
SELECT count(*) AS total, max(i.id::text COLLATE "C")::uuid AS last
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND s.policy = $1
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $2))
    AND (expires_at IS NULL
      OR expires_at > $2)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy <> ALL($3::text[]));

-- revoke of a policy
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND s.policy = $1
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $2))
    AND (expires_at IS NULL
      OR expires_at > $2)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy <> ALL($3::text[]))
    AND i.id > $4
    AND i.id <= $5
  ORDER BY i.id
  LIMIT $6;

-- revoke --as of nothing
SELECT DISTINCT i.space_id, s.policy
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE true
    AND s.policy = $1
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $2))
    AND (expires_at IS NULL
      OR expires_at > $2)
    AND (max_uses IS NULL
      OR uses < max_uses)
    AND (i.uses = 0
      OR s.policy <> ALL($3::text[]))
  ORDER BY i.space_id
  LIMIT $4;

-- an e-mail
UPDATE invites
  SET send_after = $1
  WHERE id = $2
    AND code_key = $3
    AND send_after = $4
    AND (closed_at IS NULL
      OR (closed_reason = 'replaced'
        AND closed_at > $5))
    AND (expires_at IS NULL
      OR expires_at > $5)
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
  SET sends = sends + 1, last_sent_at = $1, last_send_error = NULL, send_after = CASE WHEN send_after = $2 THEN NULL ELSE send_after END
  WHERE id = $3
    AND code_key = $4;

-- an e-mail
UPDATE invites
  SET sends = sends + 1
  WHERE id = $1;

-- an e-mail
UPDATE invites
  SET last_send_error = $1, send_after = $2
  WHERE id = ANY($3::uuid[])
    AND send_after = $4;

-- a lost answer
UPDATE invite_operations
  SET last_step = last_step
  WHERE id = $1;

-- a lost answer
SELECT last_step
  FROM invite_operations
  WHERE id = $1;

-- a lost answer
INSERT INTO invite_operations (id, at, operator, command)
  VALUES ($1, $2, '', '')
  ON CONFLICT DO NOTHING;

-- cleanup of many invites; cleanup in batches; cleanup; cleanup --include-used
SELECT count(*) AS total, min(id::text COLLATE "C")::uuid AS first, max(id::text COLLATE "C")::uuid AS last,
    count(CASE WHEN expires_at <= $1 THEN 1 END) AS expired
  FROM invites
  WHERE closed_at IS NULL
    AND uses >= max_uses;

-- cleanup of many invites; cleanup in batches; cleanup; cleanup --include-used
SELECT count(*) AS total
  FROM invites
  WHERE closed_at IS NULL
    AND expires_at IS NOT NULL
    AND expires_at <= $1;

-- cleanup of many invites; cleanup in batches; cleanup; cleanup --include-used
SELECT count(*) AS total, min(id::text COLLATE "C")::uuid AS first, max(id::text COLLATE "C")::uuid AS last
  FROM invites
  WHERE closed_at IS NULL
    AND expires_at IS NOT NULL
    AND expires_at <= $1;

-- cleanup of many invites
SELECT id
  FROM invites
  WHERE closed_at IS NULL
    AND expires_at IS NOT NULL
    AND expires_at <= $1
  ORDER BY id ASC
  LIMIT 1;

-- cleanup of many invites
SELECT id
  FROM invites
  WHERE closed_at IS NULL
    AND expires_at IS NOT NULL
    AND expires_at <= $1
  ORDER BY id DESC
  LIMIT 1;

-- cleanup of many invites; cleanup in batches; cleanup; cleanup --include-used
SELECT count(*) AS total, min(id::text COLLATE "C")::uuid AS first, max(id::text COLLATE "C")::uuid AS last
  FROM invites
  WHERE closed_at IS NOT NULL
    AND closed_at <= $1
    AND (uses = 0
      OR $2 = 1);

-- cleanup of many invites; cleanup; cleanup --include-used
SELECT count(*) AS total
  FROM (SELECT id
    FROM invites
    WHERE id >= $1
      AND id <= $2
      AND closed_at IS NOT NULL
      AND closed_at <= $3
      AND (uses = 0
        OR $4 = 1)
    FOR UPDATE SKIP LOCKED) AS held;

-- cleanup of many invites; cleanup; cleanup --include-used
SELECT count(*) AS total
  FROM invites AS i
  WHERE id >= $1
    AND id <= $2
    AND closed_at IS NOT NULL
    AND closed_at <= $3
    AND (uses = 0
      OR $4 = 1);

-- cleanup of many invites; cleanup; cleanup --include-used
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE i.id >= $1
    AND i.id <= $2
    AND closed_at IS NOT NULL
    AND closed_at <= $3
    AND (uses = 0
      OR $4 = 1)
  ORDER BY i.id
  LIMIT $5;

-- cleanup of many invites
SELECT id
  FROM invites AS i
  WHERE id >= $1
    AND id <= $2
    AND closed_at IS NOT NULL
    AND closed_at <= $3
    AND (uses = 0
      OR $4 = 1)
  ORDER BY id
  FOR UPDATE SKIP LOCKED;

-- cleanup of many invites
SELECT i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, i.note, i.created_by,
    i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason,
    i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op,
    s.removed_at
  FROM invites AS i
  JOIN invite_spaces AS s ON s.id = i.space_id
  WHERE i.id = ANY($1::uuid[])
  ORDER BY i.id;

-- cleanup of many invites
DELETE
  FROM invite_uses
  WHERE invite_id = ANY($1::uuid[]);

-- cleanup of many invites
DELETE
  FROM invite_changes
  WHERE invite_id = ANY($1::uuid[]);

-- cleanup of many invites
DELETE
  FROM invites
  WHERE id = ANY($1::uuid[]);

-- guess at a code built from a name
UPDATE invite_limits
  SET hits = hits + $1
  WHERE bucket = $2
    AND window_start = $3;

-- guess at a code built from a name
DELETE
  FROM invite_limits
  WHERE bucket = $1
    AND window_start < $2
    AND window_start > $3;

-- guess at a code built from a name
DELETE
  FROM invite_limits
  WHERE bucket = $1;

-- the limits of e-mails
SELECT bucket, window_start, hits
  FROM invite_limits
  WHERE bucket = ANY($1::text[])
    AND window_start IN ($2, $3);

-- the limits of e-mails
INSERT INTO invite_limits (bucket, window_start, hits)
  SELECT r.row_bucket, r.row_window, r.row_hits
  FROM (SELECT row_bucket, row_window, row_hits, row_limit
    FROM unnest($1::text[], $2::timestamptz[], $3::bigint[], $4::bigint[]) AS u(row_bucket,
        row_window, row_hits, row_limit)) AS r
  WHERE true
  ON CONFLICT DO NOTHING;

-- the limits of e-mails
UPDATE invite_limits
  SET hits = hits + r.row_hits
  FROM (SELECT row_bucket, row_window, row_hits, row_limit
    FROM unnest($1::text[], $2::timestamptz[], $3::bigint[], $4::bigint[]) AS u(row_bucket,
        row_window, row_hits, row_limit)) AS r
  WHERE bucket = r.row_bucket
    AND window_start = r.row_window
    AND hits + r.row_hits <= r.row_limit;

-- the limits of e-mails
UPDATE invite_limits
  SET hits = CASE WHEN hits > r.row_hits THEN hits - r.row_hits ELSE 0 END
  FROM (SELECT row_bucket, row_window, row_hits, row_limit
    FROM unnest($1::text[], $2::timestamptz[], $3::bigint[], $4::bigint[]) AS u(row_bucket,
        row_window, row_hits, row_limit)) AS r
  WHERE bucket = r.row_bucket
    AND window_start = r.row_window;

-- an archive of a run that was killed
SELECT id
  FROM invites
  WHERE id = ANY($1::uuid[])
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
  WHERE s.id > $1
    AND s.removed_at IS NOT NULL
    AND CASE WHEN EXISTS (SELECT 1
    FROM invites AS i
    WHERE i.space_id = s.id AND (i.closed_at IS NULL OR i.closed_reason = 'replaced' AND i.closed_at > s.removed_at)) THEN 1 ELSE 0 END = 1
  ORDER BY s.id
  LIMIT $2;

-- a purge of spaces
SELECT id
  FROM invite_spaces
  WHERE id > $1
    AND removed_at <= $2
    AND NOT EXISTS (SELECT 1
    FROM invites AS i
    WHERE i.space_id = invite_spaces.id)
  ORDER BY id
  LIMIT $3;

-- a purge of spaces
UPDATE invite_spaces
  SET purge_op = $1
  WHERE id = ANY($2::text[])
    AND removed_at <= $3
    AND NOT EXISTS (SELECT 1
    FROM invites AS i
    WHERE i.space_id = invite_spaces.id);

-- a purge of spaces
SELECT space_id, user_id
  FROM invite_members
  WHERE space_id = ANY($1::text[])
  ORDER BY space_id, user_id
  LIMIT 1 OFFSET $2;

-- a purge of spaces
DELETE
  FROM invite_members
  WHERE space_id = ANY($1::text[])
    AND space_id IN (SELECT id
    FROM invite_spaces
    WHERE purge_op IS NOT NULL
      AND id = ANY($1::text[]))
    AND (space_id < $2
      OR space_id = $2
      AND user_id <= $3);

-- a purge of spaces
DELETE
  FROM invite_members
  WHERE space_id = ANY($1::text[])
    AND space_id IN (SELECT id
    FROM invite_spaces
    WHERE purge_op IS NOT NULL
      AND id = ANY($1::text[]));

-- a purge of spaces
DELETE
  FROM invite_spaces
  WHERE id = ANY($1::text[])
    AND purge_op IS NOT NULL;

-- cleanup in batches; cleanup
SELECT count(*) AS total
  FROM invites
  WHERE closed_at IS NOT NULL
    AND closed_at <= $1;

-- cleanup in batches; cleanup; cleanup --include-used
SELECT count(*) AS total, count(CASE WHEN NOT EXISTS (SELECT 1
      FROM invites AS i
      WHERE i.space_id = p.id AND NOT (i.closed_at IS NOT NULL AND i.closed_at <= $1 AND (i.uses = 0 OR $2 = 1))) THEN 1 END) AS free
  FROM invite_spaces AS p
  WHERE p.removed_at <= $1;

-- cleanup in batches; cleanup; cleanup --include-used
SELECT id
  FROM invites
  WHERE id >= $1
    AND id <= $2
  ORDER BY id
  LIMIT 1 OFFSET $3;

-- cleanup in batches; cleanup
UPDATE invites
  SET id = id, space_id = space_id, code_key = code_key, created_by = created_by, email = email,
    created_op = created_op, send_after = send_after, closed_reason = CASE WHEN uses >= max_uses THEN 'used_up' ELSE 'expired' END,
    closed_at = $1, closed_op = $2, slot = NULL
  WHERE id >= $3
    AND id <= $4
    AND closed_at IS NULL
    AND expires_at IS NOT NULL
    AND expires_at <= $1
    AND (max_uses IS NULL
      OR uses < max_uses);

-- cleanup
UPDATE invites
  SET id = id, space_id = space_id, code_key = code_key, created_by = created_by, email = email,
    created_op = created_op, send_after = send_after, closed_reason = CASE WHEN uses >= max_uses THEN 'used_up' ELSE 'expired' END,
    closed_at = $1, closed_op = $2, slot = NULL
  WHERE id >= $3
    AND id <= $4
    AND closed_at IS NULL
    AND uses >= max_uses;

-- cleanup; cleanup --include-used
DELETE
  FROM invite_uses
  WHERE invite_id IN (SELECT id
    FROM invites
    WHERE id >= $1
      AND id <= $2
      AND closed_at IS NOT NULL
      AND closed_at <= $3
      AND (uses = 0
        OR $4 = 1));

-- cleanup; cleanup --include-used
DELETE
  FROM invite_changes
  WHERE invite_id IN (SELECT id
    FROM invites
    WHERE id >= $1
      AND id <= $2
      AND closed_at IS NOT NULL
      AND closed_at <= $3
      AND (uses = 0
        OR $4 = 1));

-- cleanup; cleanup --include-used
DELETE
  FROM invites
  WHERE id >= $1
    AND id <= $2
    AND closed_at IS NOT NULL
    AND closed_at <= $3
    AND (uses = 0
      OR $4 = 1);

-- cleanup --include-used
SELECT invite_id, user_id, role, used_at, operation_id
  FROM invite_uses
  WHERE invite_id = ANY($1::uuid[])
  ORDER BY invite_id, id;

-- limits reset of a client; limits reset
SELECT max(bucket) AS last
  FROM (SELECT bucket
    FROM invite_limits
    WHERE bucket >= $1
      AND bucket < $2
      AND window_start >= $3
      AND hits > 0
    ORDER BY bucket
    LIMIT $4) AS page;

-- limits reset of a client; limits reset
DELETE
  FROM invite_limits
  WHERE bucket >= $1
    AND bucket <= $2
    AND window_start >= $3
    AND hits > 0;
