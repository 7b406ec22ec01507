-- What keeps the program honest: retried requests, work for later, and who did what.

CREATE TABLE idempotency (
    -- 'person:7' or 'token:3': whose key it is.
    owner text NOT NULL CONSTRAINT idempotency_owner_length CHECK (length(owner) BETWEEN 1 AND 100),
    key text NOT NULL CONSTRAINT idempotency_key_length CHECK (length(key) BETWEEN 1 AND 255),
    request_sha256 bytea NOT NULL CONSTRAINT idempotency_request_length CHECK (length(request_sha256) = 32),
    report_id bigint NOT NULL CONSTRAINT idempotency_report_fkey REFERENCES reports (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT idempotency_pkey PRIMARY KEY (owner, key)
);
CREATE INDEX idempotency_created_idx ON idempotency (created_at);

CREATE TABLE jobs (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT jobs_pkey PRIMARY KEY,
    kind text NOT NULL CONSTRAINT jobs_kind_length CHECK (length(kind) BETWEEN 1 AND 100),
    -- Ids and plain data, never content.
    arguments jsonb NOT NULL DEFAULT '{}',
    run_at timestamptz NOT NULL DEFAULT now(),
    leased_until timestamptz,
    attempts integer NOT NULL DEFAULT 0 CONSTRAINT jobs_attempts_not_negative CHECK (attempts >= 0),
    last_error text,
    parked_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX jobs_due_idx ON jobs (run_at) WHERE parked_at IS NULL;

CREATE TABLE audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT audit_log_pkey PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    person_id bigint CONSTRAINT audit_log_person_fkey REFERENCES people (id) ON DELETE SET NULL,
    actor text NOT NULL,
    action text NOT NULL CONSTRAINT audit_log_action_length CHECK (length(action) BETWEEN 1 AND 100),
    report_id bigint,
    details jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_log_report_idx ON audit_log (report_id);
CREATE INDEX audit_log_at_idx ON audit_log (at);
CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE OF at, actor, action, report_id, details OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
