-- What factors and teams were called before they were renamed, or merged into another: forms that are still open, files
-- that are imported again and clients that know the former name mean the one of today.
CREATE TABLE factor_former_names (
    -- In lower case.
    name text CONSTRAINT factor_former_names_pkey PRIMARY KEY,
    factor_id bigint NOT NULL CONSTRAINT factor_former_names_factor_fkey REFERENCES factors (id) ON DELETE CASCADE
);
CREATE INDEX factor_former_names_factor_idx ON factor_former_names (factor_id);
CREATE TABLE team_former_names (
    -- In lower case.
    name text CONSTRAINT team_former_names_pkey PRIMARY KEY,
    team_id bigint NOT NULL CONSTRAINT team_former_names_team_fkey REFERENCES teams (id) ON DELETE CASCADE
);
CREATE INDEX team_former_names_team_idx ON team_former_names (team_id);

-- A file is read in pieces: what is not compressed is read from its middle without what comes before. Of those stored
-- already, pictures are not compressed anyhow.
ALTER TABLE attachments ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- A save in which an administrator renamed what the report names: nobody's change of the report itself. Every older row
-- obeys the narrower rule, so none is read.
ALTER TABLE revisions
    DROP CONSTRAINT revisions_event_known,
    ADD CONSTRAINT revisions_event_known CHECK (event IN (
        'created', 'saved', 'imported', 'published', 'unpublished', 'archived', 'restored', 'merged', 'renamed',
        'review_asked', 'review_taken_back', 'changes_requested', 'approved', 'unarchived', 'facilitator')) NOT VALID;
