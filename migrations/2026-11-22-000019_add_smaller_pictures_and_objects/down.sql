ALTER TABLE attachments DROP COLUMN warning;
DROP TABLE attachment_objects;
DROP TABLE smaller_pictures;
