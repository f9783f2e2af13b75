-- Removed spaces: marked, and kept with their history until they are purged.
ALTER TABLE invite_spaces ADD COLUMN
    -- when it was removed: microseconds since 1970, UTC; null: it is active
    removed_at INTEGER;
ALTER TABLE invite_spaces ADD COLUMN
    -- the operation that removed it
    removed_op TEXT;
ALTER TABLE invite_spaces ADD COLUMN
    -- the operation that began to delete it: it cannot be restored any more
    purge_op TEXT;
