//! The chromedriver process, and ending it together with Chromium.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// A chromedriver on a port that it chose.
pub struct Chromedriver {
    process: Child,
    pub port: u16,
    folder: PathBuf,
    // Kept open, since chromedriver may continue to write.
    _output: BufReader<ChildStdout>,
}

impl Chromedriver {
    pub fn start(folder: &Path) -> Self {
        // It exits if another process takes the free port that it has found.
        let started = (0..5).find_map(|_| Self::try_start(folder));
        started.expect("chromedriver does not start")
    }

    fn try_start(folder: &Path) -> Option<Self> {
        let mut process = Command::new(installed("chromedriver"))
            .arg("--port=0")
            // Chromium keeps its files in these folders.
            .env("TMPDIR", folder)
            .env("HOME", folder)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        let port = loop {
            line.clear();
            if output.read_line(&mut line).unwrap() == 0 {
                process.wait().unwrap();
                return None;
            }
            if let Some((_, port)) = line.trim_end_matches(['.', '\n']).split_once("on port ")
                && line.contains("successfully")
            {
                break port.parse().unwrap();
            }
        };
        Some(Self {
            process,
            port,
            folder: folder.to_owned(),
            _output: output,
        })
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        // Chromium outlives a killed chromedriver, so the whole group is killed. That fails if the processes have already
        // ended.
        let group = self.process.id().to_string();
        let _ = Command::new("sh")
            .args(["-c", "kill -s KILL -- \"-$1\"", "sh", &group])
            .stderr(Stdio::null())
            .status();
        let _ = self.process.kill();
        let _ = self.process.wait();
        let begun = Instant::now();
        while self.is_running(&group) && begun.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Chromedriver {
    /// Whether a process of the group still runs, or one that has left the group but uses the same folder. The latter
    /// ends by itself after Chromium.
    fn is_running(&self, group: &str) -> bool {
        let folder = self.folder.to_string_lossy();
        let runs = |process: &str| {
            let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
            // The name in parentheses may contain any character; the state, the parent and the group come after it.
            let mut facts = stat.rsplit_once(')')?.1.split_whitespace();
            let ended = matches!(facts.next()?, "Z" | "X");
            let in_group = facts.nth(1)? == group;
            let command = std::fs::read(format!("/proc/{process}/cmdline")).ok()?;
            let of_folder = String::from_utf8_lossy(&command).contains(&*folder);
            Some(!ended && (in_group || of_folder))
        };
        std::fs::read_dir("/proc")
            .unwrap()
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .any(|name| runs(&name) == Some(true))
    }
}

/// The path of a program.
pub fn installed(program: &str) -> PathBuf {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("{program} is missing: run the tests with tests/run, which installs it"))
}
