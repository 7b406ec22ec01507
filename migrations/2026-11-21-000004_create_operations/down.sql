DROP TABLE audit_log, jobs, idempotency;
