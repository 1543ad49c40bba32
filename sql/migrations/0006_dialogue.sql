-- A resident's thanks reach whoever helped once.

ALTER TABLE offer ADD COLUMN thanked_at timestamptz;
