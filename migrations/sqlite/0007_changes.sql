-- Changes: what an operation changed of an invite that lives on, before and after.
CREATE TABLE invite_changes (
    operation_id TEXT NOT NULL,          -- the operation
    invite_id TEXT NOT NULL,             -- the invite
    field TEXT NOT NULL,                 -- the column of invites: expires_at, max_uses, closed_at, ...
    before_value TEXT,                   -- its value before, as text (times in RFC 3339)
    after_value TEXT,                    -- its value after
    PRIMARY KEY (operation_id, invite_id, field),
    FOREIGN KEY (invite_id) REFERENCES invites (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX invite_changes_by_invite ON invite_changes (invite_id);
