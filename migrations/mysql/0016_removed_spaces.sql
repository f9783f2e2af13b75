-- Removed spaces: marked, and kept with their history until they are purged.
ALTER TABLE invite_spaces ADD COLUMN
    -- when it was removed: UTC; null: it is active
    removed_at DATETIME(6) NULL, ADD COLUMN
    -- the operation that removed it
    removed_op CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL, ADD COLUMN
    -- the operation that began to delete it: it cannot be restored any more
    purge_op CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL;
