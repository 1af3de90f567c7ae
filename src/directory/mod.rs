//! The operations: every read and write of accounts, teams, groups, roles, apps and settings, with its rules.
//!
//! Pages and commands call these operations and add nothing to their rules. Every operation checks the
//! authorization of its [`Actor`]; every change writes its audit entry in the same transaction.

pub mod access;
pub mod accounts;
pub mod acting;
mod actor;
pub mod audit;
pub mod authority;
mod authorization;
pub mod claim_facts;
pub mod clients;
pub mod consents;
mod context;
pub mod devices;
mod email_proof_mail;
pub mod email_proofs;
pub mod emails;
mod failure;
pub mod filter;
pub mod groups;
pub mod invitations;
pub mod joining;
pub mod launcher;
pub mod listing;
pub mod logouts;
pub mod mail;
pub mod names;
mod operation;
pub mod overview;
pub mod own_account;
pub mod passkeys;
pub mod pictures;
pub mod registration;
pub mod resets;
pub mod revocation;
pub mod roles;
pub mod schemes;
pub mod second_factor_policy;
pub mod second_factors;
pub mod set_up;
pub mod settings;
pub mod signed_id;
pub mod teams;

pub use actor::{Actor, Who};
pub use authorization::Authorization;
pub use context::{Caller, ChangeContext, ReadContext};
pub use failure::Failure;
pub(in crate::directory) use operation::operation;
pub use operation::{Change, Directory, Listed, Preparation, Read, Reader};

/// Declares the list of operations. The access test covers every entry, and only a listed type can be an
/// operation.
macro_rules! operations {
    ($($module:ident::$name:ident),* $(,)?) => {
        /// Every operation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Operation {
            $(
                #[doc = concat!("[`", stringify!($module), "::", stringify!($name), "`]")]
                $name
            ),*
        }

        impl Operation {
            /// Every operation, by noun.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }

        $(
            impl Listed for $module::$name {
                const OPERATION: Operation = Operation::$name;
            }
        )*
    };
}

operations! {
    accounts::FindAccount,
    accounts::ListAllAccounts,
    accounts::ListAccounts,
    accounts::CountSeats,
    accounts::GetAccount,
    accounts::GetConsequences,
    accounts::GetOwnAccount,
    accounts::GetNewAccountOptions,
    accounts::CreateAccount,
    accounts::UpdateProfile,
    accounts::SetValidity,
    accounts::SuspendAccount,
    accounts::ActivateAccount,
    accounts::ApproveAccount,
    accounts::RejectAccount,
    accounts::DeleteAccount,
    accounts::RestoreAccount,
    accounts::EndAccountSessions,
    logouts::GetSignOutReceipt,
    logouts::GetOwnSignOutReceipt,
    schemes::ListSchemes,
    schemes::GetScheme,
    schemes::PlanScheme,
    schemes::ApplyScheme,
    settings::GetSettings,
    settings::ChangePeopleSettings,
    settings::ChangeBranding,
    settings::ChangeSignInSettings,
    mail::GetMailSettings,
    mail::CheckMailSettings,
    mail::RecordMailTest,
    mail::ChangeMailSettings,
    mail::RemoveMailSettings,
    mail::ListUndeliveredMail,
    mail::RetryMail,
    mail::RetryAllMail,
    mail::DiscardMail,
    overview::GetOverview,
    audit::ListAuditEntries,
    audit::ExportAuditEntries,
    emails::AddEmail,
    emails::RemoveEmail,
    emails::MakeEmailPrimary,
    emails::VerifyEmail,
    email_proofs::AreEmailsProven,
    email_proofs::SendEmailProof,
    email_proofs::SendRegistrationProof,
    email_proofs::GetEmailProof,
    email_proofs::ProveEmail,
    own_account::ChangeOwnPassword,
    own_account::EndOwnSession,
    own_account::EndOtherSessions,
    devices::ForgetOwnDevice,
    devices::ForgetDevice,
    second_factors::AddAuthenticator,
    second_factors::RenameAuthenticator,
    second_factors::RemoveAuthenticator,
    second_factors::ReplaceRecoveryCodes,
    second_factors::RemoveSecondFactors,
    resets::SetPassword,
    resets::MakeTemporaryPassword,
    resets::ReplaceTemporaryPassword,
    resets::MakeResetLink,
    resets::MakeResetCode,
    resets::RequestReset,
    resets::GetReset,
    resets::CompleteReset,
    resets::CompleteCodeReset,
    acting::MakeOwnerSignIn,
    acting::RevokeOwnerSignIns,
    acting::ActAs,
    passkeys::AddPasskey,
    passkeys::RenamePasskey,
    passkeys::RemovePasskey,
    pictures::SetPicture,
    pictures::RemovePicture,
    pictures::GetPicture,
    teams::ListTeams,
    teams::GetTeam,
    teams::CreateTeam,
    teams::RenameTeam,
    teams::DeleteTeam,
    second_factor_policy::SetTeamSecondFactor,
    teams::SetTeamMember,
    teams::RemoveTeamMember,
    groups::ListGroups,
    groups::GetGroup,
    groups::CreateGroup,
    groups::RenameGroup,
    groups::DeleteGroup,
    second_factor_policy::SetGroupSecondFactor,
    groups::AddGroupMember,
    groups::RemoveGroupMember,
    groups::AddInnerGroup,
    groups::RemoveInnerGroup,
    roles::ListRoles,
    roles::ListEscalatingPermissions,
    roles::ListRiskyHolders,
    roles::GetAccountRoles,
    roles::GrantRole,
    roles::RevokeRole,
    roles::GrantAppRole,
    roles::RevokeAppRole,
    invitations::ListInvitations,
    invitations::InvitePeople,
    invitations::InviteAccount,
    invitations::RevokeInvitation,
    joining::GetInvitation,
    invitations::CreateInvitedAccount,
    joining::AcceptInvitation,
    joining::JoinByInvitation,
    joining::SetFirstPassword,
    registration::Register,
    set_up::SetUpInstance,
    launcher::ListOwnApps,
    consents::ListAppAccess,
    consents::WithdrawAppAccess,
    clients::ListClients,
    clients::GetClient,
    clients::CreateClient,
    clients::UpdateClient,
    clients::FindAccessRule,
    clients::SetAccessRule,
    clients::SetClaimRules,
    clients::ApproveRedirects,
    clients::RejectRedirects,
    clients::FindAppOwner,
    clients::ListAccountApps,
    clients::ListAppRoles,
    clients::ShareAppRole,
    clients::UnshareAppRole,
    clients::ListEntrants,
    clients::PreviewClaims,
    clients::LetIn,
    clients::ShutOut,
    clients::SetAppSecondFactor,
    clients::ExplainAccess,
    clients::DisableClient,
    clients::EnableClient,
    clients::DeleteClient,
    clients::AddClientSecret,
    clients::DropOldClientSecrets,
    clients::SetAppLogo,
    clients::RemoveAppLogo,
}
