-- One participant's own view of an incident. Nobody but its writer reads it before it is handed over, and then the report's
-- owners alone until it is merged.
CREATE TABLE participant_accounts (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT participant_accounts_pkey PRIMARY KEY,
    report_id bigint NOT NULL CONSTRAINT participant_accounts_report_fkey REFERENCES reports (id) ON DELETE CASCADE,
    -- Who was asked, and writes it.
    person_id bigint NOT NULL CONSTRAINT participant_accounts_person_fkey REFERENCES people (id) ON DELETE CASCADE,
    asked_by bigint CONSTRAINT participant_accounts_asked_by_fkey REFERENCES people (id) ON DELETE SET NULL,
    asked_by_name text NOT NULL,
    asked_at timestamptz NOT NULL,
    -- In what role they took part, in their own words: how the account is attributed.
    role text NOT NULL DEFAULT '' CONSTRAINT participant_accounts_role_length CHECK (length(role) <= 100),
    text text NOT NULL DEFAULT '' CONSTRAINT participant_accounts_text_length CHECK (length(text) <= 20000),
    -- Counts what its writer saved, so that two windows do not overwrite each other.
    revision integer NOT NULL DEFAULT 0 CONSTRAINT participant_accounts_revision_not_negative CHECK (revision >= 0),
    saved_at timestamptz,
    -- Since when the owners may read it.
    given_at timestamptz,
    merged_at timestamptz,
    -- The revision of the report that took it in.
    merged_revision integer,
    -- Since when the person is no longer asked. What they wrote stays theirs.
    withdrawn_at timestamptz,
    CONSTRAINT participant_accounts_one_each UNIQUE (report_id, person_id),
    CONSTRAINT participant_accounts_given_has_text CHECK (given_at IS NULL OR btrim(text) <> ''),
    CONSTRAINT participant_accounts_merged_was_given CHECK (merged_at IS NULL OR given_at IS NOT NULL),
    CONSTRAINT participant_accounts_withdrawn_is_closed CHECK (withdrawn_at IS NULL OR (given_at IS NULL AND merged_at IS NULL))
);
CREATE INDEX participant_accounts_person_idx ON participant_accounts (person_id);
CREATE INDEX participant_accounts_asked_by_idx ON participant_accounts (asked_by);

-- Being asked for an account of an open report shows its title and times, also while it is a draft.
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
                OR n.kind IN ('account_asked', 'account_merged')
                    AND EXISTS (SELECT FROM participant_accounts t WHERE t.report_id = r.id AND t.person_id = who AND t.withdrawn_at IS NULL)
            END)
        LIMIT 100) AS unread);
END $$;
