-- Who did what, from where and with which result; hash-chained in batches, each of which is sealed under the master key.

ALTER TABLE audit ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN outcome TEXT NOT NULL DEFAULT 'ok';
ALTER TABLE audit ADD COLUMN on_behalf TEXT NOT NULL DEFAULT '';
-- The place in the chain and the hash of everything up to here; both NULL until the row's batch is sealed.
ALTER TABLE audit ADD COLUMN sequence BIGINT;
ALTER TABLE audit ADD COLUMN hash BYTEA;

-- Ids sort by time, so each of these lists one filter's rows by time.
CREATE INDEX audit_actor ON audit (actor, id);
CREATE INDEX audit_target ON audit (target, id);
CREATE INDEX audit_action ON audit (action, id);
-- Nearly every row is 'ok', so only the others are worth an index.
CREATE INDEX audit_outcome ON audit (outcome, id) WHERE outcome <> 'ok';
DROP INDEX audit_at;

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

INSERT INTO counters (name, value) VALUES ('audit', 0);
