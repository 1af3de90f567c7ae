//! A browser without JavaScript: it keeps cookies, submits forms, and follows a redirect only when told to.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use reqwest::header::{COOKIE, SET_COOKIE};

use super::response::Response;

/// A browser.
pub struct Browser {
    base: String,
    client: reqwest::Client,
    cookies: Mutex<BTreeMap<String, String>>,
    headers: Mutex<BTreeMap<String, String>>,
}

impl Browser {
    pub fn new(base: &str) -> Self {
        let client = client();
        Self {
            base: base.to_owned(),
            client,
            cookies: Mutex::default(),
            headers: Mutex::default(),
        }
    }

    /// Adds a header to every following request.
    pub fn always_send(&self, name: &str, value: &str) {
        self.headers
            .lock()
            .unwrap()
            .insert(name.to_owned(), value.to_owned());
    }

    /// The value of one of our cookies, by its name without prefix.
    pub fn cookie(&self, name: &str) -> String {
        let cookies = self.cookies.lock().unwrap();
        cookies
            .get(&format!("doorward_{name}"))
            .cloned()
            .unwrap_or_default()
    }

    /// Sets one of our cookies, by its name without prefix.
    pub fn set_cookie(&self, name: &str, value: &str) {
        let mut cookies = self.cookies.lock().unwrap();
        cookies.insert(format!("doorward_{name}"), value.to_owned());
    }

    /// Gets a URL, relative to the server or absolute.
    pub async fn get(&self, address: &str) -> Response {
        self.send(self.client.get(self.absolute(address))).await
    }

    /// Posts fields.
    pub async fn post(&self, address: &str, fields: &[(String, String)]) -> Response {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = self.client.post(self.absolute(address));
        self.send(
            request
                .header("content-type", "application/x-www-form-urlencoded")
                .body(body),
        )
        .await
    }

    /// Posts a form with a file and the CSRF token.
    pub async fn upload(&self, address: &str, csrf: &str, name: &str, bytes: Vec<u8>) -> Response {
        let boundary = "a-boundary-of-the-tests";
        let part = |name: &str, more: &str| {
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n")
                .into_bytes()
        };
        let file = if name == "picture" { "; filename=\"x\"" } else { "" };
        let mut body = [part("csrf", ""), csrf.as_bytes().to_vec(), b"\r\n".to_vec()].concat();
        body.extend(
            [
                part(name, file),
                bytes,
                format!("\r\n--{boundary}--\r\n").into_bytes(),
            ]
            .concat(),
        );
        self.upload_body(address, boundary, body).await
    }

    /// Posts a body as a form with files.
    pub async fn upload_body(&self, address: &str, boundary: &str, body: Vec<u8>) -> Response {
        let media_type = format!("multipart/form-data; boundary={boundary}");
        let request = self.client.post(self.absolute(address));
        let request = request.header("content-type", media_type);
        self.send(request.body(body)).await
    }

    /// Begins an upload and never finishes it.
    pub async fn upload_forever(&self, address: &str) -> Response {
        let begin =
            b"--x\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"x\"\r\n\r\n".to_vec();
        let begin = stream::iter([Ok::<_, std::io::Error>(begin)]);
        let request = self.client.post(self.absolute(address));
        let request = request.header("content-type", "multipart/form-data; boundary=x");
        let body = reqwest::Body::wrap_stream(begin.chain(stream::pending()));
        self.send(request.body(body)).await
    }

    /// Fills the form on `page` with this `action`, and submits it.
    pub async fn submit(&self, page: &Response, action: &str, filled: &[(&str, &str)]) -> Response {
        self.post(action, &fill(page.form(action), filled)).await
    }

    /// Posts these fields with the CSRF token of `page`, which need not have such a form.
    pub async fn post_with_csrf(&self, page: &Response, address: &str, filled: &[(&str, &str)]) -> Response {
        self.post(address, &fill(vec![page.csrf()], filled)).await
    }

    /// The page to which the response to a form redirects.
    pub async fn follow(&self, done: Response) -> Response {
        assert_eq!(done.status, 303, "{}", done.body);
        self.get(done.location()).await
    }

    /// Submits the sign-in form on `page`.
    pub async fn submit_password(&self, page: &Response, username: &str, password: &str) -> Response {
        let filled = [("username", username), ("password", password)];
        self.submit(page, "/sign-in/password", &filled).await
    }

    /// Opens the sign-in page and submits its form.
    pub async fn try_sign_in(&self, username: &str, password: &str) -> Response {
        let page = self.get("/sign-in").await;
        self.submit_password(&page, username, password).await
    }

    /// Signs in on the page at `address`, or the page to which it redirects, with a password that is not enough; yields
    /// the page at `path`, which asks for more.
    pub async fn sign_in_up_to(
        &self,
        path: &str,
        address: &str,
        (username, password): (&str, &str),
    ) -> Response {
        let mut page = self.get(address).await;
        if page.status == 303 {
            page = self.follow(page).await;
        }
        let done = self.submit_password(&page, username, password).await;
        let next = self.follow(done).await;
        assert!(next.location().contains(path), "{}", next.location());
        self.get(next.location()).await
    }

    /// Adds a person with only a username in the console; yields the link for their first password.
    pub async fn invite_person(&self, username: &str) -> String {
        let path = "/console/users/new";
        let form = self.get(path).await;
        let added = self.submit(&form, path, &[("username", username)]).await;
        self.follow(added).await.texts("code.secret").remove(0)
    }

    /// Checks that a save redirects to `place`, whose notice contains `text`.
    pub async fn expect_done(&self, saved: &Response, place: &str, text: &str) {
        assert!(
            saved.location().starts_with(place),
            "{text}: {}",
            saved.location()
        );
        let page = self.get(saved.location()).await;
        assert!(page.text("[role=status]").contains(text), "{text}: {}", page.body);
    }

    /// Submits the consent page; yields the dispatcher's response.
    pub async fn decide(&self, page: &Response, decision: &str) -> Response {
        let filled = [("decision", decision)];
        let done = self.submit(page, "/sign-in/consent", &filled).await;
        self.get(done.location()).await
    }

    /// Waits until the body of a page contains this text.
    pub async fn until(&self, path: &str, text: &str) {
        let wait = async {
            while !self.get(path).await.body.contains(text) {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(20), wait).await;
        waited.unwrap_or_else(|_| panic!("{path} does not say {text}"));
    }

    /// Whether the account page opens, which needs a live session.
    pub async fn is_signed_in(&self) -> bool {
        let account = self.get("/account").await;
        if account.status == 200 {
            return true;
        }
        let location = account.location();
        assert!(location.contains("/sign-in"), "{location}");
        false
    }

    /// Signs in on the page at `address`; yields the dispatcher's response.
    pub async fn sign_in(&self, address: &str, username: &str) -> Response {
        let page = self.get(address).await;
        let done = self.submit_password(&page, username, super::PASSWORD).await;
        assert_eq!(done.status, 303, "{}", done.body);
        self.get(done.location()).await
    }

    fn absolute(&self, address: &str) -> String {
        if address.starts_with("http") {
            address.to_owned()
        } else {
            format!("{}{address}", self.base)
        }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Response {
        let cookies: Vec<String> = self
            .cookies
            .lock()
            .unwrap()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let headers = self.headers.lock().unwrap().clone();
        let request = headers
            .iter()
            .fold(request, |request, (name, value)| request.header(name, value));
        let request = if cookies.is_empty() {
            request
        } else {
            request.header(COOKIE, cookies.join("; "))
        };
        let response = response_to(request).await;
        for cookie in response.headers.get_all(SET_COOKIE) {
            let text = cookie.to_str().unwrap();
            let (name, value) = text.split(';').next().unwrap().split_once('=').unwrap();
            let mut cookies = self.cookies.lock().unwrap();
            if text.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        response
    }
}

/// The fields of a form with some filled in.
pub fn fill(mut fields: Vec<(String, String)>, filled: &[(&str, &str)]) -> Vec<(String, String)> {
    for (name, value) in filled {
        fields.retain(|(other, _)| other != name);
        fields.push(((*name).to_owned(), (*value).to_owned()));
    }
    fields
}

/// A client that follows no redirects.
pub fn client() -> reqwest::Client {
    // Only the first installation of the provider succeeds.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}

pub async fn response_to(request: reqwest::RequestBuilder) -> Response {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Response::new(status, headers, response.text().await.unwrap())
}
