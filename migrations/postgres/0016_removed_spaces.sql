-- Removed spaces: marked, and kept with their history until they are purged.
ALTER TABLE invite_spaces ADD COLUMN
    -- when it was removed; null: it is active
    removed_at timestamptz, ADD COLUMN
    -- the operation that removed it
    removed_op uuid, ADD COLUMN
    -- the operation that began to delete it: it cannot be restored any more
    purge_op uuid;
