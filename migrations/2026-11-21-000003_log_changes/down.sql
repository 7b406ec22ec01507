ALTER TABLE reports DROP COLUMN fallback;
DO $$
DECLARE t record;
BEGIN
    FOR t IN SELECT tgname, tgrelid::regclass AS relation FROM pg_trigger
             WHERE NOT tgisinternal AND tgfoid IN ('report_bump'::regproc, 'report_log'::regproc, 'report_touch'::regproc, 'named_touch'::regproc)
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', t.tgname, t.relation);
    END LOOP;
END $$;
DROP FUNCTION named_touch(), report_touch(), report_log(), report_bump();
DROP TABLE change_log_floor, change_log;
