-- One schema for SQLite and PostgreSQL, with the types TEXT, BIGINT, BOOLEAN and BYTEA. Times are
-- microseconds since the Unix epoch; JSON is stored as text; columns *_key hold folded names.

CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    username TEXT NOT NULL,
    username_key TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    status_reason TEXT,
    -- The statuses to restore when the suspension is lifted, and when the deleted account is restored.
    status_before_suspension TEXT,
    status_before_deletion TEXT,
    name TEXT NOT NULL,
    profile TEXT NOT NULL,
    -- Folded username, name and addresses for searching. Every change of one of them updates it.
    search TEXT NOT NULL DEFAULT '',
    -- Incremented first by every change of the account, its roles, teams or groups, which serializes these
    -- changes.
    version BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    last_seen_at BIGINT,
    -- A deleted account can be restored for a time. Meanwhile, others can use its username and addresses.
    deleted_at BIGINT,
    -- The client network of a registration that waits for approval.
    registered_from TEXT,
    -- Outside of these dates the account cannot be used.
    valid_from BIGINT,
    valid_until BIGINT,
    -- Whether a second factor exists, so that reading a session needs no other table. Every change of the second
    -- factors updates it.
    has_second_factor BOOLEAN NOT NULL DEFAULT FALSE,
    -- When the password expires; null unless somebody else chose it, in which case its owner must choose another one.
    temporary_password_until BIGINT,
    -- 'local', or the directory that manages the account's name and password.
    source TEXT NOT NULL DEFAULT 'local'
);
CREATE INDEX accounts_status ON accounts (status, number);
CREATE INDEX accounts_last_seen ON accounts (COALESCE(last_seen_at, 0), number);
CREATE INDEX accounts_valid_until ON accounts (valid_until) WHERE valid_until IS NOT NULL;
-- Covers the counts of seats and statuses.
CREATE INDEX accounts_seats ON accounts (status, last_seen_at, valid_from, valid_until);

CREATE TABLE emails (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    address_key TEXT NOT NULL,
    address TEXT NOT NULL,
    verified BOOLEAN NOT NULL,
    is_primary BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, address_key)
);
-- Anybody can claim an address, but only one account has it verified.
CREATE UNIQUE INDEX emails_verified ON emails (address_key) WHERE verified;

-- Links that prove an address, by their ids.
CREATE TABLE email_proofs (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    address_key TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX email_proofs_account ON email_proofs (account_id);
CREATE INDEX email_proofs_expires ON email_proofs (expires_at);

-- Links that were mailed to an address in the last day, whoever asked for them.
CREATE TABLE mailed_links (
    id TEXT NOT NULL PRIMARY KEY,
    address_key TEXT NOT NULL,
    mailed_at BIGINT NOT NULL
);
CREATE INDEX mailed_links_address ON mailed_links (address_key, mailed_at);
CREATE INDEX mailed_links_mailed ON mailed_links (mailed_at);

CREATE TABLE passwords (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
    phc TEXT NOT NULL,
    -- Incremented each time the password is set. A session can be created only with the version that was
    -- verified.
    version BIGINT NOT NULL DEFAULT 0,
    changed_at BIGINT NOT NULL
);

-- Password resets, which the owner of the account completes with a link or a code.
CREATE TABLE resets (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    kind TEXT NOT NULL,
    secret_hash BYTEA NOT NULL UNIQUE,
    made_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX resets_account ON resets (account_id, created_at);
CREATE INDEX resets_expires ON resets (expires_at);

-- Secrets encrypted under the master key, each at a link that its recipient can open once.
CREATE TABLE handovers (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    sealed BYTEA NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX handovers_expires ON handovers (expires_at);

-- Secrets that sign in to an account once: for owners who have lost every other way to sign in, and for somebody who
-- acts as somebody else.
CREATE TABLE one_time_secrets (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    kind TEXT NOT NULL,
    secret_hash BYTEA NOT NULL UNIQUE,
    made_by TEXT NOT NULL,
    made_in TEXT,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX one_time_secrets_expires ON one_time_secrets (expires_at);

-- Authenticator apps as second factors. The seed is sealed with the master key.
CREATE TABLE authenticators (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL,
    seed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX authenticators_account ON authenticators (account_id);

-- Passkeys. The public key, the signature counter and the flags are JSON.
CREATE TABLE passkeys (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    credential_id BYTEA NOT NULL UNIQUE,
    credential TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX passkeys_account ON passkeys (account_id);

-- Codes of 120 random bits that stand in for an authenticator app, each once.
CREATE TABLE recovery_codes (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    code_hash BYTEA NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (account_id, code_hash)
);

-- Pictures of accounts, re-encoded by this program.
CREATE TABLE avatars (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
    version TEXT NOT NULL UNIQUE,
    png BYTEA NOT NULL
);

-- Failed sign-ins, by account and by client network.
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
    -- When it was last used; a session that is idle for too long ends.
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    end_reason TEXT,
    client_address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    -- Who acts as the user, and in which session of their own they began; both null for the user's own session.
    acted_by TEXT,
    acted_since TEXT,
    -- The trusted device that stood in for the second factor, if one did.
    trusted_device TEXT
);
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_acted ON sessions (acted_by) WHERE acted_by IS NOT NULL;
CREATE INDEX sessions_acted_since ON sessions (acted_since) WHERE acted_since IS NOT NULL;
CREATE INDEX sessions_expires ON sessions (expires_at);

-- Browsers in which people have signed in, each for one account.
CREATE TABLE devices (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    token_hash BYTEA NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    -- When it last signed in.
    seen_at BIGINT NOT NULL,
    client_address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    -- Until when it stands in for the second factor; null unless the owner of the account trusts it.
    trusted_until BIGINT
);
CREATE INDEX devices_account ON devices (account_id, seen_at);
CREATE INDEX devices_seen ON devices (seen_at);

CREATE TABLE teams (
    id TEXT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- The owner of a personal team, with whose account it is deleted and restored.
    owner_id TEXT UNIQUE REFERENCES accounts (id),
    created_at BIGINT NOT NULL,
    deleted_at BIGINT,
    -- From when its members need a second factor to sign in; null if they do not.
    second_factor_from BIGINT
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
    created_at BIGINT NOT NULL,
    -- From when its members need a second factor to sign in; null if they do not.
    second_factor_from BIGINT
);

CREATE TABLE group_members (
    group_id TEXT NOT NULL REFERENCES groups (id),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (group_id, account_id)
);
CREATE INDEX group_members_account ON group_members (account_id);

-- Groups inside groups.
CREATE TABLE group_groups (
    group_id TEXT NOT NULL REFERENCES groups (id),
    inner_id TEXT NOT NULL REFERENCES groups (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (group_id, inner_id)
);
CREATE INDEX group_groups_inner ON group_groups (inner_id);

-- Grants of instance roles (target is empty) and app roles (target is the client ID). Team roles are
-- memberships.
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

-- Roles for an app that the members of a group or a team hold; `holder` is its id.
CREATE TABLE shared_roles (
    client_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    holder TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    PRIMARY KEY (client_id, kind, holder, role)
);

-- Links that somebody can accept once: to join the instance (team_id is NULL) or a team, or to set the first
-- password of an account (account_id).
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
    team_id TEXT REFERENCES teams (id),
    -- Redirect URIs that wait for approval, as JSON.
    proposal TEXT,
    disabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE client_secrets (
    id TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (id),
    secret_hash BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    -- NULL if it does not expire.
    expires_at BIGINT
);
CREATE INDEX client_secrets_client ON client_secrets (client_id);

-- Logos of apps, re-encoded by this program.
CREATE TABLE app_logos (
    client_id TEXT NOT NULL PRIMARY KEY REFERENCES clients (id),
    version TEXT NOT NULL UNIQUE,
    png BYTEA NOT NULL
);

-- The facts of sign-in attempts, inserted with the first fact; the sealed attempt in the page has the target.
-- A finished attempt stays until it expires, so that its sealed copy cannot be replayed.
CREATE TABLE attempts (
    id TEXT NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL,
    chosen_session TEXT,
    -- What was proven while a second factor or a new password is missing: whose account, by which methods, and by which
    -- version of the password, if by a password.
    proven_account TEXT,
    proven_methods TEXT,
    proven_password BIGINT,
    consented_by TEXT,
    denied_at BIGINT,
    finished_at BIGINT
);
CREATE INDEX attempts_expires ON attempts (expires_at);

-- The scopes that users have approved for each app.
CREATE TABLE consents (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    client_id TEXT NOT NULL REFERENCES clients (id),
    scopes TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, client_id)
);

-- A user's authorization of an app: one row from the authorization code, if there is one, to the last
-- refresh.
CREATE TABLE grants (
    id TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (id),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- NULL if no browser was involved.
    session_id TEXT,
    scopes TEXT NOT NULL,
    claims TEXT NOT NULL,
    -- The resource server that the app named (RFC 8707 section 2).
    resource TEXT,
    -- Derived from the scopes and the claims parameter when the grant is inserted.
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
    -- The key that tokens are bound to (RFC 7800) and the actor on the user's behalf (RFC 8693 section 4.1),
    -- as JSON.
    cnf TEXT,
    act TEXT
);
CREATE INDEX grants_account ON grants (account_id);
CREATE INDEX grants_client ON grants (client_id);
CREATE INDEX grants_session ON grants (session_id);
CREATE INDEX grants_expires ON grants (expires_at);

-- Devices that wait for somebody to allow them access with a code (RFC 8628).
CREATE TABLE device_codes (
    device_hash BYTEA NOT NULL PRIMARY KEY,
    user_hash BYTEA NOT NULL UNIQUE,
    client_id TEXT NOT NULL REFERENCES clients (id),
    scopes TEXT NOT NULL,
    resource TEXT,
    client_address TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- How long the device must wait between two requests, and when it sent the last one.
    poll_interval BIGINT NOT NULL,
    polled_at BIGINT,
    -- When somebody answered, and the grant if they allowed it.
    answered_at BIGINT,
    grant_id TEXT
);
CREATE INDEX device_codes_client ON device_codes (client_id);
CREATE INDEX device_codes_expires ON device_codes (expires_at);

CREATE TABLE refresh_tokens (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    grant_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    rotated_at BIGINT
);
CREATE INDEX refresh_tokens_expires ON refresh_tokens (expires_at);

CREATE TABLE access_tokens (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    grant_id TEXT,
    client_id TEXT NOT NULL,
    scopes TEXT NOT NULL,
    -- The resource servers that it is for, separated by spaces; NULL for our own endpoints.
    audience TEXT,
    -- Derived from the scopes and the grant's claims parameter when the token is inserted.
    wants_email BOOLEAN NOT NULL,
    wants_groups BOOLEAN NOT NULL,
    wants_roles BOOLEAN NOT NULL,
    wants_teams BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX access_tokens_expires ON access_tokens (expires_at);
-- Only the tokens that resource servers accept without introspection.
CREATE INDEX access_tokens_grant ON access_tokens (grant_id) WHERE audience IS NOT NULL;

-- The apps that somebody has signed in to during a session, until it ends.
CREATE TABLE app_sessions (
    -- The current session of the browser, and the one that the app knows as `sid`. They differ once another session of
    -- the same account in the same browser has replaced the first one and taken over its apps.
    session_id TEXT NOT NULL,
    sid TEXT NOT NULL,
    client_id TEXT NOT NULL REFERENCES clients (id),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    signed_in_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (sid, client_id)
);
CREATE INDEX app_sessions_session ON app_sessions (session_id);
CREATE INDEX app_sessions_expires ON app_sessions (expires_at);

-- The messages that tell apps that somebody has been signed out: the queue and, once they are settled, the record.
-- Whoever leases a row increments attempts and moves due_at to the end of the lease.
CREATE TABLE logouts (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    client_id TEXT NOT NULL REFERENCES clients (id),
    -- NULL if no browser was involved.
    sid TEXT,
    queued_at BIGINT NOT NULL,
    -- NULL if the app has no URL for such messages.
    due_at BIGINT,
    attempts BIGINT NOT NULL DEFAULT 0,
    confirmed_at BIGINT,
    failed_at BIGINT,
    error TEXT,
    -- When the last access token expires that resource servers accept without introspection, and when the app may have
    -- received its last ID token.
    access_token_until BIGINT,
    id_token_at BIGINT NOT NULL
);
CREATE INDEX logouts_due ON logouts (client_id, due_at, id) WHERE confirmed_at IS NULL AND failed_at IS NULL;
CREATE INDEX logouts_account ON logouts (account_id, queued_at);
CREATE INDEX logouts_queued ON logouts (queued_at);

-- Identifiers that may be used only once: the jti of client assertions.
CREATE TABLE seen_once (
    purpose TEXT NOT NULL,
    value TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (purpose, value)
);
CREATE INDEX seen_once_expires ON seen_once (expires_at);

-- Secrets that a page shows after a form, encrypted, for one session and a few minutes.
CREATE TABLE shown_secrets (
    id TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX shown_secrets_expires ON shown_secrets (expires_at);

-- Mail that waits, and mail that was given up (failed_at). Whoever leases a row increments attempts and moves due_at
-- to the end of the lease.
CREATE TABLE outbox (
    id TEXT NOT NULL PRIMARY KEY,
    recipient TEXT NOT NULL,
    mail TEXT NOT NULL,
    queued_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    failed_at BIGINT,
    error TEXT
);
CREATE INDEX outbox_due ON outbox (due_at, id) WHERE failed_at IS NULL;
CREATE INDEX outbox_failed ON outbox (failed_at, id) WHERE failed_at IS NOT NULL;

CREATE TABLE signing_keys (
    kid TEXT NOT NULL PRIMARY KEY,
    algorithm TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    activates_at BIGINT NOT NULL,
    retires_at BIGINT,
    expires_at BIGINT,
    hints_until BIGINT
);

CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- Rows that transactions update so that they are serialized, and the version that invalidates caches.
CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value)
VALUES ('set-up', 0), ('cache', 0), ('numbers', 0), ('keys', 0), ('owners', 0), ('audit', 0), ('health', 0);

-- The audit log, hash-chained in batches; each batch is sealed with the master key.
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
    -- The position in the chain and the hash of all entries up to this one; both NULL until the entry's batch
    -- is sealed.
    sequence BIGINT,
    hash BYTEA
);
-- Ids sort by time, so each of these indexes lists the entries of a filter by time.
CREATE INDEX audit_actor ON audit (actor, id);
CREATE INDEX audit_target ON audit (target, id);
CREATE INDEX audit_action ON audit (action, id);
-- Nearly all entries are 'ok', so only the others need an index.
CREATE INDEX audit_outcome ON audit (outcome, id) WHERE outcome <> 'ok';
CREATE UNIQUE INDEX audit_sequence ON audit (sequence) WHERE sequence IS NOT NULL;
CREATE INDEX audit_unsealed ON audit (id) WHERE sequence IS NULL;

-- One row for each batch. The seal is an HMAC with the master key.
CREATE TABLE audit_seals (
    last_sequence BIGINT NOT NULL PRIMARY KEY,
    first_sequence BIGINT NOT NULL,
    at BIGINT NOT NULL,
    last_hash BYTEA NOT NULL,
    seal BYTEA NOT NULL
);
