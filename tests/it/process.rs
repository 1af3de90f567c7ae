//! The real program: its log, its signals and its output.

use std::process::Stdio;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::clock::Clock;
use openssl::asn1::Asn1Time;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::extension::SubjectAlternativeName;
use openssl::x509::{X509, X509Name};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

use crate::support::client;

mod connections;
mod devices;
mod faults;
mod keys;
mod output;

/// The time limit for what a server does at once.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server in a process of its own, on a database and a port of its own.
struct Server {
    child: Child,
    base: String,
    folder: TempDir,
}

fn doorward(folder: &TempDir, base: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doorward"));
    command
        .current_dir(folder.path())
        .env("DOORWARD__ISSUER", base)
        .env("DOORWARD__LISTEN", base.split_once("://").unwrap().1)
        .kill_on_drop(true);
    command
}

impl Server {
    /// Starts a server that logs everything to a pipe.
    async fn start(more: &[(&str, &str)]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), "http", more).await
    }

    async fn start_in(folder: TempDir, scheme: &str, more: &[(&str, &str)]) -> Self {
        let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("{scheme}://{}", free.local_addr().unwrap());
        drop(free);
        let child = doorward(&folder, &base)
            .arg("serve")
            .env("DOORWARD__LOG__LEVEL", "debug")
            .envs(more.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let server = Self { child, base, folder };
        server
            .until("it is ready", async || {
                server.status("/health/ready").await == 200
            })
            .await;
        server
    }

    async fn status(&self, path: &str) -> u16 {
        let answer = unverified().get(format!("{}{path}", self.base)).send().await;
        answer.map_or(0, |answer| answer.status().as_u16())
    }

    /// Waits until a condition holds, which `what` names.
    async fn until(&self, what: &str, is_so: impl AsyncFn() -> bool) {
        let began = Instant::now();
        while !is_so().await {
            assert!(began.elapsed() < PATIENCE, "not in time: {what}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Runs a command while the server runs.
    async fn run(&self, arguments: &[&str]) -> String {
        let output = doorward(&self.folder, &self.base)
            .args(arguments)
            .output()
            .await
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// The status of a token request by an app with this secret.
    async fn token(&self, app: &str, secret: &str) -> u16 {
        let request = client()
            .post(format!("{}/oauth2/token", self.base))
            .basic_auth(app, Some(secret))
            .header("content-type", "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials");
        request.send().await.unwrap().status().as_u16()
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().unwrap().to_string();
        let sent = std::process::Command::new("kill")
            .args(["-s", name, &id])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Whether the process ends by itself, successfully.
    async fn ends_well(&mut self) -> bool {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        ended.expect("the server does not stop").unwrap().success()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_log_nobody_reads_continues_and_stops_on_a_signal() {
    let mut server = Server::start(&[]).await;
    drop(server.child.stderr.take());
    let made = server
        .run(&["--json", "apps", "create", "Machine", "--client-credentials"])
        .await;
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    let secret = made["client_secret"].as_str().unwrap();
    assert_eq!(server.token("machine", secret).await, 200);
    server.run(&["apps", "disable", "machine"]).await;
    server
        .until("the disabled app is refused", async || {
            server.token("machine", secret).await == 401
        })
        .await;
    assert_eq!(server.status("/health/ready").await, 200);
    server.signal("TERM");
    assert!(server.ends_well().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_pipe_ends_a_command_quietly() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = doorward(&folder, "http://127.0.0.1:1")
        .args(["config", "example"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut errors = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(child.wait().await.unwrap().success());
    assert_eq!(errors.next_line().await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_an_app_are_fetched_by_a_server_without_tls() {
    let server = Server::start(&[("DOORWARD__FETCH__ALLOW", "127.0.0.1")]).await;
    let create = ["apps", "create", "machine", "--client-auth", "private_key_jwt"];
    let more = ["--client-credentials", "--jwks-uri", "https://127.0.0.1:1/jwks"];
    server.run(&[&create[..], &more[..]].concat()).await;
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = part(serde_json::json!({ "alg": "RS256", "kid": "any" }));
    let now = Clock::system().now().0 / 1_000_000;
    let claims = part(serde_json::json!({
        "iss": "machine", "sub": "machine", "aud": server.base, "jti": "one", "iat": now, "exp": now + 60,
    }));
    let request = client()
        .post(format!("{}/oauth2/token", server.base))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!(
            "grant_type=client_credentials&client_assertion_type=\
             urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion={header}.{claims}.c2ln"
        ));
    let response = request.send().await.unwrap();
    assert_eq!(
        response.status(),
        401,
        "the app is told that its keys cannot be reached"
    );
}

/// Collects the lines of the server's log until it ends.
fn lines_of_log(server: &mut Server) -> tokio::task::JoinHandle<Vec<String>> {
    let log = server.child.stderr.take().unwrap();
    tokio::spawn(async move {
        let mut lines = BufReader::new(log).lines();
        let mut all = Vec::new();
        while let Some(line) = lines.next_line().await.unwrap() {
            all.push(line);
        }
        all
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_of_apps_are_logged_a_few_times_for_each_app() {
    let mut server = Server::start(&[]).await;
    let log = lines_of_log(&mut server);
    for name in ["one", "two"] {
        let create = ["apps", "create", name, "--client-credentials"];
        server.run(&create).await;
    }
    let get = async |path: &str| {
        let request = client().get(format!("{}{path}", server.base));
        request.send().await.unwrap().text().await.unwrap()
    };
    let page = get("/oauth2/authorize?client_id=one&redirect_uri=https://evil.example/%0A").await;
    let (_, reference) = page.split_once("<code id=\"reference\">").unwrap();
    let reference = &reference[..reference.find('<').unwrap()];
    get("/oauth2/logout?client_id=one&post_logout_redirect_uri=https://evil.example/").await;
    for _ in 0..20 {
        assert_eq!(server.token("one", "wrong").await, 401);
    }
    assert_eq!(server.token("two", "wrong").await, 401);
    server.signal("TERM");
    assert!(server.ends_well().await);
    let log = log.await.unwrap();
    for (app, words, expected) in [
        ("one", [reference, "https://evil.example/\\n"], 1),
        ("one", ["refused", "not registered for this app"], 1),
        ("one", ["refused", "the secret is wrong"], 8),
        ("two", ["refused", "the secret is wrong"], 1),
    ] {
        let app = format!("app=\"{app}\"");
        let is_it = |line: &&String| line.contains(&app) && words.iter().all(|word| line.contains(word));
        assert_eq!(
            log.iter().filter(is_it).count(),
            expected,
            "{app} {words:?}: {log:#?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_told_to_stop_says_so_before_it_refuses_connections() {
    let mut server = Server::start(&[("DOORWARD__SHUTDOWN_DELAY", "5m")]).await;
    server.signal("HUP");
    server.signal("TERM");
    server
        .until("it is not ready", async || {
            server.status("/health/ready").await == 503
        })
        .await;
    let answer = client()
        .get(format!("{}/sign-in", server.base))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["connection"], "close");
    assert!(!answer.headers().contains_key("strict-transport-security"));
    server.signal("TERM");
    assert!(server.ends_well().await);
}

/// A certificate for this name, valid between these days from now, and its key.
pub fn certificate(from: i64, until: i64, host: &str) -> (X509, PKey<Private>) {
    let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_text("CN", host).unwrap();
    let name = name.build();
    let mut certificate = X509::builder().unwrap();
    certificate.set_version(2).unwrap();
    certificate.set_subject_name(&name).unwrap();
    certificate.set_issuer_name(&name).unwrap();
    certificate.set_pubkey(&key).unwrap();
    let now = Clock::system().now().seconds();
    let day = |days: i64| Asn1Time::from_unix(now + days * 86_400).unwrap();
    certificate.set_not_before(&day(from)).unwrap();
    certificate.set_not_after(&day(until)).unwrap();
    let mut names = SubjectAlternativeName::new();
    match host.parse::<std::net::IpAddr>() {
        Ok(_) => names.ip(host),
        Err(_) => names.dns(host),
    };
    let names = names.build(&certificate.x509v3_context(None, None)).unwrap();
    certificate.append_extension(names).unwrap();
    certificate.sign(&key, MessageDigest::sha256()).unwrap();
    (certificate.build(), key)
}

/// Writes a new certificate and its key into the folder; yields the certificate.
fn new_certificate(folder: &TempDir) -> Vec<u8> {
    let (certificate, key) = certificate(-1, 1, "127.0.0.1");
    let write = |name: &str, pem: Vec<u8>| std::fs::write(folder.path().join(name), pem).unwrap();
    write("key.pem", key.private_key_to_pem_pkcs8().unwrap());
    write("cert.pem", certificate.to_pem().unwrap());
    certificate.to_der().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_tls_of_its_own_takes_a_renewed_certificate_and_keeps_browsers_on_https() {
    let folder = tempfile::tempdir().unwrap();
    let old = new_certificate(&folder);
    let files = [
        ("DOORWARD__TLS__CERTIFICATE", "cert.pem"),
        ("DOORWARD__TLS__PRIVATE_KEY", "key.pem"),
    ];
    let server = Server::start_in(folder, "https", &files).await;
    let presented = async || {
        let answer = unverified()
            .get(format!("{}/sign-in", server.base))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.headers()["strict-transport-security"], "max-age=63072000");
        let tls = answer.extensions().get::<reqwest::tls::TlsInfo>().unwrap();
        tls.peer_certificate().unwrap().to_vec()
    };
    assert_eq!(presented().await, old);
    let new = new_certificate(&server.folder);
    server.signal("HUP");
    server
        .until("it presents the new certificate", async || {
            presented().await == new
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_would_fail_at_the_start_or_be_refused_by_clients_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let certificates = [
        ("expired", certificate(-2, -1, "id.example.org"), "expired on"),
        ("later", certificate(1, 2, "id.example.org"), "is valid only from"),
        (
            "other",
            certificate(-1, 1, "other.example.org"),
            "is for other.example.org, but the issuer is",
        ),
        ("below", certificate(-1, 1, "*.example.org"), ""),
        ("right", certificate(-1, 1, "id.example.org"), ""),
    ];
    let path = |name: &str, part: &str| folder.path().join(format!("{name}-{part}.pem"));
    for (name, (certificate, key), _) in &certificates {
        std::fs::write(path(name, "cert"), certificate.to_pem().unwrap()).unwrap();
        std::fs::write(path(name, "key"), key.private_key_to_pem_pkcs8().unwrap()).unwrap();
    }
    let check = async |certificate: &str, key: &str| {
        let mut command = doorward(&folder, "https://id.example.org");
        command
            .args(["config", "check"])
            .env("DOORWARD__LISTEN", "127.0.0.1:8443")
            .env("DOORWARD__TLS__CERTIFICATE", path(certificate, "cert"))
            .env("DOORWARD__TLS__PRIVATE_KEY", path(key, "key"));
        let output = command.output().await.unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(text).unwrap())
    };
    for (name, _, expected) in &certificates {
        let (succeeded, text) = check(name, name).await;
        assert!(succeeded && text.contains(expected), "{name}: {text}");
        assert_eq!(text.contains("Warning"), !expected.is_empty(), "{name}: {text}");
    }
    let (succeeded, text) = check("right", "other").await;
    assert!(!succeeded && text.contains("does not belong"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_parameter_of_the_database_url_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = doorward(&folder, "http://127.0.0.1:8080");
    command
        .args(["config", "check"])
        .env("DOORWARD__DATABASE", "postgres://u@db/doorward?sslmode=nonsense");
    let output = command.output().await.unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && text.contains("nonsense"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_takes_the_next_free_port_and_is_there_when_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut demo = doorward(&folder, "http://127.0.0.1:1")
        .args(["demo", "--port", &port, "--app-port", &port])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut printed = BufReader::new(demo.stdout.take().unwrap()).lines();
    let mut text = String::new();
    let told = async {
        while !text.contains("  Console ") {
            text += &printed.next_line().await.unwrap().expect("the demo ended");
            text.push('\n');
        }
    };
    tokio::time::timeout(PATIENCE, told).await.unwrap();
    assert!(text.contains(&format!("Port {port} is taken: using ")), "{text}");
    for name in ["Doorward ", "Sample app "] {
        let address = text
            .split(name)
            .nth(1)
            .unwrap()
            .split_whitespace()
            .next()
            .unwrap();
        assert_ne!(address, format!("http://localhost:{port}"));
        let response = client().get(address).send().await;
        assert!(response.unwrap().status().as_u16() < 400, "{address}");
    }
}

/// Runs a command at a terminal and answers each of its prompts; yields what the terminal shows.
async fn at_a_terminal(arguments: &str, answers: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let command = format!("{} {arguments}", env!("CARGO_BIN_EXE_doorward"));
    let mut terminal = Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let (mut typed, mut shown) = (terminal.stdin.take().unwrap(), terminal.stdout.take().unwrap());
    let mut screen = String::new();
    let talk = async {
        for (prompt, answer) in answers {
            while !screen.contains(prompt) {
                let mut bytes = [0; 1024];
                let length = shown.read(&mut bytes).await.unwrap();
                assert_ne!(length, 0, "{screen}");
                screen += &String::from_utf8_lossy(&bytes[..length]);
            }
            typed.write_all(format!("{answer}\n").as_bytes()).await.unwrap();
        }
        shown.read_to_string(&mut screen).await.unwrap();
    };
    tokio::time::timeout(PATIENCE, talk).await.unwrap();
    screen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_at_a_terminal_is_asked_for_and_not_shown() {
    let password = "three doors painted blue";
    let answers = [("Password: ", password), ("Repeat the password: ", password)];
    let screen = at_a_terminal("users create ann", &answers).await;
    assert!(screen.contains("ann is account number 0"), "{screen}");
    assert!(!screen.contains("painted"), "{screen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cr_19_a_command_at_a_terminal_asks_for_what_is_missing() {
    let answers = [
        ("Username: ", "ann"),
        ("Full name: ", "Ann Lee"),
        ("E-mail: ", "ann@example.org"),
    ];
    let screen = at_a_terminal("users create --temporary-password", &answers).await;
    for part in [
        "ann is account number 0",
        "E-mail: ann@example.org",
        "Temporary password: ",
    ] {
        assert!(screen.contains(part), "{part}: {screen}");
    }
}

/// A client that accepts every certificate and reports which one it was.
fn unverified() -> reqwest::Client {
    drop(client());
    reqwest::Client::builder()
        .tls_danger_accept_invalid_certs(true)
        .tls_info(true)
        .build()
        .unwrap()
}
