-- The second layout: where news goes, what of it nobody wants to hear, what waits to be sent, and when runs are planned.

ALTER TABLE row_notification ADD COLUMN acknowledged TEXT;

-- Where notifications go. What is secret lies sealed in `secret`.
CREATE TABLE destination (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  connection INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  name       TEXT NOT NULL,
  -- What it is and how it is reached, as JSON.
  target     TEXT NOT NULL,
  -- Topics that go there; an empty list: all.
  topics     TEXT NOT NULL,
  added      TEXT NOT NULL,
  -- When and why it gets nothing.
  disabled   TEXT,
  cause      TEXT,
  UNIQUE (connection, name)
) STRICT;

-- Notifications that go to a destination. Filled in the transaction that keeps the notification, so that none is lost.
CREATE TABLE outbox (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  destination  INTEGER NOT NULL REFERENCES destination ON DELETE CASCADE,
  notification TEXT NOT NULL,
  queued       TEXT NOT NULL,
  attempts     INTEGER NOT NULL DEFAULT 0,
  -- When it is tried next; absent when it has ended.
  due          TEXT,
  -- `delivered`, `withdrawn` or `given-up`, and when.
  outcome      TEXT,
  ended        TEXT,
  -- Why the last attempt failed.
  cause        TEXT,
  UNIQUE (destination, notification)
) STRICT;
CREATE INDEX outbox_by_due ON outbox (due) WHERE due IS NOT NULL;

-- Notifications of which nobody wants to be told.
CREATE TABLE mute (
  connection INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  -- `id`, `topic` or `subject`, and its value.
  what       TEXT NOT NULL,
  value      TEXT NOT NULL,
  since      TEXT NOT NULL,
  PRIMARY KEY (connection, what, value)
) STRICT, WITHOUT ROWID;

-- When a program that runs regularly wants to start the next run.
CREATE TABLE planned_run (
  connection INTEGER PRIMARY KEY REFERENCES connection ON DELETE CASCADE,
  at         TEXT NOT NULL
) STRICT;
