//! Secrets, encryption at rest, signing keys, and signing and verifying tokens.
//!
//! Every random number, the master key and every use of a cryptographic library belong here. This module
//! knows nothing of SQL, HTTP or the system clock; callers decide what a claim means and which app may use
//! which key.

mod algorithm;
mod claims;
mod json;
mod jwk;
mod jwt;
mod jwt_error;
mod keyring;
mod master_key;
mod seal;
mod secret;
mod signing;
mod user_code;
mod verify;

pub use algorithm::{Algorithm, JwsAlgorithm, UnknownAlgorithm};
pub use claims::Claims;
pub use jwk::{ClientJwks, JwkError};
pub use jwt::{Expected, MAX_JWT_LEN, Typ, verify};
pub use jwt_error::JwtError;
pub use keyring::{HintKeys, KeyRecord, Keyring, KeyringError};
pub use master_key::{MasterKey, MasterKeyError};
pub use seal::{Aad, SealError};
pub use secret::{HumanCode, Secret, Token, TokenHash, constant_time_eq, random_bytes, reference_number};
pub use signing::{KeyError, SignError, Signer, SigningKey};
pub use user_code::UserCode;
pub use verify::{KeySource, Verifier};
