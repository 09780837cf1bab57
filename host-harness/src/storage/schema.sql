-- The first layout of the database.
--
-- Points in time are text such as 2026-11-20T10:00:00Z, days such as 2026-11-20. Money is whole millionths of one unit
-- of its currency. Yes and no are 1 and 0. Lists are JSON. NULL is "not known", never zero.

-- A sealed value by which a wrong key is noticed.
CREATE TABLE installation (
  key_check BLOB NOT NULL
) STRICT;

-- Ids are never used again, because sealed values are bound to them.
CREATE TABLE connection (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  name           TEXT NOT NULL UNIQUE,
  plugin_path    BLOB NOT NULL,
  digest         TEXT NOT NULL,
  plugin_id      TEXT NOT NULL,
  settings       TEXT NOT NULL,
  origins        TEXT NOT NULL,
  account        TEXT,
  account_id     TEXT,
  capabilities   TEXT NOT NULL,
  created        TEXT NOT NULL,
  connected      TEXT,
  baseline_ended TEXT
) STRICT;

-- Values are sealed.
CREATE TABLE secret (
  connection INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  name       TEXT NOT NULL,
  value      BLOB NOT NULL,
  PRIMARY KEY (connection, name)
) STRICT, WITHOUT ROWID;

-- Files with which a customer adds knowledge.
CREATE TABLE reference_file (
  connection INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  name       TEXT NOT NULL,
  content    BLOB NOT NULL,
  imported   TEXT NOT NULL,
  UNIQUE (connection, name)
) STRICT;

CREATE TABLE run (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  connection INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  started    TEXT NOT NULL,
  ended      TEXT,
  requests   INTEGER NOT NULL DEFAULT 0,
  bytes      INTEGER NOT NULL DEFAULT 0,
  steps      INTEGER NOT NULL DEFAULT 0,
  rows       INTEGER NOT NULL DEFAULT 0,
  done       INTEGER NOT NULL DEFAULT 0,
  failed     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX run_by_connection ON run (connection, id);

-- What a task builds. Its rows are those of one generation: the one that was published last.
CREATE TABLE task_partition (
  id         INTEGER PRIMARY KEY,
  connection INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  task       TEXT NOT NULL,
  dataset    TEXT NOT NULL,
  -- The generation whose rows are visible; absent: never published.
  generation INTEGER,
  published  TEXT,
  -- When it was last published or found unchanged.
  checked    TEXT,
  -- Sealed.
  bookmark   BLOB,
  -- Visible rows.
  rows       INTEGER NOT NULL DEFAULT 0,
  -- Why and when the last attempt failed; absent: it did not.
  cause      TEXT,
  failed     TEXT,
  UNIQUE (connection, task)
) STRICT;
CREATE UNIQUE INDEX task_partition_by_generation ON task_partition (generation);

-- The unfinished generation of a partition, at most one. Ids are never used again.
CREATE TABLE building (
  generation INTEGER PRIMARY KEY AUTOINCREMENT,
  partition  INTEGER NOT NULL UNIQUE REFERENCES task_partition ON DELETE CASCADE,
  dataset    TEXT NOT NULL,
  -- Of the component that began it.
  digest     TEXT NOT NULL,
  started    TEXT NOT NULL,
  -- Sealed; absent before the first step.
  cursor     BLOB,
  steps      INTEGER NOT NULL DEFAULT 0,
  rows       INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What could not be had. With a generation: something is missing in its rows. Without: the last attempt failed.
CREATE TABLE gap (
  partition  INTEGER NOT NULL REFERENCES task_partition ON DELETE CASCADE,
  generation INTEGER,
  dataset    TEXT NOT NULL,
  field      TEXT,
  message    TEXT NOT NULL,
  code       TEXT,
  mend       TEXT NOT NULL,
  cause      TEXT NOT NULL,
  -- When the generation was published or the attempt failed.
  noticed    TEXT
) STRICT;
-- Each page of a dataset may tell the same gap: it is kept once.
CREATE UNIQUE INDEX gap_once ON gap (partition, ifnull(generation, 0), dataset, ifnull(field, ''), mend);

-- Rows, one table for each kind. `key` is the kind's key, case folded, in an order-preserving form; it is followed by
-- `generation`, because several partitions may hold a row of the same key. The primary key gives rows in their order;
-- the index finds the rows of a generation that goes.

-- The connected customer.
CREATE TABLE row_account (
  connection INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  key        BLOB NOT NULL,
  generation INTEGER NOT NULL,
  id         TEXT NOT NULL,
  name       TEXT NOT NULL,
  domains    TEXT NOT NULL,
  country    TEXT,
  PRIMARY KEY (connection, key, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX row_account_by_generation ON row_account (generation);

-- What can be bought and assigned, with its seats over all subscriptions.
CREATE TABLE row_product (
  connection      INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  key             BLOB NOT NULL,
  generation      INTEGER NOT NULL,
  id              TEXT NOT NULL,
  code            TEXT NOT NULL,
  name            TEXT NOT NULL,
  tier            TEXT NOT NULL,
  per_user        INTEGER NOT NULL,
  seats_enabled   INTEGER NOT NULL,
  seats_warning   INTEGER NOT NULL,
  seats_suspended INTEGER NOT NULL,
  seats_assigned  INTEGER NOT NULL,
  plans           TEXT NOT NULL,
  PRIMARY KEY (connection, key, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX row_product_by_generation ON row_product (generation);

-- One purchase of a product.
CREATE TABLE row_subscription (
  connection    INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  key           BLOB NOT NULL,
  generation    INTEGER NOT NULL,
  id            TEXT NOT NULL,
  product       TEXT NOT NULL,
  status        TEXT NOT NULL,
  tier          TEXT NOT NULL,
  seats         INTEGER,
  created       TEXT,
  renews        TEXT,
  term_months   INTEGER,
  term_inferred INTEGER NOT NULL,
  partner       TEXT,
  PRIMARY KEY (connection, key, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX row_subscription_by_generation ON row_subscription (generation);

-- The price of one seat for one month.
CREATE TABLE row_price (
  connection      INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  key             BLOB NOT NULL,
  generation      INTEGER NOT NULL,
  product         TEXT NOT NULL,
  amount_micros   INTEGER NOT NULL,
  amount_currency TEXT NOT NULL,
  market          TEXT,
  term_months     INTEGER,
  billing         TEXT,
  valid_from      TEXT,
  valid_to        TEXT,
  provenance      TEXT NOT NULL,
  source          TEXT NOT NULL,
  uncertain       INTEGER NOT NULL,
  PRIMARY KEY (connection, key, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX row_price_by_generation ON row_price (generation);

-- A person or other account.
CREATE TABLE row_user (
  connection     INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  key            BLOB NOT NULL,
  generation     INTEGER NOT NULL,
  id             TEXT NOT NULL,
  principal_name TEXT NOT NULL,
  display_name   TEXT,
  kind           TEXT NOT NULL,
  kind_because   TEXT,
  enabled        INTEGER,
  created        TEXT,
  synced         INTEGER,
  mail           TEXT,
  department     TEXT,
  company        TEXT,
  cost_centre    TEXT,
  division       TEXT,
  country        TEXT,
  manager        TEXT,
  PRIMARY KEY (connection, key, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX row_user_by_generation ON row_user (generation);

-- When a person signed in.
CREATE TABLE row_activity (
  connection              INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  key                     BLOB NOT NULL,
  generation              INTEGER NOT NULL,
  user                    TEXT NOT NULL,
  principal_name          TEXT NOT NULL,
  interactive_attempt     TEXT,
  non_interactive_attempt TEXT,
  success                 TEXT,
  PRIMARY KEY (connection, key, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX row_activity_by_generation ON row_activity (generation);

-- A group that assigns products.
CREATE TABLE row_group (
  connection INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  key        BLOB NOT NULL,
  generation INTEGER NOT NULL,
  id         TEXT NOT NULL,
  name       TEXT NOT NULL,
  products   TEXT NOT NULL,
  PRIMARY KEY (connection, key, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX row_group_by_generation ON row_group (generation);

-- That a person holds a seat of a product.
CREATE TABLE row_entitlement (
  connection     INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  key            BLOB NOT NULL,
  generation     INTEGER NOT NULL,
  user           TEXT NOT NULL,
  principal_name TEXT NOT NULL,
  product        TEXT NOT NULL,
  via            TEXT,
  state          TEXT NOT NULL,
  error          TEXT,
  disabled_plans TEXT NOT NULL,
  since          TEXT,
  first_seen     TEXT,
  PRIMARY KEY (connection, key, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX row_entitlement_by_generation ON row_entitlement (generation);

-- What a person did with a feature in a window of days.
CREATE TABLE row_usage (
  connection     INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  key            BLOB NOT NULL,
  generation     INTEGER NOT NULL,
  user           TEXT,
  principal_name TEXT NOT NULL,
  concealed      INTEGER NOT NULL,
  feature        TEXT NOT NULL,
  "from"         TEXT NOT NULL,
  "to"           TEXT NOT NULL,
  last_active    TEXT,
  count          INTEGER,
  unit           TEXT,
  PRIMARY KEY (connection, key, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX row_usage_by_generation ON row_usage (generation);

-- An application that is installed at the customer.
CREATE TABLE row_installed_application (
  connection         INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  key                BLOB NOT NULL,
  generation         INTEGER NOT NULL,
  id                 TEXT NOT NULL,
  object             TEXT NOT NULL,
  name               TEXT NOT NULL,
  publisher          TEXT,
  verified_publisher TEXT,
  first_party        INTEGER,
  home_made          INTEGER,
  sign_on            TEXT NOT NULL,
  template           TEXT,
  homepage           TEXT,
  reply_urls         TEXT NOT NULL,
  tags               TEXT NOT NULL,
  enabled            INTEGER,
  created            TEXT,
  assignment_required INTEGER,
  owners             TEXT NOT NULL,
  PRIMARY KEY (connection, key, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX row_installed_application_by_generation ON row_installed_application (generation);

-- That rights were given to an application.
CREATE TABLE row_grant (
  connection        INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  key               BLOB NOT NULL,
  generation        INTEGER NOT NULL,
  application       TEXT NOT NULL,
  object            TEXT NOT NULL,
  target            TEXT NOT NULL,
  principal         TEXT,
  scopes            TEXT NOT NULL,
  application_right INTEGER NOT NULL,
  PRIMARY KEY (connection, key, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX row_grant_by_generation ON row_grant (generation);

-- That a person or group was given an application.
CREATE TABLE row_app_assignment (
  connection     INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  key            BLOB NOT NULL,
  generation     INTEGER NOT NULL,
  application    TEXT NOT NULL,
  object         TEXT NOT NULL,
  principal      TEXT NOT NULL,
  principal_name TEXT,
  "group"        INTEGER NOT NULL,
  created        TEXT,
  PRIMARY KEY (connection, key, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX row_app_assignment_by_generation ON row_app_assignment (generation);

-- How often a person used an application on a day. Rows of equal key in one generation add up.
CREATE TABLE row_application_use (
  connection       INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  key              BLOB NOT NULL,
  generation       INTEGER NOT NULL,
  application      TEXT NOT NULL,
  application_name TEXT,
  user             TEXT NOT NULL,
  principal_name   TEXT,
  day              TEXT NOT NULL,
  how              TEXT NOT NULL,
  sign_ins         INTEGER NOT NULL,
  failures         INTEGER NOT NULL,
  first            TEXT NOT NULL,
  last             TEXT NOT NULL,
  PRIMARY KEY (connection, key, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX row_application_use_by_generation ON row_application_use (generation);

-- An application that is used or installed, merged from all sources.
CREATE TABLE row_application (
  connection        INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  key               BLOB NOT NULL,
  generation        INTEGER NOT NULL,
  id                TEXT NOT NULL,
  name              TEXT NOT NULL,
  publisher         TEXT,
  verified          INTEGER,
  first_party       INTEGER NOT NULL,
  home_made         INTEGER NOT NULL,
  domain            TEXT,
  category          TEXT,
  sign_on           TEXT NOT NULL,
  installed         INTEGER NOT NULL,
  first_seen        TEXT,
  last_seen         TEXT,
  users             INTEGER,
  sign_ins          INTEGER,
  failures          INTEGER,
  trend             INTEGER,
  source            TEXT NOT NULL,
  created           TEXT,
  owners            TEXT NOT NULL,
  template          TEXT,
  assigned          INTEGER,
  assigned_unused   INTEGER,
  used_unassigned   INTEGER,
  scopes            TEXT NOT NULL,
  consent           TEXT NOT NULL,
  risk              TEXT NOT NULL,
  risk_note         TEXT,
  integration       TEXT,
  integration_match TEXT,
  PRIMARY KEY (connection, key, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX row_application_by_generation ON row_application (generation);

-- An advice.
CREATE TABLE row_recommendation (
  connection      INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  key             BLOB NOT NULL,
  generation      INTEGER NOT NULL,
  id              TEXT NOT NULL,
  rule            TEXT NOT NULL,
  subject         TEXT NOT NULL,
  subject_name    TEXT NOT NULL,
  product         TEXT,
  product_name    TEXT,
  action          TEXT NOT NULL,
  seats           INTEGER NOT NULL,
  saving_micros   INTEGER,
  saving_currency TEXT,
  provenance      TEXT,
  effect          TEXT NOT NULL,
  effect_day      TEXT,
  confidence      TEXT NOT NULL,
  evidence        TEXT NOT NULL,
  safe_because    TEXT NOT NULL,
  target          TEXT,
  PRIMARY KEY (connection, key, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX row_recommendation_by_generation ON row_recommendation (generation);

-- A change of the bill that overlaps with no other.
CREATE TABLE row_booking (
  connection      INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  key             BLOB NOT NULL,
  generation      INTEGER NOT NULL,
  product         TEXT NOT NULL,
  from_product    TEXT,
  day             TEXT,
  seats           INTEGER NOT NULL,
  saving_micros   INTEGER NOT NULL,
  saving_currency TEXT NOT NULL,
  why             TEXT NOT NULL,
  PRIMARY KEY (connection, key, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX row_booking_by_generation ON row_booking (generation);

-- News for a person. Kept for ever in generation 0, once by id.
CREATE TABLE row_notification (
  connection INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  key        BLOB NOT NULL,
  generation INTEGER NOT NULL,
  id         TEXT NOT NULL,
  topic      TEXT NOT NULL,
  subject    TEXT NOT NULL,
  title      TEXT NOT NULL,
  body       TEXT NOT NULL,
  at         TEXT NOT NULL,
  baseline   INTEGER NOT NULL,
  -- When a person was told. One of the baseline never is.
  told       TEXT,
  PRIMARY KEY (connection, key, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX row_notification_by_generation ON row_notification (generation);

-- Seats of a product on a day. Kept for ever in generation 0, once by product and day.
CREATE TABLE row_seat_history (
  connection INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  key        BLOB NOT NULL,
  generation INTEGER NOT NULL,
  product    TEXT NOT NULL,
  day        TEXT NOT NULL,
  enabled    INTEGER NOT NULL,
  assigned   INTEGER NOT NULL,
  PRIMARY KEY (connection, key, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX row_seat_history_by_generation ON row_seat_history (generation);

-- A credential of the connection's own application at the service.
CREATE TABLE row_credential (
  connection INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,
  key        BLOB NOT NULL,
  generation INTEGER NOT NULL,
  id         TEXT NOT NULL,
  title      TEXT NOT NULL,
  ends       TEXT,
  in_use     INTEGER,
  PRIMARY KEY (connection, key, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX row_credential_by_generation ON row_credential (generation);
