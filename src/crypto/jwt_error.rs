//! Why a token is refused.

/// Why a token is refused; the text is safe to show to its sender.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum JwtError {
    /// Larger than [`MAX_JWT_LEN`](super::MAX_JWT_LEN).
    #[error("the token is too large")]
    TooLarge,
    /// Not three parts of canonical base64url with JSON objects in the first two.
    #[error("the token is not a compact JWS")]
    Malformed,
    /// `alg` is missing, unknown, not asymmetric, or not expected here.
    #[error("the token's algorithm is not accepted")]
    Algorithm,
    /// The header contains a key, an unknown extension, or an invalid `kid`.
    #[error("the token's header is not accepted")]
    Header,
    /// `typ` is of another kind.
    #[error("the token is of another type")]
    Type,
    /// No key with this `kid` and algorithm is known.
    #[error("the token's key is unknown")]
    UnknownKey,
    /// The signature is wrong.
    #[error("the token's signature is wrong")]
    Signature,
    /// `exp`, `nbf` or `iat` is not a whole number of seconds, or a claim is missing or of the wrong kind.
    #[error("the token's claims are malformed")]
    Claims,
    /// `exp` has passed.
    #[error("the token has expired")]
    Expired,
    /// `nbf` or `iat` lies in the future.
    #[error("the token is not valid yet")]
    NotYetValid,
}
