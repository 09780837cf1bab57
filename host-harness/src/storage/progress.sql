-- The third layout: how far the work is that nothing waits for.

-- Tasks of the background that a connection planned last.
CREATE TABLE background_task (
  connection INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  task       TEXT NOT NULL,
  -- As the plan reckons; at least 1.
  steps      INTEGER NOT NULL,
  started    TEXT,
  ended      TEXT,
  PRIMARY KEY (connection, task)
) STRICT, WITHOUT ROWID;
