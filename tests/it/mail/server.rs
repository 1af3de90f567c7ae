//! A real mail server on loopback, from Debian's packages.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use doorward::directory::Actor;
use doorward::directory::mail::{ChangeMailSettings, GetMailSettings};
use doorward::model::mail::{Encryption, MailSettings};
use serde_json::Value;
use tempfile::TempDir;

use crate::process::certificate;
use crate::support::TestApp;

/// A mail server, which ends with the test.
pub struct MailServer {
    pub port: u16,
    pub folder: TempDir,
    child: Child,
}

impl MailServer {
    /// Starts a server with this encryption (none, starttls or implicit), with or without login as `mailer` with the
    /// password `right-password`.
    pub fn start(encryption: &str, login: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (cert, key) = certificate(-1, 30, "localhost");
        fs::write(folder.path().join("cert.pem"), cert.to_pem().unwrap()).unwrap();
        fs::write(
            folder.path().join("key.pem"),
            key.private_key_to_pem_pkcs8().unwrap(),
        )
        .unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/mail/smtp.py");
        let mut child = Command::new("/usr/bin/python3")
            .arg(script)
            .arg(folder.path())
            .args([encryption, if login { "login" } else { "open" }])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut port).unwrap();
        let port = port.trim().parse().expect("tests/install has installed aiosmtpd");
        Self { port, folder, child }
    }

    /// The certificate of the server, which is its own authority.
    pub fn ca(&self) -> String {
        self.folder.path().join("cert.pem").display().to_string()
    }

    /// From now on, refuses every recipient with this response.
    pub fn refuse(&self, response: &str) {
        fs::write(self.folder.path().join("refuse"), response).unwrap();
    }

    /// From now on, refuses every sender with this response.
    pub fn refuse_senders(&self, response: &str) {
        fs::write(self.folder.path().join("refuse-sender"), response).unwrap();
    }

    /// Accepts recipients again.
    pub fn accept(&self) {
        fs::remove_file(self.folder.path().join("refuse")).unwrap();
    }

    /// The accepted messages, oldest first.
    pub fn received(&self) -> Vec<Value> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut files: Vec<_> = entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .collect();
        files.sort();
        let read = |path| serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        files.into_iter().map(read).collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The settings of a mail server on this port of loopback, without encryption and login.
pub fn mail_settings(port: u16) -> MailSettings {
    MailSettings {
        server: "127.0.0.1".into(),
        port,
        encryption: Encryption::None,
        user: None,
        password: None,
        sender: "Example <id@example.org>".into(),
        ca: None,
        tested: None,
    }
}

impl TestApp {
    /// A mail server without encryption and login, which this instance uses.
    pub async fn with_mail(&self) -> MailServer {
        let server = MailServer::start("none", false);
        self.use_mail(server.port).await;
        server
    }

    /// Uses the mail server on this port of loopback.
    pub async fn use_mail(&self, port: u16) {
        let (settings, expected_version) = (mail_settings(port), self.mail_version().await);
        self.change(
            &Actor::HOST,
            ChangeMailSettings {
                settings,
                expected_version,
            },
        )
        .await
        .unwrap();
    }

    /// The version of the stored settings.
    pub async fn mail_version(&self) -> String {
        let stored = self.read(&Actor::HOST, GetMailSettings).await.unwrap();
        stored.map(|stored| stored.version()).unwrap_or_default()
    }

    /// Sends the only waiting mail; yields its link and the mail.
    pub async fn mailed_link(&self, server: &MailServer) -> (String, Value) {
        assert_eq!(self.deliver().await, 1);
        let mail = server.received().pop().unwrap();
        let mut lines = mail["text"].as_str().unwrap().lines();
        let link = lines.find(|line| line.starts_with("http"));
        (link.unwrap_or_else(|| panic!("no link: {mail}")).to_owned(), mail)
    }

    /// Runs the job that sends mail once; yields how many it sent.
    pub async fn deliver(&self) -> usize {
        doorward::mail::deliver(&self.app).await.unwrap().sent
    }
}
