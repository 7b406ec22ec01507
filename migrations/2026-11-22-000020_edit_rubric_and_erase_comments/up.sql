-- The rubric is edited by administrators. Each time it is, all of it is kept under a number: a review belongs to the words it
-- was given under, and a form that was opened before a change is read with the lines it showed. `review_lines` stays what is
-- asked today, and what was asked once.
CREATE TABLE rubrics (
    revision integer CONSTRAINT rubrics_pkey PRIMARY KEY CONSTRAINT rubrics_revision_positive CHECK (revision > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    -- As it was then; empty for the one that is shipped.
    changed_by text NOT NULL DEFAULT ''
);
CREATE TABLE rubric_lines (
    rubric integer NOT NULL CONSTRAINT rubric_lines_rubric_fkey REFERENCES rubrics (revision) ON DELETE CASCADE,
    word text NOT NULL CONSTRAINT rubric_lines_word_fkey REFERENCES review_lines (word) ON DELETE RESTRICT,
    question text NOT NULL CONSTRAINT rubric_lines_question_length CHECK (length(btrim(question)) BETWEEN 1 AND 200),
    hint text NOT NULL DEFAULT '' CONSTRAINT rubric_lines_hint_length CHECK (length(hint) <= 500),
    position integer NOT NULL CONSTRAINT rubric_lines_position_range CHECK (position BETWEEN 0 AND 10000),
    CONSTRAINT rubric_lines_pkey PRIMARY KEY (rubric, word)
);
CREATE INDEX rubric_lines_word_idx ON rubric_lines (word);
INSERT INTO rubrics (revision) VALUES (1);
INSERT INTO rubric_lines (rubric, word, question, hint, position)
SELECT 1, word, question, hint, position FROM review_lines WHERE archived_at IS NULL;

-- Null: given through the version before this one, which knows one rubric.
ALTER TABLE reviews ADD COLUMN rubric integer CONSTRAINT reviews_rubric_fkey REFERENCES rubrics (revision);
UPDATE reviews SET rubric = 1;
CREATE INDEX reviews_rubric_idx ON reviews (rubric);

-- An administrator takes a comment away that somebody else wrote: a secret, an insult. Its text goes, and why it went stays.
ALTER TABLE comments
    -- As it was then; empty when its author took it away.
    ADD COLUMN removed_by text NOT NULL DEFAULT '',
    ADD COLUMN removed_reason text NOT NULL DEFAULT '' CONSTRAINT comments_removed_reason_length CHECK (length(removed_reason) <= 500),
    ADD CONSTRAINT comments_removed_reason_given CHECK (removed_by = '' OR removed_at IS NOT NULL AND btrim(removed_reason) <> '') NOT VALID;

-- Every older row obeys the narrower rule, so none is read.
ALTER TABLE notifications
    DROP CONSTRAINT notifications_kind_known,
    ADD CONSTRAINT notifications_kind_known CHECK (kind IN (
        'mentioned', 'comment_on_my_report', 'reply', 'asked_to_review', 'asked_to_facilitate', 'facilitator_found',
        'changes_requested', 'approved', 'published', 'unpublished', 'archived', 'review_reminder',
        'account_asked', 'account_given', 'account_merged', 'comment_erased')) NOT VALID;

-- A save in which an administrator renamed what the report names is no other text: what was approved before it still is. Its sum
-- is that of the revision before, and so is that of the revisions that follow with its words.
-- What the revision itself adds up to, where `text_sha256` is that of an earlier one.
ALTER TABLE revisions ADD COLUMN own_sha256 bytea;
CREATE OR REPLACE FUNCTION sum_up_revision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    own bytea := revision_text_sha256(NEW.document);
    before record;
BEGIN
    SELECT text_sha256 AS text, coalesce(own_sha256, text_sha256) AS own INTO before
    FROM revisions WHERE report_id = NEW.report_id AND number = NEW.number - 1;
    IF FOUND AND (NEW.event = 'renamed' OR before.own = own) THEN
        NEW.text_sha256 := before.text;
    ELSE
        NEW.text_sha256 := own;
    END IF;
    NEW.own_sha256 := nullif(own, NEW.text_sha256);
    RETURN NEW;
END $$;

-- Of what somebody has not read, the latest thousand are looked at: however many are hidden from them, no page waits for it.
CREATE OR REPLACE FUNCTION unread_notifications(who bigint) RETURNS integer LANGUAGE plpgsql STABLE AS $$
BEGIN
    -- Most people, most of the time.
    IF NOT EXISTS (SELECT FROM notifications WHERE person_id = who AND read_at IS NULL) THEN
        RETURN 0;
    END IF;
    RETURN (SELECT count(*) FROM (
        SELECT FROM (SELECT report_id, person_id, kind FROM notifications
                     WHERE person_id = who AND read_at IS NULL ORDER BY id DESC LIMIT 1000) n
        JOIN reports r ON r.id = n.report_id JOIN people p ON p.id = n.person_id
        WHERE (
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

-- How often a team was called otherwise: what is sent of a report differs with it, though nobody saved.
ALTER TABLE teams ADD COLUMN renames integer NOT NULL DEFAULT 0 CONSTRAINT teams_renames_not_negative CHECK (renames >= 0);
