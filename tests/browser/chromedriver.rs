//! The process that drives a Chromium, and how both are ended.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// A chromedriver on a port that it chose.
pub struct Chromedriver {
    process: Child,
    pub port: u16,
    // Held open, since chromedriver may go on to write.
    _output: BufReader<ChildStdout>,
}

impl Chromedriver {
    pub fn start(folder: &Path) -> Self {
        let mut process = Command::new(installed("chromedriver"))
            .arg("--port=0")
            // Chromium keeps its files where these say.
            .env("TMPDIR", folder)
            .env("HOME", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        let port = loop {
            line.clear();
            let read = output.read_line(&mut line).unwrap();
            assert!(read > 0, "chromedriver does not start");
            if let Some((_, port)) = line.trim_end_matches(['.', '\n']).split_once("on port ")
                && line.contains("successfully")
            {
                break port.parse().unwrap();
            }
        };
        Self {
            process,
            port,
            _output: output,
        }
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        // Chromium outlives a chromedriver that is killed, so it is killed with it.
        let mut family = vec![self.process.id()];
        let everybody = parents();
        let mut at = 0;
        while let Some(&parent) = family.get(at) {
            family.extend(
                everybody
                    .iter()
                    .filter(|(_, of)| *of == parent)
                    .map(|(child, _)| *child),
            );
            at += 1;
        }
        let family = family.iter().map(u32::to_string);
        // Whoever has ended already makes it fail, which is as good.
        let _ = Command::new("sh")
            .args(["-c", "kill -KILL \"$@\"", "sh"])
            .args(family)
            .stderr(Stdio::null())
            .status();
        let _ = self.process.wait();
    }
}

/// Every process of this machine with its parent.
fn parents() -> Vec<(u32, u32)> {
    let parent = |process: u32| {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("PPid:"))?;
        Some((process, line.trim().parse().ok()?))
    };
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(parent)
        .collect()
}

/// Where a program is.
pub fn installed(program: &str) -> PathBuf {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("{program} is missing: run the tests with tests/run, which installs it"))
}
