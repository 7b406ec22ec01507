DROP TABLE attachment_objects;
DROP TABLE smaller_pictures;
