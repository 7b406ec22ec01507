-- The bridge to the search index: every change of anything a search document is made of leaves a row here, in the
-- same transaction, whoever made it (the program, psql, a migration).

CREATE TABLE change_log (
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    report_id bigint NOT NULL,
    logged_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT change_log_pkey PRIMARY KEY (xid, report_id)
);
CREATE INDEX change_log_logged_idx ON change_log (logged_at);

-- Rows below this transaction id have been removed; a cursor older than that must compare everything.
-- The epoch names this history of transaction ids: a restored copy gets another.
CREATE TABLE change_log_floor (
    one boolean CONSTRAINT change_log_floor_pkey PRIMARY KEY DEFAULT true CONSTRAINT change_log_floor_one_row CHECK (one),
    xid xid8 NOT NULL,
    epoch uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO change_log_floor (xid) VALUES (pg_current_xact_id());

-- reports: bump rev once per transaction, then log.
CREATE FUNCTION report_bump() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.rev := OLD.rev + CASE WHEN OLD.changed_xid = pg_current_xact_id() THEN 0 ELSE 1 END;
    NEW.changed_xid := pg_current_xact_id();
    RETURN NEW;
END $$;
CREATE TRIGGER reports_bump BEFORE UPDATE ON reports FOR EACH ROW EXECUTE FUNCTION report_bump();

CREATE FUNCTION report_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO change_log (report_id) VALUES (CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER reports_log AFTER INSERT OR UPDATE OR DELETE ON reports FOR EACH ROW EXECUTE FUNCTION report_log();

-- Rows of a report: touch the report, once per statement and transaction.
CREATE FUNCTION report_touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE reports SET changed_xid = pg_current_xact_id()
    WHERE id IN (SELECT report_id FROM changed_rows) AND changed_xid IS DISTINCT FROM pg_current_xact_id();
    RETURN NULL;
END $$;

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['report_sections', 'timeline_events', 'report_factors', 'learnings', 'countermeasures',
                             'report_services', 'report_teams', 'report_tags', 'report_authors', 'report_viewers']
    LOOP
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT ON %I REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION report_touch()', t || '_touch_insert', t);
        EXECUTE format('CREATE TRIGGER %I AFTER UPDATE ON %I REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION report_touch()', t || '_touch_update', t);
        EXECUTE format('CREATE TRIGGER %I AFTER DELETE ON %I REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION report_touch()', t || '_touch_delete', t);
    END LOOP;
END $$;

-- A renamed service, team, tag or factor changes the search document of every report that names it.
CREATE FUNCTION named_touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'UPDATE reports SET changed_xid = pg_current_xact_id()
         WHERE id IN (SELECT report_id FROM %I WHERE %I = $1) AND changed_xid IS DISTINCT FROM pg_current_xact_id()',
        TG_ARGV[0], TG_ARGV[1]) USING NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER services_touch AFTER UPDATE OF name ON services FOR EACH ROW EXECUTE FUNCTION named_touch('report_services', 'service_id');
CREATE TRIGGER teams_touch AFTER UPDATE OF name ON teams FOR EACH ROW EXECUTE FUNCTION named_touch('report_teams', 'team_id');
CREATE TRIGGER tags_touch AFTER UPDATE OF name ON tags FOR EACH ROW EXECUTE FUNCTION named_touch('report_tags', 'tag_id');
CREATE TRIGGER factors_touch AFTER UPDATE OF name ON factors FOR EACH ROW EXECUTE FUNCTION named_touch('report_factors', 'factor_id');

-- What search falls back on when no index can be read.
ALTER TABLE reports ADD COLUMN fallback tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('english', title), 'A') || to_tsvector('english', left(plain_text, 500000))) STORED;
CREATE INDEX reports_fallback_idx ON reports USING gin (fallback);
