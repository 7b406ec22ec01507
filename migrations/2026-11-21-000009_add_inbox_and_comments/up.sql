-- The inbox: what happened that concerns somebody. Nothing of a text is kept here, only where to read it; whether the person
-- may still see the report is asked whenever it is shown.
CREATE TABLE notifications (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT notifications_pkey PRIMARY KEY,
    -- Whose inbox.
    person_id bigint NOT NULL CONSTRAINT notifications_person_fkey REFERENCES people (id) ON DELETE CASCADE,
    kind text NOT NULL CONSTRAINT notifications_kind_known CHECK (kind IN (
        'mentioned', 'comment_on_my_report', 'reply', 'asked_to_review', 'asked_to_facilitate', 'facilitator_found',
        'changes_requested', 'approved', 'published', 'unpublished', 'archived', 'review_reminder',
        'account_asked', 'account_given', 'account_merged')),
    report_id bigint NOT NULL CONSTRAINT notifications_report_fkey REFERENCES reports (id) ON DELETE CASCADE,
    -- A path of this site.
    link text NOT NULL CONSTRAINT notifications_link_shape CHECK (length(link) <= 500 AND link LIKE '/%' AND link NOT LIKE '//%'),
    actor_id bigint CONSTRAINT notifications_actor_fkey REFERENCES people (id) ON DELETE SET NULL,
    -- Who did it, in words, for those without an account (a token).
    actor_name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    read_at timestamptz
);
CREATE INDEX notifications_unread_idx ON notifications (person_id) WHERE read_at IS NULL;
CREATE INDEX notifications_person_idx ON notifications (person_id, id DESC);
CREATE INDEX notifications_report_idx ON notifications (report_id);
CREATE INDEX notifications_actor_idx ON notifications (actor_id);
CREATE INDEX notifications_read_idx ON notifications (read_at);

-- Comments: beside the document, not part of it. They shape no search document, so nothing here touches the report.
CREATE TABLE comments (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT comments_pkey PRIMARY KEY,
    report_id bigint NOT NULL CONSTRAINT comments_report_fkey REFERENCES reports (id) ON DELETE CASCADE,
    -- The comment this one answers; that one answers none.
    parent_id bigint,
    is_reply boolean NOT NULL GENERATED ALWAYS AS (parent_id IS NOT NULL) STORED,
    parent_is_reply boolean GENERATED ALWAYS AS (CASE WHEN parent_id IS NOT NULL THEN false END) STORED,
    person_id bigint CONSTRAINT comments_person_fkey REFERENCES people (id) ON DELETE SET NULL,
    author_name text NOT NULL,
    -- What it is about: the report, a section or an event. Sections and events get new rows at each save, so they are known
    -- again by what they said: the heading and its meaning, or the text and its time; and by where they stood.
    anchor_kind text NOT NULL DEFAULT 'report' CONSTRAINT comments_anchor_kind_known CHECK (anchor_kind IN ('report', 'section', 'event')),
    anchor_text text NOT NULL DEFAULT '' CONSTRAINT comments_anchor_text_length CHECK (length(anchor_text) <= 1000),
    anchor_mark text NOT NULL DEFAULT '' CONSTRAINT comments_anchor_mark_length CHECK (length(anchor_mark) <= 200),
    anchor_position integer NOT NULL DEFAULT 0 CONSTRAINT comments_anchor_position CHECK (anchor_position >= 0),
    text text NOT NULL CONSTRAINT comments_text_length CHECK (length(text) <= 10000),
    -- The form it was sent with, so that a second click makes no second comment.
    once uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    edited_at timestamptz,
    -- By its author. What answers it stays.
    removed_at timestamptz,
    resolved_at timestamptz,
    resolved_by text NOT NULL DEFAULT '',
    CONSTRAINT comments_place_key UNIQUE (id, report_id, is_reply),
    CONSTRAINT comments_parent_fkey FOREIGN KEY (parent_id, report_id, parent_is_reply) REFERENCES comments (id, report_id, is_reply) ON DELETE CASCADE,
    CONSTRAINT comments_once_key UNIQUE (person_id, once),
    CONSTRAINT comments_text_given CHECK (btrim(text) <> '' OR removed_at IS NOT NULL),
    CONSTRAINT comments_removed_is_empty CHECK (removed_at IS NULL OR text = ''),
    CONSTRAINT comments_only_threads_resolve CHECK (NOT is_reply OR resolved_at IS NULL)
);
CREATE INDEX comments_report_idx ON comments (report_id);
CREATE INDEX comments_parent_idx ON comments (parent_id, report_id, parent_is_reply);

-- How many unread notifications this person has about reports they may see; never more than 100 are counted. In the query that
-- looks up a session, so that no page asks once more; in PL/pgSQL, because that keeps its plans for as long as the connection. Says the same as the program's VISIBLE; a test compares the two.
CREATE FUNCTION unread_notifications(who bigint) RETURNS integer LANGUAGE plpgsql STABLE AS $$
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
