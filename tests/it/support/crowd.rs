//! Many of everything, put straight into the database.

use super::TestApp;

const DAY: i64 = 86_400_000_000;

impl TestApp {
    /// Adds this many accounts, the first of them number 1: some never seen, some long ago, one in fifty suspended.
    pub async fn add_accounts(&self, number: i64) {
        let now = self.clock.now().0;
        self.sql(&format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {number}) INSERT INTO accounts \
             (id, number, username, username_key, status, name, profile, created_at, updated_at, last_seen_at, search) \
             SELECT 'id-' || i, i, 'user' || i, 'user' || i, CASE WHEN i % 50 = 7 THEN 'suspended' ELSE 'active' END, \
             'Person ' || i, '{{}}', {now} - i, {now}, CASE WHEN i % 3 = 0 THEN NULL ELSE {now} - i % 200 * {DAY} END, \
             'user' || i || ' person ' || i || ' user' || i || '@example.org' FROM n"
        ))
        .await;
    }

    /// Adds this many shared teams and groups, with up to `members` of the accounts in the first of each, and this
    /// many invitations and audit entries.
    pub async fn add_others(&self, number: i64, members: i64) {
        let now = self.clock.now().0;
        let n = |number: i64| {
            format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {number})")
        };
        for statement in [
            format!(
                "{} INSERT INTO teams (id, number, slug, name, kind, created_at) SELECT 'team-' || i, 1000000 + i, \
                 'team-' || i, 'Team ' || i, 'shared', {now} FROM n",
                n(number)
            ),
            format!(
                "{} INSERT INTO groups (id, name, name_key, created_at) SELECT 'group-' || i, 'group-' || i, \
                 'group-' || i, {now} FROM n",
                n(number)
            ),
            format!(
                "INSERT INTO memberships (team_id, account_id, role, created_at) SELECT 'team-1', id, 'member', {now} \
                 FROM accounts WHERE number BETWEEN 1 AND {members}"
            ),
            format!(
                "INSERT INTO group_members (group_id, account_id, created_at) SELECT 'group-1', id, {now} \
                 FROM accounts WHERE number BETWEEN 1 AND {members}"
            ),
            format!(
                "{} INSERT INTO invitations (id, token_hash, email, email_key, role, invited_by, created_at, expires_at) \
                 SELECT '0198-' || i, CAST('hash ' || i AS {}), 'person' || i || '@example.org', \
                 'person' || i || '@example.org', '', 'host', {now}, {now} + {DAY} * (i % 9 - 1) FROM n",
                n(number),
                if self.database.starts_with("postgres") {
                    "BYTEA"
                } else {
                    "BLOB"
                }
            ),
            format!(
                "{} INSERT INTO audit (id, at, actor, action, target, detail) SELECT '0198-' || i, {now} - i, 'host', \
                 'account.create', 'id-' || i, '{{}}' FROM n",
                n(number)
            ),
        ] {
            self.sql(&statement).await;
        }
    }
}
