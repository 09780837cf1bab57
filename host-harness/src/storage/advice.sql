-- Advice says everything that takes the place of a seat, and bookings name their products themselves: one that is yet to
-- be bought stands among no products. The views of both are made anew after this.
DROP VIEW IF EXISTS recommendations;
DROP VIEW IF EXISTS bookings;

ALTER TABLE row_recommendation ADD COLUMN targets TEXT NOT NULL DEFAULT '[]';
UPDATE row_recommendation SET targets = json_array(target) WHERE target IS NOT NULL;
ALTER TABLE row_recommendation DROP COLUMN target;

ALTER TABLE row_booking ADD COLUMN product_name TEXT NOT NULL DEFAULT '';
ALTER TABLE row_booking ADD COLUMN from_product_name TEXT;
UPDATE row_booking SET
  product_name = coalesce((SELECT p.name FROM row_product p WHERE p.connection = row_booking.connection
    AND p.id = row_booking.product ORDER BY p.generation DESC LIMIT 1), product),
  from_product_name = coalesce((SELECT p.name FROM row_product p WHERE p.connection = row_booking.connection
    AND p.id = row_booking.from_product ORDER BY p.generation DESC LIMIT 1), from_product);
