//! A temporary `PostgreSQL` server with synchronous commits.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use doorward::crypto::Token;
use tempfile::TempDir;

use crate::process::{children, free_address};

/// A running cluster, which is stopped and removed when it is dropped.
pub struct Postgres {
    folder: TempDir,
    programs: PathBuf,
    is_root: bool,
    port: u16,
    password: String,
}

impl Postgres {
    /// Creates and starts a cluster.
    pub fn start() -> anyhow::Result<Self> {
        let postgres = Self {
            folder: tempfile::Builder::new().prefix("doorward-load-").tempdir()?,
            programs: programs()?,
            is_root: fs::metadata("/proc/self")
                .is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0),
            port: free_address()?.port(),
            password: Token::random().as_str().replace(['-', '_'], "x"),
        };
        postgres.change_owner(postgres.folder.path())?;
        postgres.init()?;
        postgres.run_server()?;
        Ok(postgres)
    }

    /// The folder of the cluster's files.
    fn data(&self) -> PathBuf {
        self.folder.path().join("db")
    }

    /// Changes the owner of a file to the user who runs the cluster.
    fn change_owner(&self, path: &Path) -> anyhow::Result<()> {
        if self.is_root {
            run(Command::new("chown").arg("postgres").arg(path))?;
        }
        Ok(())
    }

    /// Creates the files of the cluster.
    fn init(&self) -> anyhow::Result<()> {
        let password = self.folder.path().join("password");
        fs::write(&password, &self.password)?;
        self.change_owner(&password)?;
        run(self
            .program("initdb")
            .arg("-D")
            .arg(self.data())
            .args(["-U", "doorward", "-A", "scram-sha-256"])
            .args(["-E", "UTF8", "--locale=C"])
            .arg(format!("--pwfile={}", password.display())))?;
        fs::remove_file(password)?;
        Ok(())
    }

    /// Starts the server and waits until it is ready.
    fn run_server(&self) -> anyhow::Result<()> {
        let options = format!(
            "-c listen_addresses=127.0.0.1 -p {} -k {} -c fsync=on -c synchronous_commit=on -c max_connections=100",
            self.port,
            self.folder.path().display()
        );
        run(self
            .program("pg_ctl")
            .arg("-D")
            .arg(self.data())
            .args(["-s", "-w", "-l"])
            .arg(self.data().join("log"))
            .args(["start", "-o", &options]))
    }

    /// Creates an empty database; yields its URL.
    pub fn database(&self, name: &str) -> anyhow::Result<String> {
        let port = self.port.to_string();
        run(Command::new(self.programs.join("createdb"))
            .env("PGPASSWORD", &self.password)
            .args(["-h", "127.0.0.1", "-p", &port, "-U", "doorward", name]))?;
        Ok(format!(
            "postgres://doorward:{}@127.0.0.1:{port}/{name}",
            self.password
        ))
    }

    /// Every process of the cluster that serves connections or writes.
    pub fn processes(&self) -> Vec<u32> {
        let text = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        let postmaster = text.lines().next().and_then(|pid| pid.parse().ok());
        postmaster.map(children).unwrap_or_default()
    }

    /// A program of the cluster, run as its owner, since `PostgreSQL` refuses to run as root.
    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        if !self.is_root {
            return Command::new(path);
        }
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(path);
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut stop = self.program("pg_ctl");
        stop.arg("-D")
            .arg(self.data())
            .args(["-m", "immediate", "-s", "stop"]);
        let _ = run(&mut stop);
    }
}

/// The folder with the programs of the newest version.
fn programs() -> anyhow::Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").context("PostgreSQL is not installed")?;
    let newest = versions
        .flatten()
        .filter_map(|entry| entry.file_name().to_string_lossy().parse::<u32>().ok())
        .max();
    let newest = newest.context("PostgreSQL is not installed")?;
    Ok(format!("/usr/lib/postgresql/{newest}/bin").into())
}

/// Runs a command without output. A pipe would stay open in the server that the command starts.
fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .with_context(|| format!("{} cannot be run", command.get_program().display()))?;
    if !status.success() {
        bail!("{command:?} failed");
    }
    Ok(())
}
