-- Targets: what an operation was about, and for whom a backend ran it.
ALTER TABLE invite_operations ADD COLUMN
    -- the space, member, invite or filter that the command named; null: none in particular
    target TEXT;
ALTER TABLE invite_operations ADD COLUMN
    -- the user that a backend names for the record; gives no permission
    on_behalf_of TEXT;
