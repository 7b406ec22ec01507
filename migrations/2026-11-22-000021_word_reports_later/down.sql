DROP TRIGGER reports_change_words ON reports;
DROP TRIGGER reports_have_words ON reports;
DROP FUNCTION want_words();

ALTER TABLE reports ADD COLUMN fallback tsvector;
-- No report changes by this.
ALTER TABLE reports DISABLE TRIGGER reports_bump;
UPDATE reports SET fallback = report_words(title, plain_text);
ALTER TABLE reports ENABLE TRIGGER reports_bump;
CREATE INDEX reports_fallback_idx ON reports USING gin (fallback);
DROP TABLE fallback_wanted;
DROP TABLE fallback_words;
DROP FUNCTION report_words(text, text);

CREATE FUNCTION report_fallback() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE kept integer := 500000;
BEGIN
    LOOP
        BEGIN
            NEW.fallback := setweight(to_tsvector('pg_catalog.english', left(NEW.title, 300)), 'A')
                || to_tsvector('pg_catalog.english', left(NEW.plain_text, kept));
            RETURN NEW;
        EXCEPTION WHEN program_limit_exceeded THEN
            kept := kept / 2;
        END;
    END LOOP;
END $$;
CREATE TRIGGER reports_fallback BEFORE INSERT OR UPDATE OF title, plain_text, fallback ON reports
    FOR EACH ROW EXECUTE FUNCTION report_fallback();
