-- Review: where a report stands on its way to readers, what reviewers said, and what they are asked to look at.

-- The rubric. Lines that are no longer asked stay for the reviews that answered them.
CREATE TABLE review_lines (
    word text CONSTRAINT review_lines_pkey PRIMARY KEY CONSTRAINT review_lines_word_shape CHECK (length(word) <= 60 AND word ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    question text NOT NULL CONSTRAINT review_lines_question_length CHECK (length(btrim(question)) BETWEEN 1 AND 200),
    hint text NOT NULL DEFAULT '' CONSTRAINT review_lines_hint_length CHECK (length(hint) <= 500),
    position integer NOT NULL CONSTRAINT review_lines_position_range CHECK (position BETWEEN 0 AND 10000),
    archived_at timestamptz
);
INSERT INTO review_lines (word, question, hint, position) VALUES
    ('key-data', 'Is the key data collected?', 'Times, services, and a timeline with evidence that begins before the trigger.', 10),
    ('impact', 'Is the impact complete?', 'Who was affected, how many and for how long, with numbers a reader can look up.', 20),
    ('factors', 'Do the contributing factors go deep enough?', 'Several conditions in technology and in how people work, each explained by how it made sense at the time.', 30),
    ('countermeasures', 'Are the countermeasures appropriate, each with an owner and a check?', 'None is a fine answer: learning comes first.', 40),
    ('shared', 'Is it shared with those who need it?', 'The teams and services named on it, and who else could meet the same.', 50),
    ('blameless', 'Is it blameless?', 'Roles instead of names, what and how instead of why and who.', 60);

-- What a reviewer found. It belongs to the revision they read.
CREATE TABLE reviews (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT reviews_pkey PRIMARY KEY,
    report_id bigint NOT NULL,
    revision integer NOT NULL,
    reviewer_id bigint CONSTRAINT reviews_reviewer_fkey REFERENCES people (id) ON DELETE SET NULL,
    -- As it was then: it stays when the account goes.
    reviewer_name text NOT NULL,
    outcome text NOT NULL CONSTRAINT reviews_outcome_known CHECK (outcome IN ('approved', 'changes_requested')),
    note text NOT NULL DEFAULT '' CONSTRAINT reviews_note_length CHECK (length(note) <= 1000),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT reviews_revision_fkey FOREIGN KEY (report_id, revision) REFERENCES revisions (report_id, number) ON DELETE CASCADE,
    CONSTRAINT reviews_changes_have_a_note CHECK (outcome <> 'changes_requested' OR btrim(note) <> '')
);
CREATE INDEX reviews_report_idx ON reviews (report_id, revision);
CREATE INDEX reviews_reviewer_idx ON reviews (reviewer_id);

CREATE TABLE review_verdicts (
    review_id bigint NOT NULL CONSTRAINT review_verdicts_review_fkey REFERENCES reviews (id) ON DELETE CASCADE,
    line text NOT NULL CONSTRAINT review_verdicts_line_fkey REFERENCES review_lines (word) ON DELETE RESTRICT,
    verdict text NOT NULL CONSTRAINT review_verdicts_verdict_known CHECK (verdict IN ('yes', 'not_yet', 'not_applicable')),
    note text NOT NULL DEFAULT '' CONSTRAINT review_verdicts_note_length CHECK (length(note) <= 1000),
    CONSTRAINT review_verdicts_pkey PRIMARY KEY (review_id, line)
);
CREATE INDEX review_verdicts_line_idx ON review_verdicts (line);

-- What is to be known of a report beside its status. Reports from before this migration have no row.
CREATE TABLE report_standings (
    report_id bigint CONSTRAINT report_standings_pkey PRIMARY KEY CONSTRAINT report_standings_report_fkey REFERENCES reports (id) ON DELETE CASCADE,
    in_review_since timestamptz,
    asked_by_name text NOT NULL DEFAULT '',
    published_how text CONSTRAINT report_standings_published_how_known CHECK (published_how IN ('reviewed', 'without_review', 'not_asked', 'imported')),
    published_reason text NOT NULL DEFAULT '' CONSTRAINT report_standings_published_reason_length CHECK (length(published_reason) <= 500),
    taken_back_reason text NOT NULL DEFAULT '' CONSTRAINT report_standings_taken_back_reason_length CHECK (length(taken_back_reason) <= 500),
    archived_reason text NOT NULL DEFAULT '' CONSTRAINT report_standings_archived_reason_length CHECK (length(archived_reason) <= 500),
    -- Who facilitates, or was asked to.
    facilitator_id bigint CONSTRAINT report_standings_facilitator_fkey REFERENCES people (id) ON DELETE SET NULL,
    facilitator_agreed boolean NOT NULL DEFAULT false
);
CREATE INDEX report_standings_facilitator_idx ON report_standings (facilitator_id);

-- Until when somebody does not want to be reminded of what they began.
CREATE TABLE reminders_put_off (
    person_id bigint CONSTRAINT reminders_put_off_pkey PRIMARY KEY CONSTRAINT reminders_put_off_person_fkey REFERENCES people (id) ON DELETE CASCADE,
    until timestamptz NOT NULL
);

-- Every older row obeys the narrower rule, so none is read.
ALTER TABLE revisions
    DROP CONSTRAINT revisions_event_known,
    ADD CONSTRAINT revisions_event_known CHECK (event IN (
        'created', 'saved', 'imported', 'published', 'unpublished', 'archived', 'restored', 'merged',
        'review_asked', 'review_taken_back', 'changes_requested', 'approved', 'unarchived', 'facilitator')) NOT VALID;
