//! The explanation of access, the real outcome and the test's own calculation agree in random set-ups.

use doorward::directory::Actor;
use doorward::directory::accounts::AccountRef;
use doorward::directory::clients::{ExplainAccess, SetAccessRule};
use doorward::model::access::AccessRule;
use doorward::model::{AccountId, ClientId, GroupId, TeamId};
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};

use crate::support::{Browser, On, Rp, TestApp, param};

const PEOPLE: usize = 8;
const GROUPS: usize = 4;
const TEAMS: usize = 3;
/// The roles that people may hold, as a rule writes them.
const ROLES: [(&str, &str, &str); 3] = [
    ("auditor", "instance", ""),
    ("admin", "instance", ""),
    ("app:operator", "app", "rp"),
];

/// One bit for each group, team or role.
type Bits = u32;

/// Who is in what, and what the rule names.
struct SetUp {
    /// For each person their groups, teams and roles.
    people: Vec<[Bits; 3]>,
    /// For each group, the groups inside it, all with a higher index.
    inner: Vec<Bits>,
    /// The groups, teams and roles of the rule.
    rule: [Bits; 3],
}

fn has(bits: Bits, at: usize) -> bool {
    bits & (1 << at) != 0
}

/// Random bits, each set with a probability of a quarter.
fn random_bits(rng: &mut TestRng, size: usize) -> Bits {
    rng.next_u32() & rng.next_u32() & ((1 << size) - 1)
}

impl SetUp {
    fn random(rng: &mut TestRng) -> Self {
        let sizes = [GROUPS, TEAMS, ROLES.len()];
        let mut of_each = || sizes.map(|size| random_bits(rng, size));
        let people = (0..PEOPLE).map(|_| of_each()).collect();
        let rule = of_each();
        let inner = (0..GROUPS)
            .map(|at| random_bits(rng, GROUPS) & !((2 << at) - 1))
            .collect();
        Self { people, inner, rule }
    }

    /// Whether a person may sign in.
    fn admits(&self, person: usize) -> bool {
        let [mut groups, teams, roles] = self.people[person];
        // Inner groups have higher indexes, so one pass from the last group finds all outer groups.
        for outer in (0..GROUPS).rev() {
            if self.inner[outer] & groups != 0 {
                groups |= 1 << outer;
            }
        }
        let held = [groups, teams, roles];
        held.iter().zip(self.rule).any(|(held, named)| held & named != 0)
    }

    /// The statements that bring the database into this state.
    fn statements(&self, ids: &[AccountId]) -> String {
        let mut all = "DELETE FROM group_members; DELETE FROM group_groups; DELETE FROM role_grants WHERE role <> 'owner'; \
                       DELETE FROM memberships WHERE team_id LIKE 't-%';"
            .to_owned();
        let mut add = |statement: String| all.push_str(&statement);
        for (id, [groups, teams, roles]) in ids.iter().zip(&self.people) {
            for at in (0..GROUPS).filter(|at| has(*groups, *at)) {
                add(format!("INSERT INTO group_members VALUES ('g-{at}', '{id}', 0);"));
            }
            for at in (0..TEAMS).filter(|at| has(*teams, *at)) {
                add(format!(
                    "INSERT INTO memberships (team_id, account_id, role, created_at) VALUES ('t-{at}', '{id}', 'member', 0);"
                ));
            }
            for (at, (reference, level, target)) in ROLES.iter().enumerate() {
                let role = reference.trim_start_matches("app:");
                if has(*roles, at) {
                    add(format!(
                        "INSERT INTO role_grants (account_id, level, role, target, created_at) \
                         VALUES ('{id}', '{level}', '{role}', '{target}', 0);"
                    ));
                }
            }
        }
        for (outer, inner) in self.inner.iter().enumerate() {
            for at in (0..GROUPS).filter(|at| has(*inner, *at)) {
                add(format!(
                    "INSERT INTO group_groups VALUES ('g-{outer}', 'g-{at}', 0);"
                ));
            }
        }
        all
    }

    fn rule(&self) -> AccessRule {
        let [groups, teams, roles] = self.rule;
        let named = ROLES.iter().enumerate().filter(|(at, _)| has(roles, *at));
        AccessRule {
            everyone: false,
            groups: (0..GROUPS)
                .filter(|at| has(groups, *at))
                .map(|at| GroupId(format!("g-{at}")))
                .collect(),
            teams: (0..TEAMS)
                .filter(|at| has(teams, *at))
                .map(|at| TeamId(format!("t-{at}")))
                .collect(),
            roles: named
                .map(|(_, (reference, ..))| (*reference).to_owned())
                .collect(),
            second_factor: false,
        }
    }
}

/// Whether the server lets a person in: it sends a code without showing a page, and the token endpoint accepts it.
async fn real_outcome(rp: &Rp, browser: &Browser) -> bool {
    let back = browser.get(&rp.authorize(&[("prompt", "none")])).await;
    let code = param(back.location(), "code");
    if code.is_empty() {
        assert_eq!(param(back.location(), "error"), "access_denied");
        return false;
    }
    assert_eq!(rp.redeem(&code).await.status, 200);
    true
}

/// Adds the groups and teams.
async fn add_groups_and_teams(test: &TestApp) {
    for at in 0..GROUPS {
        test.sql(&format!(
            "INSERT INTO groups (id, name, name_key, created_at) VALUES ('g-{at}', 'group{at}', 'group{at}', 0)"
        ))
        .await;
    }
    for at in 0..TEAMS {
        test.sql(&format!(
            "INSERT INTO teams (id, number, slug, name, kind, created_at) \
             VALUES ('t-{at}', 100{at}, 'team{at}', 'Team {at}', 'shared', 0)"
        ))
        .await;
    }
}

async fn agree(test: TestApp, rounds: usize) {
    let rp = test.rp().await;
    let (mut ids, mut browsers) = (Vec::new(), Vec::new());
    for at in 0..PEOPLE {
        let name = format!("person{at}");
        ids.push(test.add_person(&name).await);
        browsers.push(test.signed_in(&name).await);
    }
    add_groups_and_teams(&test).await;
    let mut rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut admitted = 0;
    for round in 0..rounds {
        let set_up = SetUp::random(&mut rng);
        test.sql(&set_up.statements(&ids)).await;
        let (id, rule) = (ClientId("rp".into()), set_up.rule());
        test.change(&Actor::HOST, SetAccessRule { id, rule })
            .await
            .unwrap();
        for (person, browser) in browsers.iter().enumerate() {
            let (account, app) = (AccountRef::Id(ids[person].clone()), ClientId("rp".into()));
            let explained = test.read(&Actor::HOST, ExplainAccess { account, app }).await;
            let explained = explained.unwrap();
            let expected = set_up.admits(person);
            let context = format!("round {round}, person {person}: {:?}", explained.reasons);
            assert_eq!(explained.allowed, expected, "{context}");
            assert_eq!(real_outcome(&rp, browser).await, expected, "{context}");
            admitted += usize::from(expected);
        }
    }
    // Neither outcome is rare, so both are tried often.
    let share = admitted * 100 / (rounds * PEOPLE);
    assert!((20..80).contains(&share), "{share} % were let in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn explanation_and_outcome_agree_on_sqlite() {
    agree(TestApp::start(On::Sqlite).await, 250).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn explanation_and_outcome_agree_on_postgres() {
    agree(TestApp::start(On::Postgres).await, 50).await;
}
