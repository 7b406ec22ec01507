DROP FUNCTION unread_notifications(bigint);
DROP TABLE comments;
DROP TABLE notifications;
