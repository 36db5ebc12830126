-- Counts the changes of a note: its ETag, so that two writers who read the
-- same one cannot overwrite each other.
ALTER TABLE note ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
