//! The content of tokens, and that no kind of token is accepted as another.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::crypto::Algorithm;
use doorward::model::client::SubjectType;
use sha2::{Digest, Sha256};

use crate::support::{OFFLINE, TestApp, apply, header, on_both, param};

#[apply(on_both)]
async fn b21_pairwise_subjects_differ_by_sector_and_nothing_else(test: TestApp) {
    let browser = test.browser();
    let mut subjects = Vec::new();
    for (id, sector) in [("one", None), ("two", None), ("three", Some("other.example.org"))] {
        let register = test.rp_with(id, |settings| {
            settings.subject_type = SubjectType::Pairwise;
            settings.sector = sector.map(str::to_owned);
        });
        let rp = register.await;
        let tokens = rp.sign_in(&browser, "ann", &[]).await;
        let (subject, access) = (tokens.claims()["sub"].clone(), tokens.access());
        assert_eq!(subject, rp.userinfo(access).await.json()["sub"]);
        assert_eq!(subject, rp.introspect(access).await["sub"]);
        subjects.push(subject.as_str().unwrap().to_owned());
    }
    assert_eq!(subjects[0], subjects[1], "one sector");
    assert_ne!(subjects[0], subjects[2]);
    assert!(!subjects.contains(&test.ann.0));
}

#[apply(on_both)]
async fn b22_the_id_token_describes_the_authentication(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = rp.sign_in(&browser, "ann", &[("nonce", "a b+c/ü")]).await;
    let id_token = tokens.claims();
    assert_eq!(id_token["nonce"], "a b+c/ü");
    assert_eq!(id_token["aud"], "rp");
    assert_eq!(id_token["amr"], serde_json::json!(["pwd"]));
    assert!(id_token.get("azp").is_none_or(|azp| azp == "rp"));
    let digest = Sha256::digest(tokens.access());
    let half = URL_SAFE_NO_PAD.encode(&digest[..16]);
    assert_eq!(id_token["at_hash"], half.as_str());
}

#[apply(on_both)]
async fn b22_an_id_token_with_eddsa_has_no_at_hash(test: TestApp) {
    let browser = test.browser();
    for algorithm in Algorithm::ALL {
        let register = test.rp_with(algorithm.as_str(), |settings| settings.id_token_alg = algorithm);
        let tokens = register.await.sign_in(&browser, "ann", &[]).await;
        assert_eq!(header(tokens.id_token())["alg"], algorithm.as_str());
        let has_hash = tokens.claims().get("at_hash").is_some();
        assert_eq!(has_hash, algorithm != Algorithm::EdDSA, "{algorithm}");
    }
}

#[apply(on_both)]
async fn b26_no_token_is_accepted_as_another(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = rp.sign_in(&browser, "ann", OFFLINE).await;
    let (id_token, access, refresh) = (tokens.id_token(), tokens.access(), tokens.refresh());
    for wrong in [id_token, refresh] {
        assert_eq!(rp.userinfo(wrong).await.status, 401);
    }
    for wrong in [id_token, access] {
        assert_eq!(rp.refresh(wrong).await.error(), "invalid_grant");
    }
    assert_eq!(rp.introspect(id_token).await["active"], false);
    for wrong in [access, refresh] {
        let silent = [("prompt", "none"), ("id_token_hint", wrong)];
        let back = browser.get(&rp.authorize(&silent)).await;
        assert_eq!(param(back.location(), "error"), "login_required");
    }
    assert_eq!(header(id_token)["typ"], "JWT");
}

#[apply(on_both)]
async fn b28_a_token_has_only_one_encoding(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = rp.sign_in(&browser, "ann", OFFLINE).await;
    let (refresh, access) = (tokens.refresh(), tokens.access());
    // The last of 43 characters has two unused bits.
    let last = refresh.chars().last().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let at = alphabet.find(last).unwrap();
    let twin = alphabet.chars().nth(at ^ 1).unwrap();
    let cut = &refresh[..refresh.len() - 1];
    for other in [
        format!("{refresh}="),
        format!("{refresh}A"),
        cut.to_owned(),
        format!("{cut}{twin}"),
    ] {
        assert_eq!(rp.refresh(&other).await.error(), "invalid_grant", "{other}");
    }
    for other in [format!("{access}="), format!("{access}A")] {
        assert_eq!(rp.userinfo(&other).await.status, 401);
    }
    assert_eq!(rp.refresh(refresh).await.status, 200);
}
