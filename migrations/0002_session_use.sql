-- When a session was last used; one that is not used for a while ends.
ALTER TABLE sessions ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
UPDATE sessions SET seen_at = authenticated_at;
