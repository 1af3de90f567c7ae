//! A temporary installation: a folder, a database, and the `doorward` program that runs on them.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::Value;
use tempfile::TempDir;

use crate::passkey;
use crate::process::{Owned, check, free_address};

/// The password of all test accounts.
pub const PASSWORD: &str = "three doors painted blue";

/// An installation that is removed when it is dropped.
pub struct Host {
    binary: PathBuf,
    folder: TempDir,
    environment: Vec<(String, String)>,
    pub address: SocketAddr,
}

impl Host {
    /// Creates an installation; without `database`, it uses `SQLite` in its folder.
    pub fn new(binary: &Path, database: Option<&str>) -> anyhow::Result<Self> {
        let binary = binary
            .canonicalize()
            .with_context(|| format!("{} is missing: cargo build --profile dist", binary.display()))?;
        let folder = tempfile::Builder::new().prefix("doorward-load-").tempdir()?;
        let address = free_address()?;
        let own = folder.path().join("doorward.db").display().to_string();
        let environment = [
            ("ISSUER", format!("http://{}:{}", passkey::HOST, address.port())),
            ("LISTEN", address.to_string()),
            ("DATABASE", database.map_or(own, str::to_owned)),
            ("KEYS_DIR", folder.path().join("keys").display().to_string()),
            ("LOG__LEVEL", "warn".to_owned()),
            ("TRUSTED_PROXIES", "127.0.0.1".to_owned()),
        ];
        let environment = environment
            .into_iter()
            .map(|(name, value)| (format!("DOORWARD__{name}"), value))
            .collect();
        Ok(Self {
            binary,
            folder,
            environment,
            address,
        })
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .current_dir(self.folder.path())
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command to its end; yields the JSON that it prints.
    pub fn run(&self, arguments: &[&str], input: &str) -> anyhow::Result<Value> {
        check()?;
        let mut child = self
            .command()
            .arg("--json")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        let output = child.wait_with_output()?;
        if !output.status.success() {
            bail!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(serde_json::from_slice(&output.stdout).unwrap_or_default())
    }

    /// Starts the server; yields it once it is ready, with the time until then.
    pub fn serve(&self) -> anyhow::Result<(Owned, Duration)> {
        let log = self.folder.path().join("server.log");
        let began = Instant::now();
        let child = self
            .command()
            .arg("serve")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log)?)
            .spawn()?;
        let mut server = Owned::new(child);
        while !is_ready(self.address) {
            check()?;
            if server.has_ended() || began.elapsed() > Duration::from_secs(30) {
                bail!(
                    "the server did not start: {}",
                    fs::read_to_string(&log).unwrap_or_default()
                );
            }
            std::thread::sleep(Duration::from_micros(500));
        }
        Ok((server, began.elapsed()))
    }

    pub fn binary_size(&self) -> anyhow::Result<u64> {
        Ok(fs::metadata(&self.binary)?.len())
    }
}

fn is_ready(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(b"GET /health/ready HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n")?;
        let mut start = [0; 12];
        stream.read_exact(&mut start)?;
        Ok(&start == b"HTTP/1.1 200")
    };
    ask().unwrap_or(false)
}
