//! An example of the error page of the console.

use doorward::console::error::ConsoleError;
use doorward::console::shell::NavItem;

use super::super::web::refusal;
use super::parts::shell;
use super::{Sample, of};

pub fn all() -> Vec<Sample> {
    of([ConsoleError {
        shell: shell(NavItem::Users),
        error: refusal(),
    }])
}
