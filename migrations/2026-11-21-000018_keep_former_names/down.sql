-- History stays, so `renamed` stays a word of it: every later change of such a row asks again.
ALTER TABLE revisions
    DROP CONSTRAINT revisions_event_known,
    ADD CONSTRAINT revisions_event_known CHECK (event IN (
        'created', 'saved', 'imported', 'published', 'unpublished', 'archived', 'restored', 'merged', 'renamed',
        'review_asked', 'review_taken_back', 'changes_requested', 'approved', 'unarchived', 'facilitator')) NOT VALID;
ALTER TABLE attachments ALTER COLUMN bytes SET STORAGE EXTENDED;
DROP TABLE team_former_names, factor_former_names;
