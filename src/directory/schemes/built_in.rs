//! The built-in schemes, and the one that applies.

use std::sync::{Arc, LazyLock};

use super::rules;
use crate::directory::Failure;
use crate::model::refusal::Code;
use crate::model::scheme::Scheme;
use crate::store::{Conn, Db, Error, schemes};

const FILES: [&str; 6] = [
    include_str!("../../../schemes/default.toml"),
    include_str!("../../../schemes/coolify.toml"),
    include_str!("../../../schemes/harbor.toml"),
    include_str!("../../../schemes/cloudron.toml"),
    include_str!("../../../schemes/coder.toml"),
    include_str!("../../../schemes/pipeline.toml"),
];

static BUILT_IN: LazyLock<Vec<Scheme>> =
    LazyLock::new(|| FILES.iter().filter_map(|file| parse(file).ok()).collect());

static DEFAULT: LazyLock<Arc<Scheme>> = LazyLock::new(|| Arc::new(BUILT_IN[0].clone()));

/// The built-in schemes; the first one applies until another is applied.
#[must_use]
pub fn built_in() -> &'static [Scheme] {
    &BUILT_IN
}

/// The applied scheme, or the default one.
pub async fn active(db: &Db) -> Result<Arc<Scheme>, Error> {
    if let Some(scheme) = db.scheme().await? {
        return Ok(scheme);
    }
    Ok(DEFAULT.clone())
}

/// The applied scheme as read in a transaction, or the default one.
pub(super) async fn active_in(conn: &mut Conn) -> Result<Arc<Scheme>, Error> {
    let applied = schemes::get(conn).await?;
    Ok(applied.map_or_else(|| DEFAULT.clone(), Arc::new))
}

/// Parses a scheme in TOML.
///
/// # Errors
/// Every fault, each at its key.
pub fn parse(text: &str) -> Result<Scheme, Failure> {
    let scheme: Scheme = toml::from_str(text).map_err(|error| {
        let error = error.to_string();
        Code::SchemeSyntax.at("file").with("error", error.trim_end())
    })?;
    rules::validate(&scheme)?;
    Ok(scheme)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::permission::Permission;
    use crate::model::refusal::Refusal;
    use crate::model::role::RoleLevel;

    fn reasons(text: &str) -> Vec<Refusal> {
        match parse(text) {
            Err(Failure::Refused(reasons)) => reasons,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_built_in_scheme_can_be_read() {
        let names: Vec<_> = built_in().iter().map(|scheme| scheme.name.as_str()).collect();
        assert_eq!(
            names,
            ["default", "coolify", "harbor", "cloudron", "coder", "pipeline"]
        );
        let tops: Vec<_> = built_in().iter().map(Scheme::top_role).collect();
        assert_eq!(
            tops,
            ["owner", "root", "system-admin", "superadmin", "owner", "root"]
        );
    }

    /// A scheme with a fault in almost every key.
    const WRONG: &str = r#"
        name = "my scheme"
        title = "Mine"
        description = ""
        default_role = "nobody"
        team_owner_role = "reader"
        team_member_role = "gone"
        dormant_after_days = 0

        [[role]]
        level = "instance"
        name = "boss"
        title = "Boss"
        permissions = ["everything", "team.*"]
        implies = ["clerk"]
        may_create_as = ["*", "ghost"]
        may_manage = ["reader"]

        [[role]]
        level = "instance"
        name = "clerk"
        title = "Clerk"
        implies = ["boss"]

        [[role]]
        level = "team"
        name = "reader"
        title = "Reader"
        permissions = ["team.read"]
    "#;

    #[test]
    fn every_mistake_in_a_scheme_is_named_at_once() {
        let fields: Vec<_> = reasons(WRONG)
            .into_iter()
            .filter_map(|reason| reason.field)
            .collect();
        assert_eq!(
            fields,
            [
                "name",
                "role.permissions",
                "dormant_after_days",
                "default_role",
                "team_member_role",
                "team_owner_role",
                "role.permissions",
                "role.may_create_as",
                "role.may_manage",
                "role.implies",
                "role.implies",
            ]
        );
        assert_eq!(reasons("nam = 1")[0].code, Code::SchemeSyntax);
    }

    #[test]
    fn each_claim_has_a_name_of_its_own_and_typed_resets_need_administrators_who_set_passwords() {
        let scheme = |head: &str, claims: &str| {
            let file = FILES[0].replacen("\n[[role]]", &format!("\n[claims]\n{claims}\n\n[[role]]"), 1);
            parse(&format!("{head}\n{file}"))
        };
        let fields = |read: Result<Scheme, Failure>| match read {
            Ok(_) => Vec::new(),
            Err(Failure::Refused(reasons)) => reasons.into_iter().filter_map(|reason| reason.field).collect(),
            Err(failure) => panic!("{failure:?}"),
        };
        let none: [&str; 0] = [];
        assert_eq!(
            fields(scheme(
                "",
                r#"groups = "roles"
roles = "urn:x:roles""#
            )),
            none
        );
        assert_eq!(
            fields(scheme("", r#"groups = "teams""#)),
            ["claims.groups", "claims.teams"]
        );
        for name in ["sub", "email", "scope", "", "a b", "é"] {
            let teams = format!("teams = \"{name}\"");
            assert_eq!(fields(scheme("", &teams)), ["claims.teams"], "{name}");
        }
        assert_eq!(fields(scheme("", r#"team = "number""#)), ["file"]);
        assert_eq!(fields(scheme(r#"reset = "typed""#, "")), ["reset"]);
        let typed = "reset = \"typed\"\nadmins_set_passwords = true";
        assert_eq!(scheme(typed, "").unwrap().reset.as_str(), "typed");
        assert_eq!(scheme("", "").unwrap().reset.as_str(), "link");
        assert_eq!(fields(scheme(r#"reset = "pigeon""#, "")), ["file"]);
    }

    #[test]
    fn cl_17_a_mail_manager_has_the_mail_permissions_and_never_the_logs() {
        let scheme = built_in()
            .iter()
            .find(|scheme| scheme.name == "cloudron")
            .unwrap();
        let permissions = scheme.permissions_of(RoleLevel::Instance, "mail-manager");
        assert!(permissions.declared().any(|name| name == "mailbox.manage"));
        assert!(!permissions.matches("mail.logs"));
        assert!(
            permissions.allows(Permission::AccountCreate),
            "it implies the user manager"
        );
    }
}
