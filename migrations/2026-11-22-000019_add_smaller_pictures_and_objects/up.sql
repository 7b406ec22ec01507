-- Smaller pictures, made when somebody first asks for one. Derived: they may be deleted at any time.
CREATE TABLE smaller_pictures (
    sha256 bytea NOT NULL CONSTRAINT smaller_pictures_attachment_fkey REFERENCES attachments (sha256) ON DELETE CASCADE,
    -- The width it may have.
    pixels smallint NOT NULL,
    -- Which version of the program's code made it.
    maker smallint NOT NULL,
    media_type text CONSTRAINT smaller_pictures_media_type_known CHECK (media_type IN ('image/jpeg', 'image/webp')),
    -- Empty when the picture itself serves as well.
    bytes bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT smaller_pictures_pkey PRIMARY KEY (sha256, pixels),
    CONSTRAINT smaller_pictures_bytes_whole CHECK ((bytes IS NULL) = (media_type IS NULL))
);
ALTER TABLE smaller_pictures ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- What is in the bucket, or is being written to it: a row comes before its object and goes after it. An object that no
-- attachment without bytes of its own names is doomed by housekeeping, deleted, and forgotten.
CREATE TABLE attachment_objects (
    sha256 bytea CONSTRAINT attachment_objects_pkey PRIMARY KEY
        CONSTRAINT attachment_objects_sha256_length CHECK (length(sha256) = 32),
    -- When somebody last wanted it there.
    written_at timestamptz NOT NULL,
    -- When it was last to be deleted: from then on nothing names it, and nothing is written there, as long as this row is.
    doomed_at timestamptz
);

-- What in an attached text looked like a secret or an address when it was attached; empty where nothing did.
ALTER TABLE attachments ADD COLUMN warning text NOT NULL DEFAULT ''
    CONSTRAINT attachments_warning_length CHECK (length(warning) <= 1000);
