//! The fields of a form with a day.

use super::dates::{DAY, start_of_day};
use super::visit::SafeForm;
use crate::clock::Time;
use crate::directory::Failure;

/// The start of the day in a field; `None` if the field is empty.
///
/// # Errors
/// [`Code::DateInvalid`](crate::model::refusal::Code::DateInvalid) at the field.
pub fn day(form: &SafeForm, field: &'static str) -> Result<Option<Time>, Failure> {
    start_of_day(&form.trimmed(field)).map_err(|code| code.at(field).into())
}

/// The end of the day in a field; `None` if the field is empty.
///
/// # Errors
/// [`Code::DateInvalid`](crate::model::refusal::Code::DateInvalid) at the field.
pub fn end_of_day(form: &SafeForm, field: &'static str) -> Result<Option<Time>, Failure> {
    Ok(day(form, field)?.map(|start| start + DAY))
}
