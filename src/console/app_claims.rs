//! The claim rules of an app.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::app_settings::find;
use super::console_user::{AppAdmin, ConsoleUser};
use super::shell::{NavItem, Shell};
use crate::app::AppState;
use crate::clock::Time;
use crate::directory::accounts::AccountRef;
use crate::directory::clients::{ClientDetail, PreviewClaims, RuleResult, SetClaimRules};
use crate::directory::{Failure, Reader};
use crate::model::claim_rules::{ClaimRule, ClaimRules, ClaimTarget};
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::paths;
use crate::web::error::PageError;
use crate::web::note::{Note, noted};
use crate::web::page::{FieldError, PageState, page};
use crate::web::recent::Recent;
use crate::web::rejection::Rejection;
use crate::web::submission::{PageRequest, Submission, Visitor};
use crate::words::{self, changes};

page! {
    /// The claim rules of an app.
    AppClaims "console/app_claims.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The app.
        app: ClientDetail,
        /// The number of the rule in the form; `None` for a new one.
        editing: Option<usize>,
        /// The rule in the form.
        draft: ClaimRule,
        /// Whether the user may try rules for a person.
        may_try: bool,
        /// The person for whom the rules were tried, as typed.
        person: String,
        /// What became of each rule for this person; empty if nobody is chosen.
        results: Vec<RuleResult>,
        /// The errors and the notice.
        #[serde(flatten)]
        state: PageState,
    }
}

type Sent = Submission<Recent<AppAdmin>>;

/// Shows the rules, with one of them in the form if the query names it.
pub(super) async fn show(
    Path(id): Path<String>,
    PageRequest { app, user, params }: PageRequest<Recent<AppAdmin>>,
) -> Result<Response, PageError> {
    let user = user.0.0;
    let mut page = AppClaims {
        state: PageState::with_notice(noted(&app, &user, &params)),
        ..page(&app, &user, id).await?
    };
    let number = params.get("rule").and_then(|number| number.parse().ok());
    if let Some((number, rule)) = number.and_then(|number| rule_at(&page.app, number)) {
        page.editing = Some(number);
        page.draft = rule;
    }
    params
        .get("person")
        .unwrap_or_default()
        .trim()
        .clone_into(&mut page.person);
    if !page.person.is_empty() {
        let rules = page.app.settings.claim_rules.clone();
        let mut reader = app.directory.reader(&user.actor()).await?;
        try_for(&mut reader, &mut page, rules).await?;
    }
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

async fn page(app: &AppState, user: &ConsoleUser, id: String) -> Result<AppClaims, PageError> {
    let client = find(app, user, id).await?;
    Ok(AppClaims {
        shell: user.shell(NavItem::Apps),
        draft: new_rule(&client),
        app: client,
        editing: None,
        may_try: user.require(Permission::AccountRead).is_ok(),
        person: String::new(),
        results: Vec::new(),
        state: PageState::default(),
    })
}

/// The rule in the empty form: its claim is sent wherever the app receives claims.
fn new_rule(app: &ClientDetail) -> ClaimRule {
    let mut targets = vec![ClaimTarget::IdToken, ClaimTarget::UserInfo];
    if !app.settings.resources.is_empty() {
        targets.push(ClaimTarget::AccessToken);
    }
    ClaimRule {
        targets,
        ..ClaimRule::default()
    }
}

/// The rule with this number, from 1.
fn rule_at(app: &ClientDetail, number: usize) -> Option<(usize, ClaimRule)> {
    let rule = app.settings.claim_rules.all().get(number.checked_sub(1)?)?;
    Some((number, rule.clone()))
}

/// Tries rules for the person named in the form.
async fn try_for(reader: &mut Reader, page: &mut AppClaims, rules: ClaimRules) -> Result<(), PageError> {
    let ask = PreviewClaims {
        account: AccountRef::SignInName(page.person.clone()),
        app: page.app.client_id.clone(),
        rules: Some(rules),
    };
    match reader.read(ask).await {
        Ok(facts) => page.results = facts.results(),
        Err(failure) if failure.is(Code::AccountNotFound) => {
            let unknown = words::refusal(&Code::UnknownAccount.with("name", &page.person));
            page.state.errors.push(FieldError::at("person", unknown));
        }
        Err(failure) => page.state = Rejection::of(failure)?.state,
    }
    Ok(())
}

/// The rule that was typed.
fn typed(sent: &Sent) -> ClaimRule {
    let ticked = |target: &&ClaimTarget| sent.form.get(target.as_str()).is_some();
    let targets: Vec<ClaimTarget> = ClaimTarget::ALL.iter().filter(ticked).copied().collect();
    ClaimRule {
        claim: sent.trimmed("claim"),
        value: sent.trimmed("value"),
        targets: if targets.len() == ClaimTarget::ALL.len() {
            Vec::new()
        } else {
            targets
        },
        scope: Some(sent.trimmed("scope")).filter(|scope| !scope.is_empty()),
    }
}

/// Adds or replaces a rule, or only tries it for a person.
pub(super) async fn save(Path(id): Path<String>, sent: Sent) -> Result<Response, PageError> {
    let mut page = page(&sent.app, &sent.user.0.0, id).await?;
    page.draft = typed(&sent);
    page.editing = number(&sent).filter(|number| rule_at(&page.app, *number).is_some());
    let mut rules = page.app.settings.claim_rules.all().to_vec();
    match page.editing {
        Some(number) => rules[number - 1] = page.draft.clone(),
        None => rules.push(page.draft.clone()),
    }
    if sent.trimmed("act") != "try" {
        return change(&sent, page, rules).await;
    }
    page.person = sent.trimmed("person");
    let mut reader = sent.app.directory.reader(&sent.user.actor()).await?;
    try_for(&mut reader, &mut page, ClaimRules::new(rules)).await?;
    drop(reader);
    Ok(sent.show(StatusCode::OK, &page))
}

/// The number of a rule in the form.
fn number(sent: &Sent) -> Option<usize> {
    sent.trimmed("rule").parse().ok()
}

/// Removes a rule.
pub(super) async fn remove(Path(id): Path<String>, sent: Sent) -> Result<Response, PageError> {
    let page = page(&sent.app, &sent.user.0.0, id).await?;
    let mut rules = page.app.settings.claim_rules.all().to_vec();
    if let Some(at) = number(&sent).and_then(|number| number.checked_sub(1))
        && at < rules.len()
    {
        rules.remove(at);
    }
    change(&sent, page, rules).await
}

/// Moves a rule before the one above it.
pub(super) async fn move_up(Path(id): Path<String>, sent: Sent) -> Result<Response, PageError> {
    let page = page(&sent.app, &sent.user.0.0, id).await?;
    let mut rules = page.app.settings.claim_rules.all().to_vec();
    if let Some(at) = number(&sent).filter(|number| (2..=rules.len()).contains(number)) {
        rules.swap(at - 1, at - 2);
    }
    change(&sent, page, rules).await
}

async fn change(sent: &Sent, page: AppClaims, rules: Vec<ClaimRule>) -> Result<Response, PageError> {
    let id = page.app.client_id.clone();
    let replacement = SetClaimRules {
        id: id.clone(),
        rules: ClaimRules::new(rules),
        expected: sent.trimmed("seen").parse().ok().map(Time),
    };
    match sent.change(replacement).await {
        Ok(()) => Ok(Note::new(changes::APP_CLAIMS_CHANGED).go_to(sent, &paths::CONSOLE_APP_CLAIMS.of([id]))),
        Err(failure) => refused(sent, page, failure),
    }
}

fn refused(sent: &Sent, page: AppClaims, failure: Failure) -> Result<Response, PageError> {
    let Rejection { status, state } = Rejection::of(failure)?;
    Ok(sent.show(status, &AppClaims { state, ..page }))
}
