-- What migrations 1 to 4 promised and did not hold.

-- 1. The change log. Whether a transaction has touched a report was read from reports.changed_xid; but transaction ids
-- start over in a database restored from a dump, and a stored one that comes again silenced log and rev. The log's own
-- row says it now: this transaction's id, and the moment this transaction began.
CREATE FUNCTION log_change(report bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO change_log AS l (report_id) VALUES (report)
    ON CONFLICT (xid, report_id) DO UPDATE SET logged_at = excluded.logged_at WHERE l.logged_at <> excluded.logged_at;
    -- True for the first change in this transaction.
    RETURN FOUND;
END $$;

CREATE OR REPLACE FUNCTION report_bump() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.rev := OLD.rev + CASE WHEN log_change(OLD.id) THEN 1 ELSE 0 END;
    IF NEW.id <> OLD.id THEN
        PERFORM log_change(NEW.id);
    END IF;
    NEW.changed_xid := pg_current_xact_id();
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION report_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM log_change(CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END);
    RETURN NULL;
END $$;
DROP TRIGGER reports_log ON reports;
CREATE TRIGGER reports_log AFTER INSERT OR DELETE ON reports FOR EACH ROW EXECUTE FUNCTION report_log();

CREATE OR REPLACE FUNCTION report_touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE reports SET changed_xid = pg_current_xact_id()
    WHERE id IN (SELECT report_id FROM changed_rows)
      AND NOT EXISTS (SELECT FROM change_log l WHERE l.xid = pg_current_xact_id() AND l.report_id = reports.id AND l.logged_at = now());
    RETURN NULL;
END $$;

-- A row that moves from one report to another changes both.
CREATE FUNCTION report_touch_both() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE reports SET changed_xid = pg_current_xact_id()
    WHERE id IN (SELECT report_id FROM old_rows UNION ALL SELECT report_id FROM changed_rows)
      AND NOT EXISTS (SELECT FROM change_log l WHERE l.xid = pg_current_xact_id() AND l.report_id = reports.id AND l.logged_at = now());
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION named_touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'UPDATE reports SET changed_xid = pg_current_xact_id()
         WHERE id IN (SELECT report_id FROM %I WHERE %I = $1)
           AND NOT EXISTS (SELECT FROM change_log l WHERE l.xid = pg_current_xact_id() AND l.report_id = reports.id AND l.logged_at = now())',
        TG_ARGV[0], TG_ARGV[1]) USING NEW.id;
    RETURN NULL;
END $$;

-- No row trigger sees a TRUNCATE.
CREATE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'TRUNCATE of % is refused: the search index would not hear of it', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', HINT = 'Use DELETE.';
END $$;

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['report_sections', 'timeline_events', 'report_factors', 'learnings', 'countermeasures',
                             'report_services', 'report_teams', 'report_tags', 'report_authors', 'report_viewers']
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %I', t || '_touch_update', t);
        EXECUTE format('CREATE TRIGGER %I AFTER UPDATE ON %I REFERENCING OLD TABLE AS old_rows NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION report_touch_both()', t || '_touch_update', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['report_sections', 'timeline_events', 'report_factors', 'learnings', 'countermeasures',
                             'report_services', 'report_teams', 'report_tags', 'report_authors', 'report_viewers',
                             'reports', 'services', 'teams', 'tags', 'factors', 'change_log']
    LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()', t || '_not_truncated', t);
    END LOOP;
END $$;

-- 2. Fallback search. A document within the limits can hold more words than a tsvector; then the beginning must do.
-- A column that a trigger fills, because the expression of a generated one cannot be replaced without rewriting the table.
ALTER TABLE reports ALTER COLUMN fallback DROP EXPRESSION;
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

-- 3. History. Revisions go with their report and in no other way; the audit log stays. People who are deleted are forgotten
-- in both, which leaves their names as they were written.
CREATE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before jsonb := to_jsonb(OLD) - TG_ARGV[0];
    after jsonb := to_jsonb(NEW) - TG_ARGV[0];
    person_before bigint := to_jsonb(OLD) ->> TG_ARGV[0];
    person_after bigint := to_jsonb(NEW) ->> TG_ARGV[0];
    -- By the foreign key, once the person is gone.
    is_forgotten boolean := person_after IS NULL AND NOT EXISTS (SELECT FROM people WHERE id = person_before);
BEGIN
    IF after <> before OR person_after IS DISTINCT FROM person_before AND NOT is_forgotten THEN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION keep_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM reports WHERE id = OLD.report_id) THEN
        RAISE EXCEPTION 'revisions is append-only: a revision goes only with its report' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
DROP TRIGGER revisions_are_immutable ON revisions;
CREATE TRIGGER revisions_are_immutable BEFORE UPDATE ON revisions FOR EACH ROW EXECUTE FUNCTION keep_history('author_id');
CREATE TRIGGER revisions_stay BEFORE DELETE ON revisions FOR EACH ROW EXECUTE FUNCTION keep_revision();
CREATE TRIGGER revisions_not_truncated BEFORE TRUNCATE ON revisions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
DROP TRIGGER audit_log_is_append_only ON audit_log;
CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE ON audit_log FOR EACH ROW EXECUTE FUNCTION keep_history('person_id');
CREATE TRIGGER audit_log_stays BEFORE DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_log_not_truncated BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- 4. Checks. What only psql can have written is mended first.
UPDATE reports SET slug = 'report-' || number
WHERE slug = '' OR EXISTS (SELECT FROM reports earlier WHERE earlier.slug = reports.slug AND earlier.id < reports.id);
UPDATE learnings SET text = '…' WHERE text = '';
UPDATE countermeasures SET title = '…' WHERE title = '';
-- [:alnum:] is what the database's locale takes for letters: in C only ASCII, elsewhere not all that are letters to us.
ALTER TABLE reports
    DROP CONSTRAINT reports_slug_shape,
    ADD CONSTRAINT reports_slug_shape CHECK (
        length(slug) BETWEEN 1 AND 100 AND slug !~ '[\u0001-\u002C\u002E\u002F\u003A-\u0040\u005B-\u0060\u007B-\u007F]'),
    ADD CONSTRAINT reports_slug_key UNIQUE (slug),
    -- An entry of the unique index has room for 2704 bytes. Not asked of older rows, which may have been squeezed in.
    DROP CONSTRAINT reports_import_key_length,
    ADD CONSTRAINT reports_import_key_length CHECK (length(import_key) BETWEEN 1 AND 1000 AND octet_length(import_key) <= 2500) NOT VALID;
ALTER TABLE learnings ADD CONSTRAINT learnings_text_given CHECK (text <> '');
ALTER TABLE countermeasures ADD CONSTRAINT countermeasures_title_given CHECK (title <> '');

-- 5. Indexes for foreign keys: without them, deleting what they point to reads these tables whole.
CREATE INDEX one_time_links_person_idx ON one_time_links (person_id);
CREATE INDEX reports_severity_idx ON reports (severity);
CREATE INDEX report_viewers_person_idx ON report_viewers (person_id);
CREATE INDEX report_viewers_team_idx ON report_viewers (team_id);
CREATE INDEX report_links_said_by_idx ON report_links (said_by);
CREATE INDEX report_links_said_by_token_idx ON report_links (said_by_token);
CREATE INDEX revisions_author_idx ON revisions (author_id);
CREATE INDEX report_attachments_attachment_idx ON report_attachments (sha256);
CREATE INDEX report_attachments_uploaded_by_idx ON report_attachments (uploaded_by);
CREATE INDEX idempotency_report_idx ON idempotency (report_id);
CREATE INDEX audit_log_person_idx ON audit_log (person_id);
