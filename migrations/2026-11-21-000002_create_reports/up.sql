-- Reports and everything that belongs to one.

CREATE TABLE services (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT services_pkey PRIMARY KEY,
    name text NOT NULL CONSTRAINT services_name_length CHECK (length(btrim(name)) BETWEEN 1 AND 200),
    -- A Backstage entity reference, [kind:][namespace/]name.
    entity_ref text CONSTRAINT services_entity_ref_length CHECK (length(entity_ref) BETWEEN 1 AND 300),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX services_name_key ON services (lower(name));

CREATE TABLE tags (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT tags_pkey PRIMARY KEY,
    name text NOT NULL CONSTRAINT tags_name_length CHECK (length(btrim(name)) BETWEEN 1 AND 200),
    CONSTRAINT tags_name_key UNIQUE (name),
    CONSTRAINT tags_name_lower CHECK (name = lower(name))
);

CREATE TABLE factors (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT factors_pkey PRIMARY KEY,
    name text NOT NULL CONSTRAINT factors_name_length CHECK (length(btrim(name)) BETWEEN 1 AND 200),
    description text NOT NULL DEFAULT '',
    category text NOT NULL DEFAULT '' CONSTRAINT factors_category_length CHECK (length(category) <= 200),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX factors_name_key ON factors (lower(name));

CREATE TABLE severities (
    level smallint CONSTRAINT severities_pkey PRIMARY KEY CONSTRAINT severities_level_range CHECK (level BETWEEN 1 AND 5),
    description text NOT NULL CONSTRAINT severities_description_length CHECK (length(btrim(description)) BETWEEN 1 AND 500)
);
INSERT INTO severities (level, description) VALUES
    (1, 'Critical: most customers cannot use the product, or data is lost.'),
    (2, 'Major: an important function is down or badly degraded for many.'),
    (3, 'Moderate: degraded for some, or a workaround exists.'),
    (4, 'Minor: little impact, noticed by few.'),
    (5, 'Cosmetic or internal only.');

CREATE TABLE reports (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT reports_pkey PRIMARY KEY,
    -- PM-<number>. Taken from report_numbers below, so that a rolled back save leaves no gap.
    number bigint NOT NULL CONSTRAINT reports_number_key UNIQUE CONSTRAINT reports_number_positive CHECK (number > 0),
    slug text NOT NULL CONSTRAINT reports_slug_shape CHECK (length(slug) <= 100 AND slug !~ '[^[:alnum:]-]'),
    title text NOT NULL CONSTRAINT reports_title_length CHECK (length(btrim(title)) BETWEEN 1 AND 300),
    kind text NOT NULL CONSTRAINT reports_kind_known CHECK (kind IN ('incident', 'near_miss', 'exercise')),
    status text NOT NULL DEFAULT 'draft' CONSTRAINT reports_status_known CHECK (status IN ('draft', 'in_review', 'published', 'archived')),
    severity smallint CONSTRAINT reports_severity_fkey REFERENCES severities (level),
    visibility text NOT NULL DEFAULT 'open' CONSTRAINT reports_visibility_known CHECK (visibility IN ('open', 'restricted')),
    timezone text NOT NULL DEFAULT 'UTC' CONSTRAINT reports_timezone_length CHECK (length(timezone) BETWEEN 1 AND 100),
    started_at timestamptz,
    detected_at timestamptz,
    acknowledged_at timestamptz,
    mitigated_at timestamptz,
    resolved_at timestamptz,
    facilitator text NOT NULL DEFAULT '',
    summary text NOT NULL DEFAULT '',
    -- As written on the document: not every author is a person with an account.
    author_names text[] NOT NULL DEFAULT '{}',
    source_links text[] NOT NULL DEFAULT '{}',
    import_key text CONSTRAINT reports_import_key_key UNIQUE CONSTRAINT reports_import_key_length CHECK (length(import_key) BETWEEN 1 AND 1000),
    -- SHA-256 of the imported bytes: an unchanged file is recognised without comparing documents.
    import_sha256 bytea CONSTRAINT reports_import_sha256_length CHECK (length(import_sha256) = 32),
    source_repo text NOT NULL DEFAULT '',
    source_path text NOT NULL DEFAULT '',
    source_commit text NOT NULL DEFAULT '',
    source_licence text NOT NULL DEFAULT '',
    -- Front matter we have no column for: key to value as YAML text.
    extra jsonb NOT NULL DEFAULT '{}' CONSTRAINT reports_extra_is_object CHECK (jsonb_typeof(extra) = 'object'),
    -- The sections as plain text, made at every save: what snippets are cut from and fallback search reads.
    -- Heading, U+001F, text, U+001E, and so on.
    plain_text text NOT NULL CONSTRAINT reports_plain_text_size CHECK (octet_length(plain_text) <= 2097152),
    -- The number of the latest revision: what If-Match and stale saves are judged by.
    revision integer NOT NULL DEFAULT 1 CONSTRAINT reports_revision_positive CHECK (revision > 0),
    -- Version of the search document: bumped once in every transaction that touches the report or its rows.
    rev bigint NOT NULL DEFAULT 1,
    changed_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    created_by bigint CONSTRAINT reports_created_by_fkey REFERENCES people (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz,
    CONSTRAINT reports_near_miss_without_severity CHECK (kind <> 'near_miss' OR severity IS NULL),
    CONSTRAINT reports_mitigated_after_start CHECK (mitigated_at >= started_at),
    CONSTRAINT reports_resolved_after_start CHECK (resolved_at >= started_at),
    CONSTRAINT reports_acknowledged_after_detection CHECK (acknowledged_at >= detected_at),
    CONSTRAINT reports_resolved_after_detection CHECK (resolved_at >= detected_at),
    CONSTRAINT reports_resolved_after_mitigation CHECK (resolved_at >= mitigated_at),
    CONSTRAINT reports_published_has_time CHECK (status <> 'published' OR published_at IS NOT NULL)
);
CREATE INDEX reports_published_idx ON reports (published_at DESC, id DESC) WHERE status = 'published';
CREATE INDEX reports_created_by_idx ON reports (created_by);
CREATE INDEX reports_updated_idx ON reports (updated_at DESC);

-- The next PM- number: a row instead of a sequence, because a sequence loses numbers at every rollback.
CREATE TABLE report_numbers (
    one boolean CONSTRAINT report_numbers_pkey PRIMARY KEY DEFAULT true CONSTRAINT report_numbers_one_row CHECK (one),
    last bigint NOT NULL DEFAULT 0 CONSTRAINT report_numbers_not_negative CHECK (last >= 0)
);
INSERT INTO report_numbers DEFAULT VALUES;

-- Slugs a report had before: they redirect.
CREATE TABLE report_slugs (
    slug text CONSTRAINT report_slugs_pkey PRIMARY KEY CONSTRAINT report_slugs_length CHECK (length(slug) BETWEEN 1 AND 100),
    report_id bigint NOT NULL CONSTRAINT report_slugs_report_fkey REFERENCES reports (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX report_slugs_report_idx ON report_slugs (report_id);

CREATE TABLE report_authors (
    report_id bigint NOT NULL CONSTRAINT report_authors_report_fkey REFERENCES reports (id) ON DELETE CASCADE,
    person_id bigint NOT NULL CONSTRAINT report_authors_person_fkey REFERENCES people (id) ON DELETE CASCADE,
    CONSTRAINT report_authors_pkey PRIMARY KEY (report_id, person_id)
);
CREATE INDEX report_authors_person_idx ON report_authors (person_id);

-- Who may see a restricted report: a person or a team.
CREATE TABLE report_viewers (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT report_viewers_pkey PRIMARY KEY,
    report_id bigint NOT NULL CONSTRAINT report_viewers_report_fkey REFERENCES reports (id) ON DELETE CASCADE,
    person_id bigint CONSTRAINT report_viewers_person_fkey REFERENCES people (id) ON DELETE CASCADE,
    team_id bigint CONSTRAINT report_viewers_team_fkey REFERENCES teams (id) ON DELETE CASCADE,
    CONSTRAINT report_viewers_one_subject CHECK (num_nonnulls(person_id, team_id) = 1),
    CONSTRAINT report_viewers_person_key UNIQUE (report_id, person_id),
    CONSTRAINT report_viewers_team_key UNIQUE (report_id, team_id)
);

CREATE TABLE report_services (
    report_id bigint NOT NULL CONSTRAINT report_services_report_fkey REFERENCES reports (id) ON DELETE CASCADE,
    service_id bigint NOT NULL CONSTRAINT report_services_service_fkey REFERENCES services (id) ON DELETE RESTRICT,
    position integer NOT NULL CONSTRAINT report_services_position CHECK (position >= 0),
    CONSTRAINT report_services_pkey PRIMARY KEY (report_id, service_id)
);
CREATE INDEX report_services_service_idx ON report_services (service_id);

CREATE TABLE report_teams (
    report_id bigint NOT NULL CONSTRAINT report_teams_report_fkey REFERENCES reports (id) ON DELETE CASCADE,
    team_id bigint NOT NULL CONSTRAINT report_teams_team_fkey REFERENCES teams (id) ON DELETE RESTRICT,
    position integer NOT NULL CONSTRAINT report_teams_position CHECK (position >= 0),
    CONSTRAINT report_teams_pkey PRIMARY KEY (report_id, team_id)
);
CREATE INDEX report_teams_team_idx ON report_teams (team_id);

CREATE TABLE report_tags (
    report_id bigint NOT NULL CONSTRAINT report_tags_report_fkey REFERENCES reports (id) ON DELETE CASCADE,
    tag_id bigint NOT NULL CONSTRAINT report_tags_tag_fkey REFERENCES tags (id) ON DELETE RESTRICT,
    position integer NOT NULL CONSTRAINT report_tags_position CHECK (position >= 0),
    CONSTRAINT report_tags_pkey PRIMARY KEY (report_id, tag_id)
);
CREATE INDEX report_tags_tag_idx ON report_tags (tag_id);

CREATE TABLE report_sections (
    report_id bigint NOT NULL CONSTRAINT report_sections_report_fkey REFERENCES reports (id) ON DELETE CASCADE,
    position integer NOT NULL CONSTRAINT report_sections_position CHECK (position >= 0),
    role text NOT NULL CONSTRAINT report_sections_role_known CHECK (role IN (
        'summary', 'impact', 'timeline', 'detection', 'factors', 'resolution', 'went_well', 'went_poorly',
        'lucky', 'surprise', 'safeguard', 'open_question', 'countermeasures', 'other')),
    heading text NOT NULL,
    text text NOT NULL,
    CONSTRAINT report_sections_pkey PRIMARY KEY (report_id, position)
);

CREATE TABLE timeline_events (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT timeline_events_pkey PRIMARY KEY,
    report_id bigint NOT NULL CONSTRAINT timeline_events_report_fkey REFERENCES reports (id) ON DELETE CASCADE,
    position integer NOT NULL CONSTRAINT timeline_events_position CHECK (position >= 0),
    at timestamptz,
    at_text text NOT NULL DEFAULT '',
    known_at timestamptz,
    phase text CONSTRAINT timeline_events_phase_known CHECK (phase IN (
        'background', 'trigger', 'detect', 'diagnose', 'decide', 'act', 'recover', 'communicate')),
    text text NOT NULL,
    role text NOT NULL DEFAULT '',
    evidence text NOT NULL DEFAULT '',
    starred boolean NOT NULL DEFAULT false,
    source text NOT NULL DEFAULT 'manual' CONSTRAINT timeline_events_source_known CHECK (source IN ('manual', 'chat', 'alert', 'import', 'bot')),
    CONSTRAINT timeline_events_position_key UNIQUE (report_id, position)
);

CREATE TABLE report_factors (
    report_id bigint NOT NULL CONSTRAINT report_factors_report_fkey REFERENCES reports (id) ON DELETE CASCADE,
    position integer NOT NULL CONSTRAINT report_factors_position CHECK (position >= 0),
    factor_id bigint NOT NULL CONSTRAINT report_factors_factor_fkey REFERENCES factors (id) ON DELETE RESTRICT,
    role text NOT NULL DEFAULT 'contributed' CONSTRAINT report_factors_role_known CHECK (role IN ('contributed', 'amplified', 'delayed_detection', 'delayed_recovery')),
    note text NOT NULL DEFAULT '',
    CONSTRAINT report_factors_pkey PRIMARY KEY (report_id, position)
);
CREATE INDEX report_factors_factor_idx ON report_factors (factor_id);

CREATE TABLE learnings (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT learnings_pkey PRIMARY KEY,
    report_id bigint NOT NULL CONSTRAINT learnings_report_fkey REFERENCES reports (id) ON DELETE CASCADE,
    position integer NOT NULL CONSTRAINT learnings_position CHECK (position >= 0),
    kind text NOT NULL CONSTRAINT learnings_kind_known CHECK (kind IN ('went_well', 'went_poorly', 'lucky', 'surprise', 'safeguard', 'open_question')),
    text text NOT NULL,
    CONSTRAINT learnings_position_key UNIQUE (report_id, position)
);

CREATE TABLE countermeasures (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT countermeasures_pkey PRIMARY KEY,
    report_id bigint NOT NULL CONSTRAINT countermeasures_report_fkey REFERENCES reports (id) ON DELETE CASCADE,
    position integer NOT NULL CONSTRAINT countermeasures_position CHECK (position >= 0),
    title text NOT NULL,
    details text NOT NULL DEFAULT '',
    type text CONSTRAINT countermeasures_type_known CHECK (type IN ('prevent', 'detect', 'mitigate', 'repair', 'learn')),
    factor text NOT NULL DEFAULT '',
    problem text NOT NULL DEFAULT '',
    hypothesis text NOT NULL DEFAULT '',
    expected_effect text NOT NULL DEFAULT '',
    measure text NOT NULL DEFAULT '',
    check_on date,
    owner text NOT NULL DEFAULT '',
    due_on date,
    priority text NOT NULL DEFAULT '',
    tracker text NOT NULL DEFAULT '',
    status text NOT NULL DEFAULT 'proposed' CONSTRAINT countermeasures_status_known CHECK (status IN ('proposed', 'accepted', 'in_progress', 'done', 'wont_do')),
    status_reason text NOT NULL DEFAULT '',
    result text CONSTRAINT countermeasures_result_known CHECK (result IN ('confirmed', 'refuted', 'inconclusive', 'did_not_hold')),
    evidence text NOT NULL DEFAULT '',
    CONSTRAINT countermeasures_position_key UNIQUE (report_id, position),
    CONSTRAINT countermeasures_wont_do_has_reason CHECK (status <> 'wont_do' OR btrim(status_reason) <> '')
);

CREATE TABLE report_links (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT report_links_pkey PRIMARY KEY,
    from_report_id bigint NOT NULL CONSTRAINT report_links_from_fkey REFERENCES reports (id) ON DELETE CASCADE,
    to_report_id bigint NOT NULL CONSTRAINT report_links_to_fkey REFERENCES reports (id) ON DELETE CASCADE,
    kind text NOT NULL CONSTRAINT report_links_kind_known CHECK (kind IN ('recurrence_of', 'caused_by', 'similar_to', 'same_factor', 'supersedes', 'near_miss_of')),
    why text NOT NULL DEFAULT '',
    said_by bigint CONSTRAINT report_links_said_by_fkey REFERENCES people (id) ON DELETE SET NULL,
    said_by_token bigint CONSTRAINT report_links_said_by_token_fkey REFERENCES api_tokens (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT report_links_not_to_itself CHECK (from_report_id <> to_report_id),
    CONSTRAINT report_links_once UNIQUE (from_report_id, to_report_id, kind)
);
CREATE INDEX report_links_to_idx ON report_links (to_report_id);

-- Every save, whole and for ever.
CREATE TABLE revisions (
    report_id bigint NOT NULL CONSTRAINT revisions_report_fkey REFERENCES reports (id) ON DELETE CASCADE,
    number integer NOT NULL CONSTRAINT revisions_number_positive CHECK (number > 0),
    document text NOT NULL CONSTRAINT revisions_document_size CHECK (octet_length(document) <= 2097152),
    -- What happened, if it was more than a save: 'published', 'imported', 'merged' …
    event text NOT NULL DEFAULT 'saved' CONSTRAINT revisions_event_known CHECK (event IN ('created', 'saved', 'imported', 'published', 'unpublished', 'archived', 'restored', 'merged')),
    note text NOT NULL DEFAULT '' CONSTRAINT revisions_note_length CHECK (length(note) <= 1000),
    author_id bigint CONSTRAINT revisions_author_fkey REFERENCES people (id) ON DELETE SET NULL,
    -- Who saved, in words, for those without an account (importer, token).
    author_name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT revisions_pkey PRIMARY KEY (report_id, number)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER revisions_are_immutable BEFORE UPDATE OF report_id, number, document, event, note, author_name, created_at ON revisions
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE attachments (
    sha256 bytea CONSTRAINT attachments_pkey PRIMARY KEY CONSTRAINT attachments_sha256_length CHECK (length(sha256) = 32),
    media_type text NOT NULL CONSTRAINT attachments_media_type_known CHECK (media_type IN (
        'image/png', 'image/jpeg', 'image/gif', 'image/webp', 'application/pdf', 'text/plain')),
    size bigint NOT NULL CONSTRAINT attachments_size_range CHECK (size BETWEEN 1 AND 26214400),
    width integer,
    height integer,
    -- Empty when the bytes are in the object store.
    bytes bytea,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE report_attachments (
    report_id bigint NOT NULL CONSTRAINT report_attachments_report_fkey REFERENCES reports (id) ON DELETE CASCADE,
    sha256 bytea NOT NULL CONSTRAINT report_attachments_attachment_fkey REFERENCES attachments (sha256) ON DELETE RESTRICT,
    file_name text NOT NULL CONSTRAINT report_attachments_file_name_length CHECK (length(file_name) BETWEEN 1 AND 255),
    uploaded_by bigint CONSTRAINT report_attachments_uploaded_by_fkey REFERENCES people (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT report_attachments_pkey PRIMARY KEY (report_id, sha256)
);

-- Derived HTML of one revision, never trusted: drawn again when the renderer changes.
CREATE TABLE rendered_reports (
    report_id bigint NOT NULL CONSTRAINT rendered_reports_report_fkey REFERENCES reports (id) ON DELETE CASCADE,
    rev bigint NOT NULL,
    renderer_version integer NOT NULL,
    content text NOT NULL,
    CONSTRAINT rendered_reports_pkey PRIMARY KEY (report_id)
);
