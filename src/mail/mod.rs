//! Sending mail: the connection to the mail server, the messages, and the job that empties the outbox.

mod connection;
mod delivery;
mod message;

pub use connection::{Access, StepFailed, Tested, result_of, test};
pub use delivery::{Delivered, deliver};
