//! The types of the provider's tokens, which have Doorward's own claims, and the verification of ID tokens.

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm, CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse,
    CoreTokenType,
};
use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, Client, EmptyExtraTokenFields, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, IdToken, IdTokenClaims, IdTokenFields, Nonce, SignatureVerificationError,
    SigningError, StandardTokenResponse, UserInfoClaims,
};

use super::claims::DoorwardClaims;
use super::failure::OAuthError;

/// The ID token.
pub type Token =
    IdToken<DoorwardClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

/// The claims of the ID token.
pub type Claims = IdTokenClaims<DoorwardClaims, CoreGenderClaim>;

/// The response of the userinfo endpoint.
pub type Userinfo = UserInfoClaims<DoorwardClaims, CoreGenderClaim>;

/// The answer of the token endpoint.
pub type Answer = StandardTokenResponse<
    IdTokenFields<
        DoorwardClaims,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

/// The client with the endpoints from the provider's metadata.
pub type Discovered = Client<
    DoorwardClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    OAuthError,
    Answer,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Why an ID token was refused.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    #[error("The ID token was not accepted")]
    Claims(#[from] ClaimsVerificationError),
    #[error("The ID token's signature was not accepted")]
    Signature(#[from] SignatureVerificationError),
    #[error("The hash of the access token could not be made")]
    Hash(#[from] SigningError),
    #[error("The ID token belongs to another access token.")]
    OtherAccessToken,
}

/// The claims of an ID token that passes the checks of OpenID Connect Core 1.0 sections 3.1.3.7 (the ID token) and 3.1.3.8
/// (`at_hash`).
pub fn check(
    client: &Discovered,
    id_token: &Token,
    access_token: &AccessToken,
    check_nonce: impl Fn(Option<&Nonce>) -> Result<(), String>,
) -> Result<Claims, CheckError> {
    let verifier = client.id_token_verifier();
    let claims = id_token.claims(&verifier, check_nonce)?;
    if let Some(expected) = claims.access_token_hash() {
        let key = id_token.signing_key(&verifier)?;
        let actual = AccessTokenHash::from_token(access_token, id_token.signing_alg()?, key)?;
        if actual != *expected {
            return Err(CheckError::OtherAccessToken);
        }
    }
    Ok(claims.clone())
}

/// Whether the nonce is the one that this sign-in began with.
pub fn matches_nonce(expected: &Nonce, nonce: &Nonce) -> Result<(), String> {
    if nonce.secret() == expected.secret() {
        Ok(())
    } else {
        Err("The ID token's nonce is of another sign-in.".to_owned())
    }
}
