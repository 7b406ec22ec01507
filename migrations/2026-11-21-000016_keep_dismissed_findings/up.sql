-- Wording findings that the authors of a report have looked at and left as they are, by the name of the finding.
CREATE TABLE report_dismissals (
    report_id bigint NOT NULL CONSTRAINT report_dismissals_report_fkey REFERENCES reports (id) ON DELETE CASCADE,
    finding text NOT NULL CONSTRAINT report_dismissals_finding_shape CHECK (finding ~ '^[0-9a-f]{8}$'),
    CONSTRAINT report_dismissals_pkey PRIMARY KEY (report_id, finding)
);
