//! Passkeys on the pages of the server.

use serde_json::Value;

use super::{Browser, Response, SoftPasskey, TestApp};

impl SoftPasskey {
    /// The right answer to the challenge on a page, with the counter increased by one.
    pub fn answer(&mut self, page: &Response) -> String {
        self.counter += 1;
        self.assert(&self.answer_content("webauthn.get", &options(page)))
            .to_string()
    }
}

/// The options of the challenge on a page.
pub fn options(page: &Response) -> Value {
    serde_json::from_str(&page.attribute("form[data-passkey]", "data-options")).unwrap()
}

impl TestApp {
    /// Adds a passkey through the pages of a signed-in browser; yields it with the recovery codes.
    pub async fn add_passkey(&self, browser: &Browser) -> (SoftPasskey, Vec<String>) {
        let page = browser.get("/account/passkeys/new").await;
        let options = options(&page);
        let passkey = SoftPasskey::new(&options, &self.base);
        let answer = passkey.attest(&passkey.answer_content("webauthn.create", &options), 0x26);
        let added = browser
            .submit(
                &page,
                "/account/passkeys/new",
                &[("credential", &answer.to_string())],
            )
            .await;
        assert_eq!(added.status, 303, "{}", added.body);
        let added = browser.get(added.location()).await;
        let codes = added.texts("#codes").concat();
        (passkey, codes.split_whitespace().map(str::to_owned).collect())
    }
}

impl Browser {
    /// Submits an answer of a passkey on the sign-in page or the page of the second factor.
    pub async fn submit_passkey(&self, page: &Response, answer: &str) -> Response {
        self.submit(page, "/sign-in/passkey", &[("credential", answer)])
            .await
    }

    /// Signs in with a passkey on the sign-in page.
    pub async fn sign_in_with(&self, passkey: &mut SoftPasskey) -> Response {
        let page = self.get("/sign-in").await;
        self.submit_passkey(&page, &passkey.answer(&page)).await
    }
}
