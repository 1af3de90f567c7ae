//! `doorward apps claims`: which claims an app receives besides the standard ones.

use anyhow::bail;
use clap::Args;
use serde_json::json;

use super::host::{Host, Operations};
use crate::directory::accounts::AccountRef;
use crate::directory::clients::{GetClient, PreviewClaims, SetClaimRules};
use crate::model::ClientId;
use crate::model::claim_rules::{ClaimRule, ClaimRules, ClaimTarget};

#[derive(Debug, Args)]
pub(super) struct SetClaims {
    /// The app's client ID.
    client_id: String,
    /// Add a rule: the claim and an expression for its value, such as `memberOf groups`.
    #[arg(long, num_args = 2, value_names = ["CLAIM", "VALUE"])]
    add: Option<Vec<String>>,
    /// Replace the rule with this number by the added one.
    #[arg(long, requires = "add", value_name = "NUMBER")]
    replace: Option<usize>,
    /// Where the claim is sent: `id_token`, `userinfo` or `access_token`; may be repeated. By default everywhere.
    #[arg(long = "in", requires = "add", value_name = "PLACE")]
    targets: Vec<ClaimTarget>,
    /// Send the claim only with this scope.
    #[arg(long, requires = "add")]
    scope: Option<String>,
    /// Remove the rule with this number.
    #[arg(long, value_name = "NUMBER", conflicts_with = "add")]
    remove: Option<usize>,
    /// Move the rule with this number up by one.
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["add", "remove"])]
    up: Option<usize>,
    /// Print what the rules make for this person: a username, e-mail address, number or id.
    #[arg(long = "for", value_name = "ACCOUNT")]
    person: Option<String>,
}

impl SetClaims {
    /// The rules after the change; `None` if there is none.
    fn applied_to(&self, mut rules: Vec<ClaimRule>) -> anyhow::Result<Option<Vec<ClaimRule>>> {
        for number in [self.replace, self.remove, self.up].into_iter().flatten() {
            if !(1..=rules.len()).contains(&number) {
                bail!("there is no rule {number}; the app has {}", rules.len());
            }
        }
        if let Some([claim, value]) = self.add.as_deref() {
            let rule = ClaimRule {
                claim: claim.clone(),
                value: value.clone(),
                targets: self.targets.clone(),
                scope: self.scope.clone(),
            };
            match self.replace {
                Some(number) => rules[number - 1] = rule,
                None => rules.push(rule),
            }
        } else if let Some(number) = self.remove {
            rules.remove(number - 1);
        } else if let Some(number) = self.up {
            if number > 1 {
                rules.swap(number - 1, number - 2);
            }
        } else {
            return Ok(None);
        }
        Ok(Some(rules))
    }
}

/// Changes the rules, if a change is named, and prints them.
pub(super) async fn set(host: &Host, operations: &Operations, set: SetClaims) -> anyhow::Result<()> {
    let id = ClientId(set.client_id.clone());
    let app = operations.read(GetClient { id: id.clone() }).await?;
    if let Some(rules) = set.applied_to(app.settings.claim_rules.all().to_vec())? {
        let change = SetClaimRules {
            id: id.clone(),
            rules: ClaimRules::new(rules),
            expected: Some(app.updated_at),
        };
        operations.change(change).await?;
    }
    if let Some(person) = set.person {
        return print_for(host, operations, id, AccountRef::Any(person)).await;
    }
    let app = operations.read(GetClient { id: id.clone() }).await?;
    let rules = app.settings.claim_rules.all();
    let lines: Vec<String> = rules.iter().enumerate().map(line).collect();
    let text = if lines.is_empty() {
        format!("{} receives the standard claims.", app.name)
    } else {
        lines.join("\n")
    };
    host.print(&text, &json!({ "client_id": id, "claim_rules": rules }));
    Ok(())
}

fn line((at, rule): (usize, &ClaimRule)) -> String {
    let places: Vec<&str> = rule.targets.iter().map(|target| target.as_str()).collect();
    let places = if places.is_empty() {
        String::new()
    } else {
        format!("  in {}", places.join(", "))
    };
    let scope = rule.scope.as_ref();
    let scope = scope.map_or_else(String::new, |scope| format!("  with {scope}"));
    format!("{}. {} = {}{places}{scope}", at + 1, rule.claim, rule.value)
}

async fn print_for(
    host: &Host,
    operations: &Operations,
    app: ClientId,
    account: AccountRef,
) -> anyhow::Result<()> {
    let rules = None;
    let facts = operations.read(PreviewClaims { account, app, rules }).await?;
    for result in facts.results() {
        let value = result.value.as_deref().unwrap_or("no claim");
        let why = result.why.as_ref();
        let why = why.map_or_else(String::new, |why| format!(": {why}"));
        let line = format!("{}. {} = {value}{why}", result.number, result.claim);
        host.print(&line, &serde_json::to_value(&result)?);
    }
    Ok(())
}
