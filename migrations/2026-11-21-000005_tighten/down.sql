DROP INDEX audit_log_person_idx, idempotency_report_idx, report_attachments_uploaded_by_idx, report_attachments_attachment_idx,
    revisions_author_idx, report_links_said_by_token_idx, report_links_said_by_idx, report_viewers_team_idx,
    report_viewers_person_idx, reports_severity_idx, one_time_links_person_idx;

ALTER TABLE countermeasures DROP CONSTRAINT countermeasures_title_given;
ALTER TABLE learnings DROP CONSTRAINT learnings_text_given;
-- Not asked of slugs that the newer rule let in.
ALTER TABLE reports
    DROP CONSTRAINT reports_import_key_length,
    ADD CONSTRAINT reports_import_key_length CHECK (length(import_key) BETWEEN 1 AND 1000),
    DROP CONSTRAINT reports_slug_key,
    DROP CONSTRAINT reports_slug_shape,
    ADD CONSTRAINT reports_slug_shape CHECK (length(slug) <= 100 AND slug !~ '[^[:alnum:]-]') NOT VALID;

DROP TRIGGER audit_log_not_truncated ON audit_log;
DROP TRIGGER audit_log_stays ON audit_log;
DROP TRIGGER audit_log_is_append_only ON audit_log;
CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE OF at, actor, action, report_id, details OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER revisions_not_truncated ON revisions;
DROP TRIGGER revisions_stay ON revisions;
DROP TRIGGER revisions_are_immutable ON revisions;
CREATE TRIGGER revisions_are_immutable BEFORE UPDATE OF report_id, number, document, event, note, author_name, created_at ON revisions
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP FUNCTION keep_revision(), keep_history();

-- Fails while there is a report with too many words for it: the older program could not have stored that report.
DROP TRIGGER reports_fallback ON reports;
DROP FUNCTION report_fallback();
ALTER TABLE reports DROP COLUMN fallback;
ALTER TABLE reports ADD COLUMN fallback tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('english', title), 'A') || to_tsvector('english', left(plain_text, 500000))) STORED;
CREATE INDEX reports_fallback_idx ON reports USING gin (fallback);

DO $$
DECLARE t record;
BEGIN
    FOR t IN SELECT tgname, tgrelid::regclass AS relation, relname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
             WHERE NOT tgisinternal AND tgfoid IN ('report_touch_both'::regproc, 'refuse_truncate'::regproc)
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', t.tgname, t.relation);
        IF t.tgname = t.relname || '_touch_update' THEN
            EXECUTE format('CREATE TRIGGER %I AFTER UPDATE ON %s REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION report_touch()', t.tgname, t.relation);
        END IF;
    END LOOP;
END $$;
DROP FUNCTION refuse_truncate(), report_touch_both();

CREATE OR REPLACE FUNCTION report_bump() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.rev := OLD.rev + CASE WHEN OLD.changed_xid = pg_current_xact_id() THEN 0 ELSE 1 END;
    NEW.changed_xid := pg_current_xact_id();
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION report_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO change_log (report_id) VALUES (CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
DROP TRIGGER reports_log ON reports;
CREATE TRIGGER reports_log AFTER INSERT OR UPDATE OR DELETE ON reports FOR EACH ROW EXECUTE FUNCTION report_log();
CREATE OR REPLACE FUNCTION report_touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE reports SET changed_xid = pg_current_xact_id()
    WHERE id IN (SELECT report_id FROM changed_rows) AND changed_xid IS DISTINCT FROM pg_current_xact_id();
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION named_touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'UPDATE reports SET changed_xid = pg_current_xact_id()
         WHERE id IN (SELECT report_id FROM %I WHERE %I = $1) AND changed_xid IS DISTINCT FROM pg_current_xact_id()',
        TG_ARGV[0], TG_ARGV[1]) USING NEW.id;
    RETURN NULL;
END $$;
DROP FUNCTION log_change(bigint);
