-- Names of operations: the operator runs the command, the actor is the user of --as.
ALTER TABLE invite_operations RENAME COLUMN actor TO operator;
ALTER TABLE invite_operations RENAME COLUMN acting_as TO actor;
