//! Servers on a disk that is mounted for them alone.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

use crate::server::Instance;
use crate::support::client;

/// The time limit for becoming ready or noticing a fault.
const PATIENCE: Duration = Duration::from_secs(30);

/// A command that runs a shell script in a mount namespace of its own.
fn with_own_mounts(script: &str) -> Command {
    let mut command = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        command.arg("--map-root-user");
    }
    command.args(["--mount", "sh", "-c", script]);
    command
}

/// Whether this machine lets tests mount a disk with this script, which some containers do not.
#[expect(
    clippy::print_stderr,
    reason = "whoever runs the tests must know that these did not run"
)]
pub async fn may_mount(what: &str, script: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let mut command = with_own_mounts(script);
    let mounted = command.current_dir(folder.path()).status().await;
    let may = mounted.is_ok_and(|status| status.success());
    if !may {
        eprintln!("NOT RUN: {what} needs the right to mount a disk");
    }
    may
}

/// Starts the server in the folder `disk` of the instance, after a script that mounts the disk there.
pub fn on_own_disk(instance: &Instance, mount: &str, log: &str) -> Child {
    let program = env!("CARGO_BIN_EXE_doorward");
    let mut command = with_own_mounts(&format!("{mount} && cd disk && exec {program} serve 2>{log}"));
    instance.configure(&mut command, &instance.issuer);
    command.stdout(Stdio::null()).spawn().unwrap()
}

/// Waits until readiness responds with this status.
pub async fn until_ready_is(base: &str, status: u16) {
    let client = client();
    let wait = async {
        loop {
            let response = client.get(format!("{base}/health/ready")).send().await;
            if response.is_ok_and(|response| response.status() == status) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, wait).await;
    waited.unwrap_or_else(|_| panic!("readiness is not {status}"));
}
