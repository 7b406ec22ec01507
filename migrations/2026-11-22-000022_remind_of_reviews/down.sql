ALTER TABLE report_standings DROP COLUMN reminded_at;
