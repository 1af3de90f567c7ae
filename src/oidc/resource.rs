//! Resource servers that apps request access tokens for (RFC 8707).

use super::error::OAuthError;
use crate::model::client::ClientSettings;
use crate::model::refusal::Code;

/// Succeeds if this may be the identifier of a resource server (RFC 8707 section 2).
///
/// # Errors
/// When it is not an absolute URI, or has a fragment, spaces or control characters.
pub fn check_identifier(uri: &str) -> Result<(), Code> {
    if uri.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Code::UriSpaces);
    }
    let url = url::Url::parse(uri).map_err(|_| Code::UriRelative)?;
    if url.fragment().is_some() {
        return Err(Code::UriFragment);
    }
    Ok(())
}

/// The resource server that a request names, which must be one of the app's settings.
///
/// # Errors
/// `invalid_target` for another one.
pub fn named<'r>(requested: Option<&'r str>, app: &ClientSettings) -> Result<Option<&'r str>, OAuthError> {
    match requested {
        Some(requested) if !app.resources.iter().any(|own| own == requested) => Err(OAuthError::new(
            "invalid_target",
            "the app may not request tokens for this resource",
        )),
        requested => Ok(requested),
    }
}

/// The resource server of a token: the one that the token request names, or else that of the authorization request, or
/// else the first one of the app.
///
/// # Errors
/// `invalid_target` for one that the app or the authorization request does not allow.
pub fn of_token<'r>(
    requested: Option<&'r str>,
    authorized: Option<&'r str>,
    app: &'r ClientSettings,
) -> Result<Option<&'r str>, OAuthError> {
    let requested = named(requested.or(authorized), app)?;
    if authorized.is_some() && requested != authorized {
        return Err(OAuthError::new(
            "invalid_target",
            "resource differs from the one of the authorization request",
        ));
    }
    Ok(requested.or(app.resources.first().map(String::as_str)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_for_the_named_resource_or_the_first_one() {
        let app = |resources: &[&str]| ClientSettings {
            resources: resources.iter().map(|&own| own.to_owned()).collect(),
            ..ClientSettings::default()
        };
        let (none, two) = (app(&[]), app(&["https://a", "https://b"]));
        for (requested, authorized, settings, expected) in [
            (None, None, &none, Ok(None)),
            (Some("https://a"), None, &none, Err(())),
            (None, None, &two, Ok(Some("https://a"))),
            (Some("https://b"), None, &two, Ok(Some("https://b"))),
            (None, Some("https://b"), &two, Ok(Some("https://b"))),
            (Some("https://b"), Some("https://b"), &two, Ok(Some("https://b"))),
            (Some("https://a"), Some("https://b"), &two, Err(())),
            (Some("https://c"), None, &two, Err(())),
            // The app's settings no longer allow it.
            (None, Some("https://a"), &none, Err(())),
        ] {
            let found = of_token(requested, authorized, settings);
            let found = found.map_err(|error| assert_eq!(error.code, "invalid_target"));
            assert_eq!(found, expected, "{requested:?} {authorized:?}");
        }
    }
}
