-- What search falls back on when no index can be read, away from the reports: finding the words of a long text takes
-- several times longer than saving it. A save only asks for them, housekeeping finds them, and until then the search reads
-- the text itself.
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
    -- Empty until they are found for the first time; those of an older text until those of the latest are found.
    words tsvector
);
-- Of whole rows only, so that a new report adds nothing to it.
CREATE INDEX fallback_words_words_idx ON fallback_words USING gin (words) WHERE words IS NOT NULL;

-- Each new text of a report. A save adds a row and touches none, so it waits for nobody who works on one.
CREATE TABLE fallback_wanted (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT fallback_wanted_pkey PRIMARY KEY,
    report_id bigint NOT NULL CONSTRAINT fallback_wanted_report_fkey REFERENCES reports ON DELETE CASCADE
);
CREATE INDEX fallback_wanted_report_idx ON fallback_wanted (report_id);
INSERT INTO fallback_words (report_id) SELECT id FROM reports;
INSERT INTO fallback_wanted (report_id) SELECT id FROM reports ORDER BY id;

DROP TRIGGER reports_fallback ON reports;
DROP FUNCTION report_fallback();
ALTER TABLE reports DROP COLUMN fallback;

CREATE FUNCTION want_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO fallback_words (report_id) VALUES (NEW.id);
    END IF;
    INSERT INTO fallback_wanted (report_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER reports_have_words AFTER INSERT ON reports FOR EACH ROW EXECUTE FUNCTION want_words();
CREATE TRIGGER reports_change_words AFTER UPDATE OF title, plain_text ON reports FOR EACH ROW
    WHEN (OLD.title <> NEW.title OR OLD.plain_text <> NEW.plain_text) EXECUTE FUNCTION want_words();
