-- What a revision says, in short: two with the same sum are the same text, so none has to be read to compare them. Who
-- facilitates and who may read it stand in the document too, but are no part of what is reviewed: those lines are left out.
CREATE FUNCTION revision_text_sha256(document text) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(
        regexp_replace(split_part(document, E'\n---\n', 1), E'\n(facilitator|visibility):[^\n]*', '', 'g')
            || substr(document, length(split_part(document, E'\n---\n', 1)) + 1), 'UTF8'))
$$;
-- Filled here and not by a generated column: that one would be empty while the trigger that keeps history compares rows.
CREATE FUNCTION sum_up_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.text_sha256 := revision_text_sha256(NEW.document);
    RETURN NEW;
END $$;
ALTER TABLE revisions ADD COLUMN text_sha256 bytea;
CREATE TRIGGER revisions_sum_up BEFORE INSERT ON revisions FOR EACH ROW EXECUTE FUNCTION sum_up_revision();

-- What reviewers said is for the authors and for those who review: the history, which everybody who is signed in reads,
-- does not repeat it. It is still with the review.
ALTER TABLE revisions DISABLE TRIGGER revisions_are_immutable;
UPDATE revisions SET
    text_sha256 = revision_text_sha256(document),
    note = CASE WHEN event IN ('approved', 'changes_requested') THEN '' ELSE note END;
ALTER TABLE revisions ENABLE TRIGGER revisions_are_immutable;
ALTER TABLE revisions ALTER COLUMN text_sha256 SET NOT NULL;

-- The queue of reviews: few of many.
CREATE INDEX reports_open_idx ON reports (status) WHERE status IN ('draft', 'in_review');

-- Who asked for the review, to be told how it went.
ALTER TABLE report_standings
    ADD COLUMN asked_by bigint CONSTRAINT report_standings_asked_by_fkey REFERENCES people (id) ON DELETE SET NULL;
CREATE INDEX report_standings_asked_by_idx ON report_standings (asked_by);

-- Counts the texts of a comment, so that two windows do not overwrite each other.
ALTER TABLE comments
    ADD COLUMN edits integer NOT NULL DEFAULT 0 CONSTRAINT comments_edits_not_negative CHECK (edits >= 0),
    -- How many sections had the heading, or events the text, that it is about: when one of several goes, nobody knows which.
    ADD COLUMN anchor_twins integer NOT NULL DEFAULT 1 CONSTRAINT comments_anchor_twins_positive CHECK (anchor_twins >= 1);
