-- What reviewers said stays out of the history on purpose; it is still with the review.
ALTER TABLE comments DROP COLUMN edits, DROP COLUMN anchor_twins;
ALTER TABLE report_standings DROP COLUMN asked_by;
DROP INDEX reports_open_idx;
DROP TRIGGER revisions_sum_up ON revisions;
ALTER TABLE revisions DROP COLUMN text_sha256;
DROP FUNCTION sum_up_revision();
DROP FUNCTION revision_text_sha256(text);
