-- The fourth layout: single sign-ins, for those who ask for them.

-- One sign-in.
CREATE TABLE row_sign_in (
  connection       INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  key              BLOB NOT NULL,
  generation       INTEGER NOT NULL,
  id               TEXT NOT NULL,
  at               TEXT NOT NULL,
  how              TEXT NOT NULL,
  user             TEXT NOT NULL,
  principal_name   TEXT,
  application      TEXT NOT NULL,
  application_name TEXT,
  target           TEXT,
  success          INTEGER NOT NULL,
  error            TEXT,
  client           TEXT,
  address          TEXT,
  country          TEXT,
  city             TEXT,
  PRIMARY KEY (connection, key, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX row_sign_in_by_generation ON row_sign_in (generation);
-- Millions of them are shown newest first, without being sorted.
CREATE INDEX row_sign_in_by_time ON row_sign_in (connection, at);
