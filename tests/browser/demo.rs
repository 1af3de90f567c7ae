//! The real `doorward demo`, on free ports.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The password of the demo's accounts.
pub const PASSWORD: &str = "three doors painted blue";

pub struct Demo {
    /// The sample app's URL.
    pub app: String,
    /// Doorward's URL.
    pub issuer: String,
    process: Child,
    _output: BufReader<ChildStdout>,
    // Contains its temporary files, which are removed even if it is killed.
    _folder: TempDir,
}

impl Demo {
    pub async fn start() -> Self {
        // Another process can take a free port first, so it tries again.
        for _ in 0..5 {
            if let Some(demo) = Self::try_start() {
                demo.wait_until_it_listens().await;
                return demo;
            }
        }
        panic!("`doorward demo` does not start");
    }

    fn try_start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (free(), free());
        let (port, app_port) = (
            one.local_addr().unwrap().port(),
            other.local_addr().unwrap().port(),
        );
        drop((one, other));
        let mut process = Command::new(env!("CARGO_BIN_EXE_doorward"))
            .args(["demo", "--port", &port.to_string()])
            .args(["--app-port", &app_port.to_string()])
            .env("TMPDIR", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut printed = String::new();
        while !printed.contains("Ctrl-C ends both") {
            if output.read_line(&mut printed).unwrap() == 0 {
                process.wait().unwrap();
                return None;
            }
        }
        assert!(printed.contains(PASSWORD), "{printed}");
        let address = |port| format!("http://localhost:{port}");
        assert!(printed.contains(&address(app_port)), "{printed}");
        Some(Self {
            app: address(app_port),
            issuer: address(port),
            process,
            _output: output,
            _folder: folder,
        })
    }

    async fn wait_until_it_listens(&self) {
        let begun = Instant::now();
        for address in [&self.app, &self.issuer] {
            while TcpStream::connect(address.trim_start_matches("http://")).is_err() {
                assert!(
                    begun.elapsed() < Duration::from_secs(20),
                    "{address} does not respond"
                );
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Fails only if the process has already ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}
