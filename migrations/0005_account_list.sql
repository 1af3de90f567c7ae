-- What the list of accounts is searched by: user name, name and addresses, folded, kept by whoever changes one of them.
ALTER TABLE accounts ADD COLUMN search TEXT NOT NULL DEFAULT '';
UPDATE accounts SET search = username_key || ' ' || LOWER(name);
CREATE INDEX accounts_status ON accounts (status, number);
CREATE INDEX accounts_last_seen ON accounts (COALESCE(last_seen_at, 0), number);
