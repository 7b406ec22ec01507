-- What somebody is typing into a form, kept every few seconds: theirs alone, until they save or discard it. It is of a
-- report, or of the form of one that is yet to be.
CREATE TABLE autosaves (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT autosaves_pkey PRIMARY KEY,
    person_id bigint NOT NULL CONSTRAINT autosaves_person_fkey REFERENCES people (id) ON DELETE CASCADE,
    report_id bigint CONSTRAINT autosaves_report_fkey REFERENCES reports (id) ON DELETE CASCADE,
    form uuid,
    -- The fields of the form as they were typed.
    fields jsonb NOT NULL CONSTRAINT autosaves_fields_object CHECK (jsonb_typeof(fields) = 'object'),
    -- The revision it was begun from; 0 for a new report.
    base_revision integer NOT NULL CONSTRAINT autosaves_base_not_negative CHECK (base_revision >= 0),
    saved_at timestamptz NOT NULL,
    CONSTRAINT autosaves_about_one CHECK ((report_id IS NULL) <> (form IS NULL)),
    CONSTRAINT autosaves_one_per_report UNIQUE (person_id, report_id),
    CONSTRAINT autosaves_one_per_form UNIQUE (person_id, form)
);
CREATE INDEX autosaves_report_idx ON autosaves (report_id);
