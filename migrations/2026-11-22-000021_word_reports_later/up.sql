-- What search falls back on when no index can be read, away from the reports: finding the words of a long text takes
-- several times longer than saving it. A save leaves its row without words, housekeeping fills it, and until then the
-- search reads the text itself.
CREATE FUNCTION report_words(title text, plain_text text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE kept integer := 500000;
BEGIN
    LOOP
        BEGIN
            RETURN setweight(to_tsvector('pg_catalog.english', left(title, 300)), 'A')
                || to_tsvector('pg_catalog.english', left(plain_text, kept));
        EXCEPTION WHEN program_limit_exceeded THEN
            kept := kept / 2;
        END;
    END LOOP;
END $$;

CREATE TABLE fallback_words (
    report_id bigint CONSTRAINT fallback_words_pkey PRIMARY KEY
        CONSTRAINT fallback_words_report_fkey REFERENCES reports ON DELETE CASCADE,
    -- Higher with every new text: words found in an older one are not kept.
    text_number bigint NOT NULL DEFAULT 1,
    words tsvector
);
INSERT INTO fallback_words (report_id, words) SELECT id, fallback FROM reports;
CREATE INDEX fallback_words_words_idx ON fallback_words USING gin (words);
CREATE INDEX fallback_words_missing_idx ON fallback_words (report_id) WHERE words IS NULL;

DROP TRIGGER reports_fallback ON reports;
DROP FUNCTION report_fallback();
ALTER TABLE reports DROP COLUMN fallback;

CREATE FUNCTION forget_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO fallback_words AS w (report_id) VALUES (NEW.id)
    ON CONFLICT (report_id) DO UPDATE SET text_number = w.text_number + 1, words = NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER reports_have_words AFTER INSERT ON reports FOR EACH ROW EXECUTE FUNCTION forget_words();
CREATE TRIGGER reports_change_words AFTER UPDATE OF title, plain_text ON reports FOR EACH ROW
    WHEN (OLD.title <> NEW.title OR OLD.plain_text <> NEW.plain_text) EXECUTE FUNCTION forget_words();
