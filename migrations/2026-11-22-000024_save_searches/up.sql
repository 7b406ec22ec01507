-- Searches that somebody keeps under a name. They shape no search document.
CREATE TABLE saved_searches (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT saved_searches_pkey PRIMARY KEY,
    person_id bigint NOT NULL CONSTRAINT saved_searches_person_fkey REFERENCES people (id) ON DELETE CASCADE,
    name text NOT NULL CONSTRAINT saved_searches_name_length CHECK (length(btrim(name)) BETWEEN 1 AND 100),
    -- What the address of the search says behind the question mark; empty for everything.
    said text NOT NULL CONSTRAINT saved_searches_said_length CHECK (length(said) <= 4000),
    -- Since when its owner is told of new reports that it finds; null: not at all.
    notify_since timestamptz,
    -- Of the token in the address of its feed; null: it has none.
    feed_sha256 bytea CONSTRAINT saved_searches_feed_key UNIQUE CONSTRAINT saved_searches_feed_length CHECK (length(feed_sha256) = 32),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX saved_searches_name_key ON saved_searches (person_id, lower(name));
CREATE INDEX saved_searches_notify_idx ON saved_searches (id) WHERE notify_since IS NOT NULL;

-- Which search its owner was told of which report by: once each, however often it is published.
CREATE TABLE saved_search_hits (
    search_id bigint NOT NULL CONSTRAINT saved_search_hits_search_fkey REFERENCES saved_searches (id) ON DELETE CASCADE,
    report_id bigint NOT NULL CONSTRAINT saved_search_hits_report_fkey REFERENCES reports (id) ON DELETE CASCADE,
    told_at timestamptz NOT NULL,
    CONSTRAINT saved_search_hits_pkey PRIMARY KEY (search_id, report_id)
);
CREATE INDEX saved_search_hits_report_idx ON saved_search_hits (report_id);

-- Reports that were published and of which nobody was told yet. Housekeeping takes them out when it has told; until then they
-- stay, whatever stops meanwhile.
CREATE TABLE newly_published (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT newly_published_pkey PRIMARY KEY,
    report_id bigint NOT NULL CONSTRAINT newly_published_report_fkey REFERENCES reports (id) ON DELETE CASCADE,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX newly_published_report_idx ON newly_published (report_id);
CREATE FUNCTION report_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO newly_published (report_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER reports_new_published AFTER INSERT ON reports FOR EACH ROW
    WHEN (NEW.status = 'published') EXECUTE FUNCTION report_published();
CREATE TRIGGER reports_change_published AFTER UPDATE OF status ON reports FOR EACH ROW
    WHEN (NEW.status = 'published' AND OLD.status NOT IN ('published', 'archived')) EXECUTE FUNCTION report_published();

-- Every older row obeys the narrower rule, so none is read.
ALTER TABLE notifications
    DROP CONSTRAINT notifications_kind_known,
    ADD CONSTRAINT notifications_kind_known CHECK (kind IN (
        'mentioned', 'comment_on_my_report', 'reply', 'asked_to_review', 'asked_to_facilitate', 'facilitator_found',
        'changes_requested', 'approved', 'published', 'unpublished', 'archived', 'review_reminder',
        'account_asked', 'account_given', 'account_merged', 'comment_erased', 'search_matched')) NOT VALID;
