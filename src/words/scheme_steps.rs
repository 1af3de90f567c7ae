//! The effects of applying a scheme on the roles that people hold.

use crate::model::scheme::SchemeStep;

/// The description of one effect.
#[must_use]
pub fn scheme_step(step: &SchemeStep) -> String {
    let people = |count: i64| match count {
        1 => "1 person".to_owned(),
        count => format!("{count} people"),
    };
    match step {
        SchemeStep::Replace {
            level,
            from,
            to,
            people: count,
        } => format!("The {level} role {from} becomes {to} for {}.", people(*count)),
        SchemeStep::Revoke {
            level,
            role,
            people: count,
        } => format!("The {level} role {role} is revoked from {}.", people(*count)),
    }
}
