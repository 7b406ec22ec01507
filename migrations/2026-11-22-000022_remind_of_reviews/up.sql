-- When those whom a review concerns were last reminded of it: once each time it is asked for.
ALTER TABLE report_standings ADD COLUMN reminded_at timestamptz;
