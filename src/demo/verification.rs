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

/// The response of the token endpoint.
pub type TokenEndpointResponse = StandardTokenResponse<
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
    TokenEndpointResponse,
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
pub enum VerificationError {
    #[error("The claims of the ID token are invalid")]
    Claims(#[from] ClaimsVerificationError),
    #[error("The signature of the ID token is invalid")]
    Signature(#[from] SignatureVerificationError),
    #[error("The hash of the access token cannot be computed")]
    Hash(#[from] SigningError),
    #[error("The ID token is for another access token.")]
    OtherAccessToken,
}

/// Verifies an ID token (OpenID Connect Core 1.0 section 3.1.3.7) and its `at_hash` (section 3.1.3.8).
pub fn verify(
    client: &Discovered,
    id_token: &Token,
    access_token: &AccessToken,
    check_nonce: impl Fn(Option<&Nonce>) -> Result<(), String>,
) -> Result<Claims, VerificationError> {
    let verifier = client.id_token_verifier();
    let claims = id_token.claims(&verifier, check_nonce)?;
    if let Some(expected) = claims.access_token_hash() {
        let key = id_token.signing_key(&verifier)?;
        let actual = AccessTokenHash::from_token(access_token, id_token.signing_alg()?, key)?;
        if actual != *expected {
            return Err(VerificationError::OtherAccessToken);
        }
    }
    Ok(claims.clone())
}

/// Checks that the nonce is the one from the authorization request.
pub fn check_nonce(expected: &Nonce, nonce: &Nonce) -> Result<(), String> {
    if nonce.secret() == expected.secret() {
        Ok(())
    } else {
        Err("The nonce of the ID token is from another sign-in.".to_owned())
    }
}
