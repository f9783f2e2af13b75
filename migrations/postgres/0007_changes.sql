-- Changes: what an operation changed of an invite that lives on, before and after.
CREATE TABLE invite_changes (
    operation_id uuid NOT NULL,       -- the operation
    invite_id uuid NOT NULL,          -- the invite
    field text COLLATE "C" NOT NULL,  -- the column of invites: expires_at, max_uses, closed_at, ...
    before_value text COLLATE "C",    -- its value before, as text (times in RFC 3339)
    after_value text COLLATE "C",     -- its value after
    PRIMARY KEY (operation_id, invite_id, field),
    FOREIGN KEY (invite_id) REFERENCES invites (id)
);

CREATE INDEX invite_changes_by_invite ON invite_changes (invite_id);
