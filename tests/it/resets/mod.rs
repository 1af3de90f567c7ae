//! Resets of passwords.

mod codes;
mod first;
mod forgotten;
mod hand_over;
mod links;
pub mod temporary;

use doorward::directory::Actor;

use crate::schemes::{add_to_team, ann, people, team};
use crate::support::TestApp;

/// A password that every scheme allows.
pub const NEW: &str = "Violet kettle harbour 7";

/// The command that creates Bob with a temporary password.
pub const CREATE_BOB: [&str; 6] = [
    "users",
    "create",
    "bob",
    "--email",
    "bob@example.org",
    "--temporary-password",
];

/// An admin and a reader of the team "ours", an outsider, and a reader of "ours" who is an admin of "theirs", in a scheme
/// with teams.
async fn two_teams(test: &TestApp) -> [Actor; 4] {
    let all = people(test, ["chief", "member", "outsider", "lead"]).await;
    let [chief, member, _, lead] = &all;
    let ours = team(test, &ann(test), "ours").await;
    let theirs = team(test, &ann(test), "theirs").await;
    for (who, team, role) in [
        (chief, &ours, "admin"),
        (member, &ours, "read"),
        (lead, &ours, "read"),
        (lead, &theirs, "admin"),
    ] {
        add_to_team(test, team, who, role).await;
    }
    all
}
