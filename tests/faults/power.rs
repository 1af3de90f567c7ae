//! Power cuts: the disk keeps only what was synced or written back before.
//!
//! The disk is a file with an ext4 file system. What a server has written and not synced is in the kernel's memory, not
//! in that file, so a copy of the file while the server stands still is what a power cut leaves.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::process::Child;

use crate::kills::{a_while, assert_intact};
use crate::ledger::under_load;
use crate::number;
use crate::own_disk::{may_mount, on_own_disk, until_ready_is};
use crate::server::{Instance, signal};

/// The kernel writes metadata back only when asked to, so that a cut loses as much as possible.
const MOUNT: &str = "mount -o loop,commit=600";

/// A server and its disk.
struct Machine {
    instance: Arc<Instance>,
    server: Child,
    boots: u32,
}

impl Machine {
    async fn new(instance: &Arc<Instance>) -> Self {
        let folder = instance.folder.path();
        let script = "mkdir disk files && cp -a doorward.db* files && mkfs.ext4 -q -d files disk-0.img 64M";
        let made = tokio::process::Command::new("sh")
            .args(["-c", script])
            .current_dir(folder)
            .status();
        assert!(made.await.unwrap().success());
        let machine = Self {
            instance: instance.clone(),
            server: boot(instance, 0),
            boots: 0,
        };
        until_ready_is(&instance.issuer, 200).await;
        machine
    }

    /// Cuts the power and starts again with what is on the disk.
    async fn cut(&mut self) {
        signal(self.server.id().unwrap(), "STOP");
        // Lets a sync that is under way end: a copy in the middle of it would mix two states of the disk.
        tokio::time::sleep(Duration::from_millis(50)).await;
        let folder = self.instance.folder.path();
        let disk = |boot| folder.join(format!("disk-{boot}.img"));
        std::fs::copy(disk(self.boots), disk(self.boots + 1)).unwrap();
        self.server.kill().await.unwrap();
        std::fs::remove_file(disk(self.boots)).unwrap();
        self.boots += 1;
        self.server = boot(&self.instance, self.boots);
        until_ready_is(&self.instance.issuer, 200).await;
    }

    /// The database as it is now, where this process can open it.
    fn copy_of_database(&self) -> PathBuf {
        let server = self.server.id().unwrap();
        signal(server, "STOP");
        let copy = |name: &str| {
            let to = self.instance.folder.path().join(format!("copy-of-{name}"));
            std::fs::copy(format!("/proc/{server}/cwd/{name}"), &to).unwrap();
            to
        };
        copy("doorward.db-wal");
        copy("doorward.db")
    }
}

fn boot(instance: &Instance, boot: u32) -> Child {
    on_own_disk(instance, &format!("{MOUNT} disk-{boot}.img disk"), "/dev/null")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r3_power_cuts_lose_nothing() {
    let mount = format!("mkdir disk && mkfs.ext4 -q disk.img 8M && {MOUNT} disk.img disk");
    if !may_mount("a power cut", &mount).await {
        return;
    }
    let instance = Arc::new(Instance::new(None).await);
    let mut machine = Machine::new(&instance).await;
    let nodes = [instance.issuer.clone()];
    under_load(&instance, &nodes, async || {
        for _ in 0..number(5) {
            a_while().await;
            machine.cut().await;
        }
    })
    .await;
    assert_intact(&machine.copy_of_database());
}
