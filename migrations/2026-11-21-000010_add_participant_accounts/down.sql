CREATE OR REPLACE FUNCTION unread_notifications(who bigint) RETURNS integer LANGUAGE plpgsql STABLE AS $$
BEGIN
    -- Most people, most of the time.
    IF NOT EXISTS (SELECT FROM notifications WHERE person_id = who AND read_at IS NULL) THEN
        RETURN 0;
    END IF;
    RETURN (SELECT count(*) FROM (
        SELECT FROM notifications n JOIN reports r ON r.id = n.report_id JOIN people p ON p.id = n.person_id
        WHERE n.person_id = who AND n.read_at IS NULL AND (
            p.role = 'admin'
            OR CASE WHEN r.visibility = 'restricted' THEN
                EXISTS (SELECT FROM report_authors a WHERE a.report_id = r.id AND a.person_id = who)
                OR EXISTS (SELECT FROM report_viewers v WHERE v.report_id = r.id
                    AND (v.person_id = who OR v.team_id IN (SELECT team_id FROM team_members WHERE person_id = who)))
            WHEN r.status IN ('published', 'archived') THEN true
            ELSE p.role = 'author' OR EXISTS (SELECT FROM report_authors a WHERE a.report_id = r.id AND a.person_id = who)
            END)
        LIMIT 100) AS unread);
END $$;
DROP TABLE participant_accounts;
