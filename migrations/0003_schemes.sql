-- Roles are defined by the scheme, one document among the settings.
DROP TABLE roles;
CREATE INDEX role_grants_role ON role_grants (scope, role);
-- Changes that could take the last owner away take turns by this counter.
INSERT INTO counters (name, value) VALUES ('owners', 0);
-- A deleted account can be restored for a time; its name and addresses are free meanwhile.
ALTER TABLE accounts ADD COLUMN deleted_at BIGINT;
-- Groups may hold groups.
CREATE TABLE group_groups (
    group_id TEXT NOT NULL REFERENCES groups (id),
    inner_id TEXT NOT NULL REFERENCES groups (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (group_id, inner_id)
);
CREATE INDEX group_groups_inner ON group_groups (inner_id);
