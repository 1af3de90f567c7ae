//! Large numbers of accounts, teams and entries, inserted into the database.

use super::TestApp;

const DAY: i64 = 86_400_000_000;

impl TestApp {
    /// Adds accounts with numbers from 1: some were never seen, some long ago, and one in fifty is suspended.
    pub async fn add_accounts(&self, number: i64) {
        let (now, numbers) = (self.clock.now().0, numbers(number));
        self.sql(&format!(
            "{numbers} INSERT INTO accounts \
             (id, number, username, username_key, status, name, profile, created_at, updated_at, last_seen_at, search) \
             SELECT 'id-' || i, i, 'user' || i, 'user' || i, CASE WHEN i % 50 = 7 THEN 'suspended' ELSE 'active' END, \
             'Person ' || i, '{{}}', {now} - i, {now}, CASE WHEN i % 3 = 0 THEN NULL ELSE {now} - i % 200 * {DAY} END, \
             'user' || i || ' person ' || i || ' user' || i || '@example.org' FROM n"
        ))
        .await;
    }

    /// Adds this number of shared teams, groups, invitations and audit entries, with up to `members` accounts in the
    /// first team and the first group.
    pub async fn add_teams_groups_and_entries(&self, number: i64, members: i64) {
        self.add_teams_and_groups(number).await;
        self.add_members(members).await;
        self.add_invitations(number).await;
        self.add_audit_entries(number).await;
    }

    async fn add_teams_and_groups(&self, number: i64) {
        let (now, numbers) = (self.clock.now().0, numbers(number));
        self.sql(&format!(
            "{numbers} INSERT INTO teams (id, number, slug, name, kind, created_at) SELECT 'team-' || i, 1000000 + i, \
             'team-' || i, 'Team ' || i, 'shared', {now} FROM n"
        ))
        .await;
        self.sql(&format!(
            "{numbers} INSERT INTO groups (id, name, name_key, created_at) SELECT 'group-' || i, 'group-' || i, \
             'group-' || i, {now} FROM n"
        ))
        .await;
    }

    async fn add_members(&self, members: i64) {
        let now = self.clock.now().0;
        self.sql(&format!(
            "INSERT INTO memberships (team_id, account_id, role, created_at) SELECT 'team-1', id, 'member', {now} \
             FROM accounts WHERE number BETWEEN 1 AND {members}"
        ))
        .await;
        self.sql(&format!(
            "INSERT INTO group_members (group_id, account_id, created_at) SELECT 'group-1', id, {now} \
             FROM accounts WHERE number BETWEEN 1 AND {members}"
        ))
        .await;
    }

    async fn add_invitations(&self, number: i64) {
        let (now, numbers, bytes) = (self.clock.now().0, numbers(number), self.bytes_type());
        self.sql(&format!(
            "{numbers} INSERT INTO invitations (id, token_hash, email, email_key, role, invited_by, created_at, \
             expires_at) SELECT '0198-' || i, CAST('hash ' || i AS {bytes}), 'person' || i || '@example.org', \
             'person' || i || '@example.org', '', 'host', {now}, {now} + {DAY} * (i % 9 - 1) FROM n"
        ))
        .await;
    }

    async fn add_audit_entries(&self, number: i64) {
        let (now, numbers) = (self.clock.now().0, numbers(number));
        self.sql(&format!(
            "{numbers} INSERT INTO audit (id, at, actor, action, target, detail) SELECT '0198-' || i, {now} - i, \
             'host', 'account.create', 'id-' || i, '{{}}' FROM n"
        ))
        .await;
    }
}

/// The beginning of a statement that defines `n(i)` with the numbers from 1 to `last`.
fn numbers(last: i64) -> String {
    format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {last})")
}
