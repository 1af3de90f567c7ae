//! The authorization of every operation for every kind of actor, each time on fresh objects. An operation without a row
//! does not compile.

pub mod stage;

use std::pin::Pin;
use std::time::Duration;

use doorward::directory::accounts::{
    ActivateAccount, ApproveAccount, CountSeats, CreateAccount, DeleteAccount, EndAccountSessions,
    FindAccount, GetAccount, GetConsequences, GetNewAccountOptions, GetOwnAccount, ListAccounts,
    ListAllAccounts, RejectAccount, RestoreAccount, SetValidity, SuspendAccount, UpdateProfile,
};
use doorward::directory::acting::{ActAs, MakeOwnerSignIn, RevokeOwnerSignIns};
use doorward::directory::audit::{self, ExportAuditEntries, ListAuditEntries};
use doorward::directory::clients::{
    AddClientSecret, ApproveRedirects, DeleteClient, DisableClient, DropOldClientSecrets, EnableClient,
    Entrant, ExplainAccess, FindAccessRule, FindAppOwner, GetClient, LetIn, ListAccountApps, ListAppRoles,
    ListClients, ListEntrants, PreviewClaims, RejectRedirects, RemoveAppLogo, SetAccessRule, SetAppLogo,
    SetAppSecondFactor, SetClaimRules, ShareAppRole, ShutOut, UnshareAppRole, UpdateClient,
};
use doorward::directory::consents::{ListAppAccess, WithdrawAppAccess};
use doorward::directory::devices::{ForgetDevice, ForgetOwnDevice};
use doorward::directory::email_proofs::{
    AreEmailsProven, GetEmailProof, ProveEmail, SendEmailProof, SendRegistrationProof,
};
use doorward::directory::emails::{AddEmail, MakeEmailPrimary, RemoveEmail, VerifyEmail};
use doorward::directory::groups::{
    AddGroupMember, AddInnerGroup, CreateGroup, DeleteGroup, GetGroup, ListGroups, RemoveGroupMember,
    RemoveInnerGroup, RenameGroup,
};
use doorward::directory::invitations::{
    CreateInvitedAccount, InviteAccount, ListInvitations, RevokeInvitation,
};
use doorward::directory::joining::{AcceptInvitation, GetInvitation, JoinByInvitation, SetFirstPassword};
use doorward::directory::launcher::ListOwnApps;
use doorward::directory::logouts::{GetOwnSignOutReceipt, GetSignOutReceipt};
use doorward::directory::mail::{
    ChangeMailSettings, CheckMailSettings, DiscardMail, GetMailSettings, ListUndeliveredMail, RecordMailTest,
    RemoveMailSettings, RetryAllMail, RetryMail,
};
use doorward::directory::overview::GetOverview;
use doorward::directory::own_account::{EndOtherSessions, EndOwnSession};
use doorward::directory::passkeys::{RemovePasskey, RenamePasskey};
use doorward::directory::pictures::{GetPicture, RemovePicture, SetPicture};
use doorward::directory::registration::Register;
use doorward::directory::resets::{
    CompleteReset, GetReset, MakeResetCode, MakeResetLink, MakeTemporaryPassword, ReplaceTemporaryPassword,
    RequestReset, SetPassword,
};
use doorward::directory::roles::{
    GetAccountRoles, GrantAppRole, GrantRole, ListEscalatingPermissions, ListRiskyHolders, ListRoles,
};
use doorward::directory::schemes::{ApplyScheme, GetScheme, ListSchemes, PlanScheme, built_in};
use doorward::directory::second_factor_policy::{Beginning, SetGroupSecondFactor, SetTeamSecondFactor};
use doorward::directory::second_factors::{
    RemoveAuthenticator, RemoveSecondFactors, RenameAuthenticator, ReplaceRecoveryCodes,
};
use doorward::directory::set_up::SetUpInstance;
use doorward::directory::settings::{
    ChangeBranding, ChangePeopleSettings, ChangeSignInSettings, GetSettings,
};
use doorward::directory::signed_id::Purpose;
use doorward::directory::teams::{
    CreateTeam, DeleteTeam, GetTeam, ListTeams, MembershipEnd, RenameTeam, SetTeamMember, TeamRef,
};
use doorward::directory::{Actor, Operation};
use doorward::model::access::AccessRule;
use doorward::model::account_list::{Order, Start};
use doorward::model::audit::AuditFilter;
use doorward::model::claim_rules::ClaimRules;
use doorward::model::session::SessionLimits;
use doorward::model::settings::{Registration, SecondFactorFor, SecondFactorKinds};
use doorward::model::{AttemptId, AuthenticatorId, DeviceId, PasskeyId, SessionId};
use serde_json::Map;

use crate::mail::mail_settings;
use crate::schemes::team;
use crate::support::{PASSWORD, TestApp, apply, on_both};
pub use stage::invite;
use stage::{Stage, image};

const HOUR: Duration = Duration::from_hours(1);

/// The actors in the order of the columns.
const ACTORS: [&str; 7] = [
    "host",
    "owner",
    "admin",
    "auditor",
    "person",
    "team admin",
    "visitor",
];

// The outcomes; other kinds of refusals are "refused" (a conflict) and "invalid" (a field).
const Y: &str = "yes";
const F: &str = "forbidden";
const N: &str = "not found";
const I: &str = "invalid";

/// Boxes a future in a frame of its own, since all rows together would not fit on the stack.
#[inline(never)]
fn boxed<'a, F: Future<Output = &'static str> + 'a>(
    make: impl FnOnce() -> F,
) -> Pin<Box<dyn Future<Output = &'static str> + 'a>> {
    Box::pin(make())
}

/// The table. A row has `read` or `change`, the operation, the outcome for each actor, and an expression that creates
/// the operation: `$on` creates fresh objects for it, `$by` is the actor.
macro_rules! rows {
    (|$on:ident, $by:ident| $($kind:ident $operation:ident $expected:expr => $make:expr;)*) => {
        const fn expected(operation: Operation) -> [&'static str; 7] {
            match operation {
                $(Operation::$operation => $expected),*
            }
        }

        async fn outcome($on: &Stage, $by: &Actor, operation: Operation) -> &'static str {
            match operation {
                $(Operation::$operation => {
                    let tried = boxed(|| async move {
                        let made = $make;
                        $on.$kind($by, operation, made).await
                    });
                    tried.await
                })*
            }
        }
    };
}

//  host, owner, admin, auditor, person, team admin, visitor
rows! { |on, by|
    read FindAccount [Y, Y, Y, Y, F, F, F] => FindAccount { account: on.account("active").await.into() };
    read ListAllAccounts [Y, Y, Y, Y, F, F, F] => ListAllAccounts { after: -1, limit: 10 };
    read ListAccounts [Y, Y, Y, Y, F, F, F] => {
        ListAccounts { query: "status:active".into(), order: Order::Newest, start: Start::First, limit: 10 }
    };
    read CountSeats [Y, Y, Y, Y, F, F, F] => CountSeats;
    read GetAccount [Y, Y, Y, Y, F, F, F] => {
        GetAccount { account: on.account("active").await.into(), limits: SessionLimits::default() }
    };
    read GetSignOutReceipt [Y, Y, Y, Y, F, F, F] => {
        GetSignOutReceipt { account: on.account("active").await.into(), id_token: HOUR }
    };
    read GetOwnSignOutReceipt [F, Y, Y, Y, Y, Y, F] => GetOwnSignOutReceipt { id_token: HOUR };
    read GetConsequences [Y, Y, Y, Y, F, F, F] => {
        GetConsequences { accounts: vec![on.account("active").await], limits: SessionLimits::default() }
    };
    read GetNewAccountOptions [Y, Y, Y, F, F, F, F] => GetNewAccountOptions;
    read GetOwnAccount [F, Y, Y, Y, Y, Y, F] => GetOwnAccount { limits: SessionLimits::default() };
    change CreateAccount [Y, Y, Y, F, F, F, F] => CreateAccount { new: on.new_account() };
    change UpdateProfile [Y, Y, Y, F, F, F, F] => {
        UpdateProfile { id: on.account("active").await, claims: Map::new(), expected: None }
    };
    // In the default scheme only the host may set passwords for others.
    change SetPassword [Y, I, I, F, F, F, F] => {
        SetPassword { id: on.account("active").await, password: "violet kettle harbour".into() }
    };
    change SetValidity [Y, Y, Y, F, F, F, F] => {
        SetValidity { id: on.account("active").await, from: None, until: None }
    };
    change SuspendAccount [Y, Y, Y, F, F, F, F] => {
        SuspendAccount { id: on.account("active").await, reason: String::new() }
    };
    change ActivateAccount [Y, Y, Y, F, F, F, F] => ActivateAccount { id: on.account("suspended").await };
    change ApproveAccount [Y, Y, Y, F, F, F, F] => ApproveAccount { id: on.account("pending").await };
    change RejectAccount [Y, Y, Y, F, F, F, F] => RejectAccount { id: on.account("pending").await };
    change DeleteAccount [Y, Y, Y, F, F, F, F] => DeleteAccount { id: on.account("active").await };
    change RestoreAccount [Y, Y, Y, F, F, F, F] => RestoreAccount { id: on.deleted_account().await };
    change EndAccountSessions [Y, Y, Y, F, F, F, F] => EndAccountSessions { id: on.account("active").await };
    change AddEmail [Y, Y, Y, F, F, F, F] => {
        AddEmail { id: on.account("active").await, address: on.address() }
    };
    change RemoveEmail [Y, Y, Y, F, F, F, F] => {
        let (id, address) = on.account_with_email().await;
        RemoveEmail { id, address }
    };
    change MakeEmailPrimary [Y, Y, Y, F, F, F, F] => {
        let (id, address) = on.account_with_email().await;
        MakeEmailPrimary { id, address }
    };
    change VerifyEmail [Y, Y, Y, F, F, F, F] => {
        let (id, address) = on.account_with_email().await;
        VerifyEmail { id, address }
    };
    read AreEmailsProven [Y; 7] => AreEmailsProven;
    change SendEmailProof [F, "refused", "refused", "refused", "refused", "refused", F] => {
        SendEmailProof { address: on.address() }
    };
    read GetEmailProof ["refused"; 7] => GetEmailProof { link: on.signed_id(Purpose::EmailProof) };
    change ProveEmail ["refused"; 7] => ProveEmail { link: on.signed_id(Purpose::EmailProof) };
    change SendRegistrationProof ["refused"; 7] => {
        SendRegistrationProof { account: on.signed_id(Purpose::Registration) }
    };
    change ChangeOwnPassword [F, Y, Y, Y, Y, Y, F] => on.password_change(by).await;
    // None of these actors has a session.
    change EndOwnSession [F, N, N, N, N, N, F] => EndOwnSession { session: SessionId(on.name()) };
    change EndOtherSessions [F, N, N, N, N, N, F] => EndOtherSessions;
    change ForgetOwnDevice [F, N, N, N, N, N, F] => ForgetOwnDevice { id: DeviceId(on.name()) };
    change ForgetDevice [Y, Y, Y, F, F, F, F] => {
        let (account, id) = on.account_with_device().await;
        ForgetDevice { account, id }
    };
    // None of these actors has a second factor yet.
    change AddAuthenticator [F, Y, Y, Y, Y, Y, F] => on.new_authenticator();
    change RenameAuthenticator [F, N, N, N, N, N, F] => {
        RenameAuthenticator { id: AuthenticatorId(on.name()), name: "Phone".into() }
    };
    change RemoveAuthenticator [F, N, N, N, N, N, F] => RemoveAuthenticator { id: AuthenticatorId(on.name()) };
    change ReplaceRecoveryCodes [F, Y, Y, Y, Y, Y, F] => ReplaceRecoveryCodes;
    change AddPasskey [F, Y, Y, Y, Y, Y, F] => on.new_passkey();
    change RenamePasskey [F, N, N, N, N, N, F] => {
        RenamePasskey { id: PasskeyId(on.name()), name: "Phone".into() }
    };
    change RemovePasskey [F, N, N, N, N, N, F] => RemovePasskey { id: PasskeyId(on.name()) };
    change RemoveSecondFactors [Y, Y, Y, F, F, F, F] => {
        RemoveSecondFactors { id: on.account_with_second_factor().await }
    };
    // Ann, the only owner.
    change MakeOwnerSignIn [Y, F, F, F, F, F, F] => MakeOwnerSignIn { account: None };
    change RevokeOwnerSignIns [Y, F, F, F, F, F, F] => RevokeOwnerSignIns;
    change ActAs [Y, Y, F, F, F, F, F] => {
        ActAs { account: on.account("active").await.into(), reason: "help".into(), lifetime: HOUR }
    };
    change MakeTemporaryPassword [Y, Y, Y, F, F, F, F] => {
        MakeTemporaryPassword::new(on.account("active").await.into())
    };
    change MakeResetLink [Y, Y, Y, F, F, F, F] => {
        MakeResetLink::new(on.account("active").await.into(), &on.test.app.master, on.test.clock.now())
    };
    // The default scheme has no codes.
    change MakeResetCode [Y, "refused", "refused", F, F, F, F] => {
        MakeResetCode { account: on.account("active").await.into() }
    };
    change RequestReset [Y; 7] => {
        RequestReset::new(on.name(), &on.test.app.master, on.test.clock.now())
    };
    // Whoever has the link or the code is authorized.
    read GetReset [Y; 7] => GetReset { token: on.reset_link().await };
    change CompleteReset [Y; 7] => {
        CompleteReset { token: on.reset_link().await, password: PASSWORD.into() }
    };
    change CompleteCodeReset [Y; 7] => on.code_reset().await;
    // There is no such attempt; the tests in `resets` have attempts with a proof.
    change ReplaceTemporaryPassword ["refused"; 7] => {
        ReplaceTemporaryPassword { attempt: AttemptId(on.name()), password: PASSWORD.into() }
    };
    change SetPicture [F, Y, Y, Y, Y, Y, F] => {
        SetPicture { image: image(), address: "/pictures/{version}".into() }
    };
    change RemovePicture [F, Y, Y, Y, Y, Y, F] => RemovePicture;
    read GetPicture [N, N, N, N, N, N, N] => GetPicture { version: on.name() };
    read ListTeams [Y, Y, Y, Y, F, F, F] => {
        ListTeams { search: String::new(), personal: false, after: -1, limit: 10 }
    };
    read GetTeam [Y, Y, Y, Y, N, Y, N] => {
        GetTeam { team: TeamRef::Slug("tess-team".into()), members_after: -1, limit: 10 }
    };
    change CreateTeam [Y, Y, Y, Y, Y, Y, F] => CreateTeam { slug: Some(on.name()), name: "A team".into() };
    change RenameTeam [Y, Y, Y, F, N, Y, N] => {
        RenameTeam { team: TeamRef::Slug("tess-team".into()), name: "Of Tess".into() }
    };
    change SetTeamSecondFactor [Y, Y, Y, F, N, Y, N] => {
        SetTeamSecondFactor { team: TeamRef::Slug("tess-team".into()), begins: Beginning::Never }
    };
    change DeleteTeam [Y, Y, Y, F, N, Y, N] => DeleteTeam { team: on.team_of_tess().await };
    // The admin of a team can only invite an account that is not in the team.
    change SetTeamMember [Y, Y, Y, F, N, "refused", N] => {
        let account = on.account("active").await.into();
        let team = TeamRef::Slug("tess-team".into());
        SetTeamMember { team, account, role: None, end: MembershipEnd::Set(None) }
    };
    change RemoveTeamMember [Y, Y, Y, F, N, Y, N] => on.member_of_tess().await;
    read ListGroups [Y, Y, Y, Y, F, F, F] => {
        ListGroups { search: String::new(), after: String::new(), limit: 10 }
    };
    read GetGroup [Y, Y, Y, Y, F, F, F] => {
        GetGroup { group: on.group().await, members_after: -1, limit: 10 }
    };
    change CreateGroup [Y, Y, Y, F, F, F, F] => CreateGroup { name: on.name() };
    change SetGroupSecondFactor [Y, Y, Y, F, F, F, F] => {
        SetGroupSecondFactor { group: on.group().await, begins: Beginning::Never }
    };
    change RenameGroup [Y, Y, Y, F, F, F, F] => RenameGroup { group: on.group().await, name: on.name() };
    change DeleteGroup [Y, Y, Y, F, F, F, F] => DeleteGroup { group: on.group().await };
    change AddGroupMember [Y, Y, Y, F, F, F, F] => {
        let account = on.account("active").await.into();
        AddGroupMember { group: on.group().await, account, create: false }
    };
    change RemoveGroupMember [Y, Y, Y, F, F, F, F] => {
        let account = on.account("active").await.into();
        RemoveGroupMember { group: on.group().await, account }
    };
    change AddInnerGroup [Y, Y, Y, F, F, F, F] => {
        AddInnerGroup { group: on.group().await, inner: on.group().await }
    };
    change RemoveInnerGroup [Y, Y, Y, F, F, F, F] => {
        RemoveInnerGroup { group: on.group().await, inner: on.group().await }
    };
    read ListRoles [Y, Y, Y, Y, F, F, F] => ListRoles;
    read ListRiskyHolders [Y, Y, Y, Y, F, F, F] => ListRiskyHolders;
    read ListEscalatingPermissions [Y, Y, Y, Y, F, F, F] => ListEscalatingPermissions;
    read GetAccountRoles [Y, Y, Y, Y, F, F, F] => {
        GetAccountRoles { account: on.account("active").await.into() }
    };
    change GrantRole [Y, Y, F, F, F, F, F] => {
        GrantRole { account: on.account("active").await.into(), role: "auditor".into(), until: None }
    };
    change RevokeRole [Y, Y, F, F, F, F, F] => on.role_of_an_auditor().await;
    change GrantAppRole [Y, Y, Y, F, F, F, F] => {
        let account = on.account("active").await.into();
        GrantAppRole { account, app: on.app().await, role: "operator".into(), until: None }
    };
    change RevokeAppRole [Y, Y, Y, F, F, F, F] => on.role_for_an_app().await;
    read ListSchemes [Y, Y, Y, Y, F, F, F] => ListSchemes;
    read GetScheme [Y, Y, Y, Y, F, F, F] => GetScheme;
    read PlanScheme [Y, Y, F, F, F, F, F] => PlanScheme { scheme: built_in()[0].clone() };
    change ApplyScheme [Y, Y, F, F, F, F, F] => ApplyScheme { scheme: built_in()[0].clone() };
    read GetSettings [Y, Y, Y, Y, F, F, F] => GetSettings;
    change ChangePeopleSettings [Y, Y, F, F, F, F, F] => {
        ChangePeopleSettings {
            registration: Registration::Closed,
            domains: Vec::new(),
            invitation_days: 7,
            personal_teams: true,
            revision: on.settings_revision().await,
        }
    };
    change ChangeBranding [Y, Y, F, F, F, F, F] => {
        let organisation = on.name();
        ChangeBranding { organisation, accent: None, revision: on.settings_revision().await }
    };
    change ChangeSignInSettings [Y, Y, F, F, F, F, F] => {
        ChangeSignInSettings {
            second_factor: SecondFactorFor::Nobody,
            kinds: SecondFactorKinds::Any,
            has_passkeys: true,
            days: Some(0),
            revision: on.settings_revision().await,
        }
    };
    read GetMailSettings [Y, Y, F, F, F, F, F] => GetMailSettings;
    read CheckMailSettings [Y, Y, F, F, F, F, F] => CheckMailSettings { settings: mail_settings(1) };
    change RecordMailTest [Y, Y, F, F, F, F, F] => RecordMailTest { settings: mail_settings(1) };
    change ChangeMailSettings [Y, Y, F, F, F, F, F] => {
        ChangeMailSettings { settings: mail_settings(1), expected_version: on.test.mail_version().await }
    };
    change RemoveMailSettings [Y, Y, F, F, F, F, F] => {
        on.test.use_mail(1).await;
        RemoveMailSettings
    };
    read ListUndeliveredMail [Y, Y, F, F, F, F, F] => ListUndeliveredMail;
    change RetryMail [N, N, F, F, F, F, F] => RetryMail { id: on.name() };
    change RetryAllMail [Y, Y, F, F, F, F, F] => RetryAllMail;
    change DiscardMail [N, N, F, F, F, F, F] => DiscardMail { id: on.name() };
    read GetOverview [Y, Y, Y, Y, F, F, F] => GetOverview;
    read ListAuditEntries [Y, Y, Y, Y, F, F, F] => {
        ListAuditEntries { filter: AuditFilter::default(), limit: 10 }
    };
    read ExportAuditEntries [Y, Y, Y, Y, F, F, F] => {
        ExportAuditEntries { filter: AuditFilter::default(), order: audit::Order::Newest, limit: 10 }
    };
    read ListInvitations [Y, Y, Y, F, F, F, F] => ListInvitations { before: None, limit: 10 };
    change InvitePeople [Y, Y, Y, F, F, F, F] => invite(None);
    change InviteAccount [Y, Y, Y, F, F, F, F] => InviteAccount { id: on.account("invited").await };
    change RevokeInvitation [Y, Y, Y, F, F, F, F] => RevokeInvitation { id: on.invitation().await };
    change CreateInvitedAccount [Y, Y, Y, F, F, F, F] => CreateInvitedAccount { new: on.new_account() };
    read GetInvitation [Y; 7] => GetInvitation { link: on.link(invite(None)).await.into() };
    change AcceptInvitation [F, Y, Y, Y, Y, Y, F] => {
        let team = team(&on.test, &Actor::HOST, &on.name()).await;
        AcceptInvitation { link: on.link(invite(Some(team))).await.into() }
    };
    change JoinByInvitation [Y; 7] => {
        JoinByInvitation { link: on.link(invite(None)).await.into(), new: on.new_account() }
    };
    change SetFirstPassword [Y; 7] => {
        let invite = InviteAccount { id: on.account("invited").await };
        let invited = on.test.change(&Actor::HOST, invite).await.unwrap();
        SetFirstPassword { link: invited.token.unwrap().into(), password: PASSWORD.into() }
    };
    // Registration is closed.
    change Register [F; 7] => Register { new: on.new_account(), network: "192.0.2.1".into() };
    // The instance is set up.
    change SetUpInstance ["refused", F, F, F, F, F, F] => {
        SetUpInstance { organisation: "Example".into(), new: on.new_account() }
    };
    read ListAppAccess [F, Y, Y, Y, Y, Y, F] => ListAppAccess;
    change WithdrawAppAccess [F, Y, Y, Y, Y, Y, F] => WithdrawAppAccess { client_id: on.app().await };
    // Whoever keeps the apps of some team may list; the list has those apps alone.
    read ListClients [Y, Y, Y, Y, Y, Y, F] => ListClients;
    read GetClient [Y, Y, Y, Y, F, F, F] => GetClient { id: on.app().await };
    change CreateClient [Y, Y, Y, F, F, F, F] => on.new_client();
    change UpdateClient [Y, Y, Y, F, F, F, F] => {
        UpdateClient { id: on.app().await, name: None, settings: on.new_client().settings, expected: None }
    };
    read FindAccessRule [Y, Y, Y, F, F, F, F] => {
        FindAccessRule { everyone: true, groups: vec![], teams: vec![], roles: vec![] }
    };
    change SetAccessRule [Y, Y, Y, F, F, F, F] => {
        SetAccessRule { id: on.app().await, rule: AccessRule::for_everyone() }
    };
    change SetClaimRules [Y, Y, Y, F, F, F, F] => {
        SetClaimRules { id: on.app().await, rules: ClaimRules::default(), expected: None }
    };
    read PreviewClaims [Y, Y, Y, Y, F, F, F] => {
        PreviewClaims { account: on.account("active").await.into(), app: on.app().await, rules: None }
    };
    read FindAppOwner [Y, Y, Y, F, N, N, N] => {
        FindAppOwner { team: team(&on.test, &Actor::HOST, &on.name()).await.into() }
    };
    change ApproveRedirects ["refused", "refused", "refused", F, F, F, F] => {
        ApproveRedirects { id: on.app().await, at: on.test.clock.now() }
    };
    change RejectRedirects ["refused", "refused", "refused", F, F, F, F] => {
        RejectRedirects { id: on.app().await, at: on.test.clock.now() }
    };
    read ListOwnApps [F, Y, Y, Y, Y, Y, F] => ListOwnApps;
    read ListAccountApps [Y, Y, Y, Y, F, F, F] => {
        ListAccountApps { account: on.account("active").await.into() }
    };
    read ListAppRoles [Y, Y, Y, Y, F, F, F] => ListAppRoles { app: on.app().await };
    change ShareAppRole [Y, Y, Y, F, F, F, F] => on.shared_role().await;
    change UnshareAppRole [Y, Y, Y, F, F, F, F] => {
        let ShareAppRole { app, role, with, until } = on.shared_role().await;
        let share = ShareAppRole { app: app.clone(), role: role.clone(), with: with.clone(), until };
        on.test.change(&Actor::HOST, share).await.unwrap();
        UnshareAppRole { app, role, with }
    };
    read ListEntrants [Y, Y, Y, F, F, F, F] => ListEntrants;
    change LetIn [Y, Y, Y, F, F, F, F] => LetIn { id: on.app().await, who: Entrant::Everyone };
    change SetAppSecondFactor [Y, Y, Y, F, F, F, F] => {
        SetAppSecondFactor { id: on.app().await, required: false }
    };
    change ShutOut [Y, Y, Y, F, F, F, F] => ShutOut { id: on.app().await, who: Entrant::Everyone };
    read ExplainAccess [Y, Y, Y, Y, F, F, F] => {
        ExplainAccess { account: on.account("active").await.into(), app: on.app().await }
    };
    change DisableClient [Y, Y, Y, F, F, F, F] => DisableClient { id: on.app().await };
    change EnableClient [Y, Y, Y, F, F, F, F] => EnableClient { id: on.app().await };
    change DeleteClient [Y, Y, Y, F, F, F, F] => DeleteClient { id: on.app().await };
    change AddClientSecret [Y, Y, Y, F, F, F, F] => AddClientSecret { id: on.app().await, days: Some(30) };
    change SetAppLogo [Y, Y, Y, F, F, F, F] => SetAppLogo { id: on.app().await, image: image() };
    change RemoveAppLogo [Y, Y, Y, F, F, F, F] => RemoveAppLogo { id: on.app().await };
    change DropOldClientSecrets [Y, Y, Y, F, F, F, F] => DropOldClientSecrets { id: on.app().await };
}

#[apply(on_both)]
async fn every_operation_has_the_listed_outcome_for_every_kind_of_actor(test: TestApp) {
    let stage = Stage::new(test).await;
    let mut wrong = Vec::new();
    for operation in Operation::ALL {
        let mut seen = [""; 7];
        for (actor, seen) in stage.actors.iter().zip(&mut seen) {
            *seen = outcome(&stage, actor, *operation).await;
        }
        if seen != expected(*operation) {
            wrong.push((*operation, ACTORS.into_iter().zip(seen).collect::<Vec<_>>()));
        }
    }
    assert_eq!(wrong, [], "these differ from their rows");
}
