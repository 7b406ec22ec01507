-- People, teams, and how they prove who they are.

CREATE TABLE people (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT people_pkey PRIMARY KEY,
    email text NOT NULL CONSTRAINT people_email_shape CHECK (length(email) BETWEEN 3 AND 254 AND position('@' IN email) > 1 AND email !~ '[[:space:][:cntrl:]]'),
    name text NOT NULL CONSTRAINT people_name_length CHECK (length(btrim(name)) BETWEEN 1 AND 200),
    role text NOT NULL DEFAULT 'reader' CONSTRAINT people_role_known CHECK (role IN ('reader', 'author', 'admin')),
    password_hash text CONSTRAINT people_password_hash_shape CHECK (password_hash LIKE '$argon2id$%'),
    suspended_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX people_email_key ON people (lower(email));

CREATE TABLE teams (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT teams_pkey PRIMARY KEY,
    name text NOT NULL CONSTRAINT teams_name_length CHECK (length(btrim(name)) BETWEEN 1 AND 200),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX teams_name_key ON teams (lower(name));

CREATE TABLE team_members (
    team_id bigint NOT NULL CONSTRAINT team_members_team_fkey REFERENCES teams (id) ON DELETE CASCADE,
    person_id bigint NOT NULL CONSTRAINT team_members_person_fkey REFERENCES people (id) ON DELETE CASCADE,
    CONSTRAINT team_members_pkey PRIMARY KEY (team_id, person_id)
);
CREATE INDEX team_members_person_idx ON team_members (person_id);

-- Only the SHA-256 of a session's secret is stored: a stolen dump opens no session.
CREATE TABLE sessions (
    secret_sha256 bytea CONSTRAINT sessions_pkey PRIMARY KEY CONSTRAINT sessions_secret_length CHECK (length(secret_sha256) = 32),
    person_id bigint NOT NULL CONSTRAINT sessions_person_fkey REFERENCES people (id) ON DELETE CASCADE,
    csrf_secret bytea NOT NULL CONSTRAINT sessions_csrf_length CHECK (length(csrf_secret) = 32),
    user_agent text NOT NULL DEFAULT '' CONSTRAINT sessions_user_agent_length CHECK (length(user_agent) <= 400),
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    CONSTRAINT sessions_expire_after_creation CHECK (expires_at > created_at)
);
CREATE INDEX sessions_person_idx ON sessions (person_id);
CREATE INDEX sessions_expires_idx ON sessions (expires_at);

CREATE TABLE api_tokens (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT api_tokens_pkey PRIMARY KEY,
    secret_sha256 bytea NOT NULL CONSTRAINT api_tokens_secret_key UNIQUE CONSTRAINT api_tokens_secret_length CHECK (length(secret_sha256) = 32),
    name text NOT NULL CONSTRAINT api_tokens_name_length CHECK (length(btrim(name)) BETWEEN 1 AND 200),
    -- The person whose rights bound the token's; none for a bot of the organisation.
    person_id bigint CONSTRAINT api_tokens_person_fkey REFERENCES people (id) ON DELETE CASCADE,
    scopes text[] NOT NULL CONSTRAINT api_tokens_scopes_known CHECK (
        cardinality(scopes) > 0
        AND scopes <@ ARRAY['search:read', 'reports:read', 'reports:write', 'timeline:append', 'restricted:read', 'admin']
    ),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX api_tokens_person_idx ON api_tokens (person_id);

-- One-time links: the first set-up, later invitations and password resets.
CREATE TABLE one_time_links (
    secret_sha256 bytea CONSTRAINT one_time_links_pkey PRIMARY KEY CONSTRAINT one_time_links_secret_length CHECK (length(secret_sha256) = 32),
    purpose text NOT NULL CONSTRAINT one_time_links_purpose_known CHECK (purpose IN ('set_up', 'invite', 'reset_password')),
    person_id bigint CONSTRAINT one_time_links_person_fkey REFERENCES people (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);

-- Failed sign-ins, for throttling by address and by account across nodes.
CREATE TABLE sign_in_failures (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT sign_in_failures_pkey PRIMARY KEY,
    subject text NOT NULL CONSTRAINT sign_in_failures_subject_length CHECK (length(subject) BETWEEN 1 AND 300),
    failed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sign_in_failures_subject_idx ON sign_in_failures (subject, failed_at);
