//! A real nginx, from Debian's package, with the configuration from the documentation.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{fs, thread};

use axum::extract::Request;
use axum::http::HeaderMap;

use super::{register, suspend};
use crate::support::{Browser, PASSWORD, TestApp, apply, client, on_both, response_to};

/// A website with what it has received: the headers of the last request, its body and the number of requests.
#[derive(Clone, Default)]
struct Website {
    headers: Arc<Mutex<HeaderMap>>,
    requests: Arc<AtomicUsize>,
}

impl Website {
    /// Starts a website that responds with the body of each request.
    async fn start() -> (Self, SocketAddr) {
        let website = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let receives = website.clone();
        let respond = move |request: Request| async move {
            *receives.headers.lock().unwrap() = request.headers().clone();
            receives.requests.fetch_add(1, Ordering::Relaxed);
            request.into_body()
        };
        let router = axum::Router::new().fallback(respond);
        tokio::spawn(async move {
            let server = axum_server::from_tcp(listener.into_std().unwrap()).unwrap();
            server.serve(router.into_make_service()).await.unwrap();
        });
        (website, at)
    }

    /// The value of a header of the last request; `None` if it had none.
    fn received(&self, name: &str) -> Option<String> {
        let headers = self.headers.lock().unwrap();
        Some(headers.get(name)?.to_str().unwrap().to_owned())
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

/// The server block of the documentation, for this port, website and server.
fn configuration(port: u16, website: SocketAddr, doorward: &str) -> String {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/apps.md");
    let document = fs::read_to_string(document).unwrap();
    let (_, block) = document.split_once("```nginx\n").unwrap();
    let (mut block, _) = block
        .split_once("```")
        .map(|(block, rest)| (block.to_owned(), rest))
        .unwrap();
    for (documented, here) in [
        ("listen 443 ssl;", format!("listen 127.0.0.1:{port};")),
        ("ssl_certificate /etc/nginx/tls/wiki.pem;", String::new()),
        ("ssl_certificate_key /etc/nginx/tls/wiki.key;", String::new()),
        ("wiki.example.org", "localhost".to_owned()),
        ("https://$server_name", format!("http://$server_name:{port}")),
        ("http://127.0.0.1:3000", format!("http://{website}")),
        ("http://127.0.0.1:8080", doorward.to_owned()),
    ] {
        assert!(block.contains(documented), "{documented}");
        block = block.replace(documented, &here);
    }
    block
}

/// The folders that nginx creates when it starts.
const TEMPORARY: &str = "client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; \
                         uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n";

/// A running nginx, which ends with the test.
struct Nginx {
    child: Child,
    _folder: tempfile::TempDir,
    /// The address of the website.
    base: String,
}

impl Nginx {
    /// Starts it in front of a website.
    fn start(test: &TestApp, website: SocketAddr) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let folder = tempfile::tempdir().unwrap();
        let block = configuration(port, website, &test.base);
        let all = format!("pid pid;\nevents {{}}\nhttp {{\naccess_log off;\n{TEMPORARY}{block}}}\n");
        fs::write(folder.path().join("nginx.conf"), all).unwrap();
        let child = Command::new("/usr/sbin/nginx")
            .args(["-e", "stderr", "-g", "daemon off; master_process off;"])
            .args(["-c", "nginx.conf", "-p"])
            .arg(folder.path())
            .stderr(Stdio::null())
            .spawn()
            .expect("tests/install has installed nginx");
        let base = format!("http://localhost:{port}");
        let nginx = Self {
            child,
            _folder: folder,
            base,
        };
        nginx.wait(port);
        nginx
    }

    fn wait(&self, port: u16) {
        for _ in 0..200 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("nginx does not listen at {}", self.base);
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A browser in which Bob has signed in to the website behind nginx.
async fn signed_in(test: &TestApp, nginx: &Nginx) -> Browser {
    let (site, here) = (Browser::new(&nginx.base), test.browser());
    let started = site.get("/page?a=b&c=/d").await;
    let page = here.get(started.location()).await;
    let page = here.get(page.location()).await;
    let done = here.submit_password(&page, "bob", PASSWORD).await;
    let back = here.get(done.location()).await;
    let ended = site.get(back.location()).await;
    assert_eq!(ended.location(), format!("{}/page?a=b&c=/d", nginx.base));
    site
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn cl_4_a_real_nginx_protects_a_website(test: TestApp) {
    let (website, at) = Website::start().await;
    let nginx = Nginx::start(&test, at);
    register(&test, "wiki", &[&nginx.base]).await;
    test.add_person("bob").await;
    let anonymous = Browser::new(&nginx.base).get("/").await;
    let authorize = format!("{}/oauth2/authorize?", test.base);
    assert!(
        anonymous.location().starts_with(&authorize),
        "{}",
        anonymous.location()
    );
    let site = signed_in(&test, &nginx).await;
    assert_eq!(website.requests(), 0);
    let posted = site.post("/form", &[("a".into(), "b c".into())]).await;
    assert_eq!((posted.status, posted.body.as_str()), (200, "a=b+c"));
    assert_eq!(website.received("remote-user").unwrap(), "bob");
    suspend(&test, "bob").await;
    let refused = site.get("/page").await;
    assert!(refused.location().starts_with(&authorize));
    assert_eq!(website.requests(), 1);
    let redirect = site.get("/.doorward/sign-out").await;
    assert!(
        redirect
            .location()
            .starts_with(&format!("{}/oauth2/logout?", test.base))
    );
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn nginx_passes_on_the_headers_of_doorward_only(test: TestApp) {
    let (website, at) = Website::start().await;
    let nginx = Nginx::start(&test, at);
    register(&test, "wiki", &[&nginx.base]).await;
    register(&test, "open", &["https://open.example.org"]).await;
    test.add_person("bob").await;
    let site = signed_in(&test, &nginx).await;
    for (name, value) in [
        ("remote-user", "ann"),
        ("remote-email", "ann@example.org"),
        ("remote-groups", "admins"),
        ("x-original-url", "https://open.example.org/"),
    ] {
        site.always_send(name, value);
    }
    assert_eq!(site.get("/page").await.status, 200);
    assert_eq!(website.received("remote-user").unwrap(), "bob");
    for name in ["remote-email", "remote-groups"] {
        assert_eq!(website.received(name), None, "{name}");
    }
    // Without a sign-in, these headers let nobody in, and visitors cannot reach the endpoint that nginx asks.
    let request = |path: &str| {
        let request = client().get(format!("{}{path}", nginx.base));
        request
            .header("remote-user", "ann")
            .header("x-original-url", "https://open.example.org/")
    };
    let refused = response_to(request("/")).await;
    assert!(refused.location().contains("client_id=wiki"));
    let image = response_to(request("/image.png").header("sec-fetch-mode", "no-cors")).await;
    assert_eq!(image.status, 401);
    assert_eq!(response_to(request("/.doorward/check")).await.status, 404);
    assert_eq!(website.requests(), 1);
}
