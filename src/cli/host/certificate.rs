//! Checks the TLS files when the server starts and for `doorward config check`.

use std::cmp::Ordering;
use std::net::IpAddr;
use std::path::Path;

use anyhow::{Context, ensure};
use openssl::asn1::Asn1Time;
use openssl::pkey::PKey;
use openssl::x509::X509;

use crate::clock::Time;
use crate::config::{Config, Issuer};

/// Checks the TLS files, if there are any; yields warnings about a certificate that works, but that clients refuse.
///
/// # Errors
/// If the server cannot use the files.
pub(super) fn check(config: &Config, now: Time) -> anyhow::Result<Vec<String>> {
    let Some((certificate, key)) = config.tls.files() else {
        return Ok(Vec::new());
    };
    let path = certificate;
    let certificate = first_certificate(path).with_context(|| {
        format!(
            "tls.certificate: {} is not a certificate in PEM format",
            path.display()
        )
    })?;
    let pem = std::fs::read(key)?;
    let private = PKey::private_key_from_pem(&pem).with_context(|| {
        format!(
            "tls.private_key: {} is not a private key in PEM format",
            key.display()
        )
    })?;
    ensure!(
        certificate.public_key()?.public_eq(&private),
        "tls.private_key: {} does not belong to the certificate {}",
        key.display(),
        path.display()
    );
    let mut warnings = Vec::new();
    warnings.extend(validity_warning(&certificate, now)?);
    warnings.extend(name_warning(&certificate, &config.server.issuer));
    Ok(warnings)
}

fn first_certificate(path: &Path) -> anyhow::Result<X509> {
    let chain = X509::stack_from_pem(&std::fs::read(path)?)?;
    chain.into_iter().next().context("the file is empty")
}

fn validity_warning(certificate: &X509, now: Time) -> anyhow::Result<Option<String>> {
    let now = Asn1Time::from_unix(now.seconds())?;
    let (from, until) = (certificate.not_before(), certificate.not_after());
    Ok(if until.compare(&now)? == Ordering::Less {
        Some(format!("the TLS certificate expired on {until}: renew it"))
    } else if from.compare(&now)? == Ordering::Greater {
        Some(format!("the TLS certificate is valid only from {from}"))
    } else {
        None
    })
}

/// Says which names the certificate has if the issuer's is not among them (RFC 6125).
fn name_warning(certificate: &X509, issuer: &Issuer) -> Option<String> {
    let host = issuer.host();
    let mut names = Vec::new();
    for name in certificate.subject_alt_names().iter().flatten() {
        if let Some(name) = name.dnsname() {
            names.push(name.to_ascii_lowercase());
        } else if let Some(bytes) = name.ipaddress() {
            let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
            let address = v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from));
            names.extend(address.map(|address| address.to_string()));
        }
    }
    let below = host.split_once('.').map(|(_, rest)| format!("*.{rest}"));
    if names
        .iter()
        .any(|name| *name == host || Some(name) == below.as_ref())
    {
        return None;
    }
    let names = if names.is_empty() {
        "no name".to_owned()
    } else {
        names.join(", ")
    };
    Some(format!(
        "the TLS certificate is for {names}, but the issuer is {}",
        issuer.as_str()
    ))
}
