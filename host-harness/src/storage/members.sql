-- The sixth layout: through which group a person was given an application.

ALTER TABLE row_app_assignment ADD COLUMN via TEXT;

-- The key of these rows is another one now: what was built of them is unknown until it is built again.
UPDATE task_partition SET generation = NULL, published = NULL, checked = NULL, bookmark = NULL, rows = 0
WHERE generation IN (SELECT generation FROM row_app_assignment);
DELETE FROM building WHERE generation IN (SELECT generation FROM row_app_assignment);
DELETE FROM row_app_assignment;
