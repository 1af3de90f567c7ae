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

-- Outside these moments an account is as if it were suspended.
ALTER TABLE accounts ADD COLUMN valid_from BIGINT;
ALTER TABLE accounts ADD COLUMN valid_until BIGINT;
-- Who keeps the account's name and password: 'local', or the directory that it comes from.
ALTER TABLE accounts ADD COLUMN source TEXT NOT NULL DEFAULT 'local';
CREATE INDEX accounts_valid_until ON accounts (valid_until) WHERE valid_until IS NOT NULL;

-- Pictures of accounts, encoded anew by us.
CREATE TABLE avatars (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
    version TEXT NOT NULL UNIQUE,
    png BYTEA NOT NULL
);

-- Seats and states are counted along it alone.
CREATE INDEX accounts_seats ON accounts (status, last_seen_at);
