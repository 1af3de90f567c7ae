//! Runs commands of the `doorward` program.

use std::process::Stdio;

use serde_json::Value;
use tokio::io::AsyncWriteExt;

use super::{LOOPBACK, TestApp};

/// How a command ended and what it printed.
pub struct CommandOutput {
    pub succeeded: bool,
    pub stdout: String,
    pub stderr: String,
}

impl TestApp {
    /// Runs `doorward` with these arguments on the database under test; `typed` is its standard input.
    pub async fn run(&self, arguments: &[&str], typed: &str) -> CommandOutput {
        let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_doorward"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env("DOORWARD__ISSUER", &self.base)
            .env("DOORWARD__DATABASE", &self.database)
            .env("DOORWARD__KEYS_DIR", self.folder.path().join("keys"))
            .env("DOORWARD__MAIL__ALLOW", LOOPBACK)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(typed.as_bytes()).await.unwrap();
        drop(stdin);
        let output = child.wait_with_output().await.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        CommandOutput {
            succeeded: output.status.success(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Runs `doorward --json` with these arguments; yields what it printed.
    pub async fn run_json(&self, arguments: &[&str]) -> Value {
        let ran = self.run(&[&["--json"], arguments].concat(), "").await;
        assert!(ran.succeeded, "{}", ran.stderr);
        serde_json::from_str(&ran.stdout).unwrap()
    }
}
