-- The version before cannot say it.
DELETE FROM notifications WHERE kind = 'search_matched';
ALTER TABLE notifications
    DROP CONSTRAINT notifications_kind_known,
    ADD CONSTRAINT notifications_kind_known CHECK (kind IN (
        'mentioned', 'comment_on_my_report', 'reply', 'asked_to_review', 'asked_to_facilitate', 'facilitator_found',
        'changes_requested', 'approved', 'published', 'unpublished', 'archived', 'review_reminder',
        'account_asked', 'account_given', 'account_merged', 'comment_erased')) NOT VALID;
DROP TRIGGER reports_change_published ON reports;
DROP TRIGGER reports_new_published ON reports;
DROP FUNCTION report_published();
DROP TABLE newly_published, saved_search_hits, saved_searches;
