-- One schema for SQLite and PostgreSQL: text, bigint, boolean, bytea; times are microseconds since the Unix epoch; JSON is text.

CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    username TEXT NOT NULL,
    username_key TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    status_reason TEXT,
    name TEXT NOT NULL,
    profile TEXT NOT NULL,
    -- User name, name and addresses, folded, kept by whoever changes one of them: what the list is searched by.
    search TEXT NOT NULL DEFAULT '',
    -- Counted up first by whoever changes the account, its roles, teams or groups, so that they take turns.
    version BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    last_seen_at BIGINT,
    -- A deleted account can be restored for a time; its name and addresses are free meanwhile.
    deleted_at BIGINT,
    -- Outside these moments an account is as if it were suspended.
    valid_from BIGINT,
    valid_until BIGINT,
    -- Who keeps the account's name and password: 'local', or the directory that it comes from.
    source TEXT NOT NULL DEFAULT 'local'
);
CREATE INDEX accounts_status ON accounts (status, number);
CREATE INDEX accounts_last_seen ON accounts (COALESCE(last_seen_at, 0), number);
CREATE INDEX accounts_valid_until ON accounts (valid_until) WHERE valid_until IS NOT NULL;
-- Seats and states are counted along it alone.
CREATE INDEX accounts_seats ON accounts (status, last_seen_at);

CREATE TABLE emails (
    address_key TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    address TEXT NOT NULL,
    verified BOOLEAN NOT NULL,
    is_primary BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX emails_account ON emails (account_id);

CREATE TABLE passwords (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
    phc TEXT NOT NULL,
    -- Counted up each time it is set: a session begins only while the password is the one that was checked.
    version BIGINT NOT NULL DEFAULT 0,
    changed_at BIGINT NOT NULL
);

-- Pictures of accounts, encoded anew by us.
CREATE TABLE avatars (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
    version TEXT NOT NULL UNIQUE,
    png BYTEA NOT NULL
);

-- Failed sign-ins in a row, by account and by client address.
CREATE TABLE throttles (
    subject TEXT NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    window_started_at BIGINT NOT NULL,
    last_failure_at BIGINT NOT NULL
);
CREATE INDEX throttles_last_failure ON throttles (last_failure_at);

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    token_hash BYTEA NOT NULL UNIQUE,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    amr TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    authenticated_at BIGINT NOT NULL,
    -- A session that is not used for a while ends.
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    end_reason TEXT,
    client_address TEXT NOT NULL,
    user_agent TEXT NOT NULL
);
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_expires ON sessions (expires_at);

CREATE TABLE teams (
    id TEXT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE memberships (
    team_id TEXT NOT NULL REFERENCES teams (id),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    role TEXT NOT NULL,
    expires_at BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (team_id, account_id, role)
);
CREATE INDEX memberships_account ON memberships (account_id);

CREATE TABLE groups (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE group_members (
    group_id TEXT NOT NULL REFERENCES groups (id),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (group_id, account_id)
);
CREATE INDEX group_members_account ON group_members (account_id);

-- Groups may contain groups.
CREATE TABLE group_groups (
    group_id TEXT NOT NULL REFERENCES groups (id),
    inner_id TEXT NOT NULL REFERENCES groups (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (group_id, inner_id)
);
CREATE INDEX group_groups_inner ON group_groups (inner_id);

-- Who holds an instance role (target is empty) or an app role (target is the client id); team roles are memberships.
CREATE TABLE role_grants (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    level TEXT NOT NULL,
    role TEXT NOT NULL,
    target TEXT NOT NULL,
    expires_at BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, level, role, target)
);
CREATE INDEX role_grants_role ON role_grants (level, role);

-- Links that let somebody join, each once: the instance (team_id is NULL), a team, or as an account that waits for
-- its first password (account_id).
CREATE TABLE invitations (
    id TEXT NOT NULL PRIMARY KEY,
    token_hash BYTEA NOT NULL UNIQUE,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    team_id TEXT,
    account_id TEXT,
    role TEXT NOT NULL,
    invited_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    accepted_by TEXT
);
CREATE INDEX invitations_team ON invitations (team_id, id);
CREATE INDEX invitations_account ON invitations (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX invitations_email ON invitations (email_key) WHERE ended_at IS NULL;

CREATE TABLE clients (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    settings TEXT NOT NULL,
    disabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE client_secrets (
    id TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (id),
    secret_hash BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX client_secrets_client ON client_secrets (client_id);

-- What has been established in an attempt to sign in, from the first fact on; its target travels sealed in the page. A
-- finished attempt stays until it has expired, so that no sealed copy of it is used again.
CREATE TABLE attempts (
    id TEXT NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL,
    chosen_session TEXT,
    consented_by TEXT,
    denied_at BIGINT,
    finished_at BIGINT
);
CREATE INDEX attempts_expires ON attempts (expires_at);

-- What a person has agreed that an app may receive.
CREATE TABLE consents (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    client_id TEXT NOT NULL REFERENCES clients (id),
    scopes TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, client_id)
);

-- What an app holds for a person: one row from the authorization code, where there is one, to the last refresh.
CREATE TABLE grants (
    id TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (id),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- NULL where no browser was part of it.
    session_id TEXT,
    scopes TEXT NOT NULL,
    claims TEXT NOT NULL,
    -- What the scopes and the claims parameter ask for, decided when the grant is written.
    offline BOOLEAN NOT NULL,
    wants_email BOOLEAN NOT NULL,
    wants_groups BOOLEAN NOT NULL,
    wants_roles BOOLEAN NOT NULL,
    wants_teams BOOLEAN NOT NULL,
    redirect_uri TEXT,
    nonce TEXT,
    code_challenge TEXT,
    auth_time BIGINT NOT NULL,
    amr TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    code_hash BYTEA UNIQUE,
    code_expires_at BIGINT,
    redeemed_at BIGINT,
    revoked_at BIGINT,
    expires_at BIGINT NOT NULL,
    -- The key that tokens are bound to (RFC 7800) and who acts for the account (RFC 8693 section 4.1), as JSON.
    cnf TEXT,
    act TEXT
);
CREATE INDEX grants_account ON grants (account_id);
CREATE INDEX grants_session ON grants (session_id);
CREATE INDEX grants_expires ON grants (expires_at);

CREATE TABLE refresh_tokens (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    grant_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    rotated_at BIGINT
);
CREATE INDEX refresh_tokens_grant ON refresh_tokens (grant_id);
CREATE INDEX refresh_tokens_expires ON refresh_tokens (expires_at);

CREATE TABLE access_tokens (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    grant_id TEXT,
    client_id TEXT NOT NULL,
    scopes TEXT NOT NULL,
    -- What its scopes and the grant's claims parameter ask for, decided when it is written.
    wants_email BOOLEAN NOT NULL,
    wants_groups BOOLEAN NOT NULL,
    wants_roles BOOLEAN NOT NULL,
    wants_teams BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX access_tokens_grant ON access_tokens (grant_id);
CREATE INDEX access_tokens_expires ON access_tokens (expires_at);

-- Identifiers that may be seen once: the jti of client assertions.
CREATE TABLE seen_once (
    purpose TEXT NOT NULL,
    value TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (purpose, value)
);
CREATE INDEX seen_once_expires ON seen_once (expires_at);

CREATE TABLE signing_keys (
    kid TEXT NOT NULL PRIMARY KEY,
    algorithm TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    activates_at BIGINT NOT NULL,
    retires_at BIGINT,
    expires_at BIGINT
);

CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- Rows that a transaction updates to take turns, and versions that tell caches to read again.
CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value)
VALUES ('set-up', 0), ('cache', 0), ('numbers', 0), ('keys', 0), ('owners', 0), ('audit', 0);

-- Who did what, from where and with which result; hash-chained in batches, each of which is sealed under the master key.
CREATE TABLE audit (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    address TEXT NOT NULL DEFAULT '',
    on_behalf TEXT NOT NULL DEFAULT '',
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    outcome TEXT NOT NULL DEFAULT 'ok',
    detail TEXT NOT NULL,
    -- The place in the chain and the hash of everything up to here; both NULL until the entry's batch is sealed.
    sequence BIGINT,
    hash BYTEA
);
-- Ids sort by time, so each of these lists one filter's entries by time.
CREATE INDEX audit_actor ON audit (actor, id);
CREATE INDEX audit_target ON audit (target, id);
CREATE INDEX audit_action ON audit (action, id);
-- Nearly every entry is 'ok', so only the others are worth an index.
CREATE INDEX audit_outcome ON audit (outcome, id) WHERE outcome <> 'ok';
CREATE UNIQUE INDEX audit_sequence ON audit (sequence) WHERE sequence IS NOT NULL;
CREATE INDEX audit_unsealed ON audit (id) WHERE sequence IS NULL;

-- One row a batch; the seal is an HMAC that cannot be made without the master key.
CREATE TABLE audit_seals (
    last_sequence BIGINT NOT NULL PRIMARY KEY,
    first_sequence BIGINT NOT NULL,
    at BIGINT NOT NULL,
    last_hash BYTEA NOT NULL,
    seal BYTEA NOT NULL
);
