//! Who may reset whose password, and how.

use crate::directory::accounts::{AccountRef, ensure_local, find, require_chosen_passwords};
use crate::directory::authority::Authority;
use crate::directory::{Authorization, Caller, ChangeContext, Failure, ReadContext};
use crate::model::account::{Account, LOCAL, Status};
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::model::role::RoleLevel;
use crate::model::scheme::{ResetMode, Scheme};
use crate::model::text_enum;

text_enum! {
    /// A way to reset the password of somebody else.
    ResetWay {
        /// A link by which its owner chooses a password.
        Link = "link",
        /// A temporary password, which its owner replaces.
        Temporary = "temporary",
        /// A password that somebody types.
        Typed = "typed",
        /// A code for the sign-in page, with which its owner chooses a password.
        Code = "code",
    }
}

impl ResetWay {
    /// The usual way of a scheme.
    #[must_use]
    pub const fn usual(scheme: &Scheme) -> Self {
        match scheme.reset {
            ResetMode::Link => Self::Link,
            ResetMode::Temporary => Self::Temporary,
            ResetMode::Typed => Self::Typed,
            ResetMode::LoginForm => Self::Code,
        }
    }
}

/// The ways that the scheme has, the usual one first.
fn ways_of(scheme: &Scheme) -> Vec<ResetWay> {
    let mut ways = vec![ResetWay::Link, ResetWay::Temporary];
    if scheme.admins_set_passwords {
        ways.push(ResetWay::Typed);
    }
    if scheme.reset == ResetMode::LoginForm {
        ways.push(ResetWay::Code);
    }
    let usual = ResetWay::usual(scheme);
    ways.sort_by_key(|way| *way != usual);
    ways
}

/// The ways in which the caller may reset the password of an account; none if they may not.
pub fn ways(caller: &Caller, account: &Account, theirs: &Authority) -> Vec<ResetWay> {
    let has_password =
        account.source == LOCAL && matches!(account.status, Status::Active | Status::Suspended);
    if !has_password || check(&caller.authorization, &caller.scheme, theirs).is_err() {
        return Vec::new();
    }
    ways_of(&caller.scheme)
}

/// Reads an account whose password is about to be reset in this way, before the transaction.
///
/// # Errors
/// The reason why the caller may not reset it, or not in this way.
pub async fn find_for_reset(
    context: &mut ReadContext<'_>,
    account: &AccountRef,
    way: ResetWay,
) -> Result<Account, Failure> {
    require_somewhere(&context.authorization)?;
    let account = find(context.conn(), account).await?;
    let account = account.ok_or(Code::AccountNotFound)?;
    ensure_allowed(context, &account, way).await?;
    Ok(account)
}

/// Locks an account whose password is about to be reset in this way.
///
/// # Errors
/// As [`find_for_reset`].
pub async fn require_reset(
    context: &mut ChangeContext<'_>,
    account: &AccountRef,
    way: ResetWay,
) -> Result<Account, Failure> {
    require_somewhere(&context.authorization)?;
    let account = find(context.tx(), account).await?;
    let id = account.ok_or(Code::AccountNotFound)?.id;
    let account = context.locked_account(&id).await?;
    ensure_allowed(&mut context.reading(), &account, way).await?;
    Ok(account)
}

async fn ensure_allowed(
    context: &mut ReadContext<'_>,
    account: &Account,
    way: ResetWay,
) -> Result<(), Failure> {
    let theirs = context.authority_of(&account.id).await?;
    check(&context.authorization, &context.scheme, &theirs)?;
    require_way(context, way)?;
    ensure_local(account)
}

/// Requires a way that the scheme has; a command on the host may use any.
fn require_way(caller: &Caller, way: ResetWay) -> Result<(), Failure> {
    if way == ResetWay::Typed {
        return require_chosen_passwords(caller);
    }
    if caller.actor.account_id().is_none() || ways_of(&caller.scheme).contains(&way) {
        return Ok(());
    }
    Err(Code::ResetWayUnknown.into())
}

/// Requires the permission to reset passwords on the instance or in some team.
fn require_somewhere(authorization: &Authorization) -> Result<(), Failure> {
    let permission = Permission::AccountResetPassword;
    let own = authorization.authority();
    if own.is_some_and(|own| own.teams_with(permission).next().is_some()) {
        return Ok(());
    }
    authorization.require(permission)
}

/// Requires the permission, on the instance or in a team that both are in, and the subset guard. Refuses the actor's
/// own account, and one that only a command on the host may reset.
pub fn check(authorization: &Authorization, scheme: &Scheme, theirs: &Authority) -> Result<(), Failure> {
    require_somewhere(authorization)?;
    if let Some(own) = authorization.authority() {
        let permission = Permission::AccountResetPassword;
        let shares_team = own.teams_with(permission).any(|team| theirs.is_in_team(team));
        if !own.may(permission) && !shares_team {
            return Err(Code::AccountNotFound.into());
        }
        if own.account == theirs.account {
            // Their own password page requires the current password; this operation does not.
            return Err(Code::PasswordOwn.into());
        }
        if is_host_only(scheme, theirs) {
            return Err(Code::ResetOnHostOnly.into());
        }
    }
    authorization.require_dominates(theirs)
}

/// Whether only a command on the host may reset the password of whoever has this authority.
pub fn is_host_only(scheme: &Scheme, theirs: &Authority) -> bool {
    let roles = theirs.roles.iter();
    let mut definitions = roles.filter_map(|role| scheme.role(RoleLevel::Instance, role));
    definitions.any(|role| role.host_only_reset)
}
