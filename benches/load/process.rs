//! Child processes, their processor time and memory, and stopping on a signal.

use std::collections::HashMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::bail;

/// Set when a signal asks the program to stop; all waiting code checks it.
static STOPPED: AtomicBool = AtomicBool::new(false);

/// Handles Ctrl-C and SIGTERM, so that every child is stopped before the program ends.
pub fn stop_on_signal() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            runtime.block_on(async {
                let terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
                if let Ok(mut terminated) = terminated {
                    tokio::select! {
                        _ = tokio::signal::ctrl_c() => {}
                        _ = terminated.recv() => {}
                    }
                    STOPPED.store(true, Ordering::Relaxed);
                }
            });
        })?;
    Ok(())
}

/// Fails once a signal has asked the program to stop.
pub fn check() -> anyhow::Result<()> {
    if STOPPED.load(Ordering::Relaxed) {
        bail!("stopped");
    }
    Ok(())
}

/// Sleeps; fails early if a signal asks the program to stop.
pub fn sleep(duration: Duration) -> anyhow::Result<()> {
    let end = Instant::now() + duration;
    while Instant::now() < end {
        check()?;
        std::thread::sleep(Duration::from_millis(20).min(end - Instant::now().min(end)));
    }
    Ok(())
}

/// A child process, which is killed when it is dropped.
pub struct Owned(Child);

impl Owned {
    pub const fn new(child: Child) -> Self {
        Self(child)
    }

    pub fn id(&self) -> u32 {
        self.0.id()
    }

    pub fn has_ended(&mut self) -> bool {
        !matches!(self.0.try_wait(), Ok(None))
    }

    /// Asks the process to stop and waits for its end, whereas dropping kills it.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        let kill = format!("kill -TERM {}", self.0.id());
        Command::new("sh").args(["-c", &kill]).status()?;
        let end = Instant::now() + Duration::from_secs(15);
        while !self.has_ended() {
            if Instant::now() > end {
                bail!("the server did not stop");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An address with a free port.
pub fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// The processor time of each thread, in nanoseconds.
pub struct Cpu(HashMap<u64, u64>);

impl Cpu {
    /// The processor time that the threads of these processes have used.
    pub fn of(pids: &[u32]) -> Self {
        let mut used = HashMap::new();
        for pid in pids {
            let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
                continue;
            };
            for thread in threads.flatten() {
                let text = fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
                let time = text.split(' ').next().and_then(|text| text.parse().ok());
                let id = thread.file_name().to_string_lossy().parse();
                if let (Some(time), Ok(id)) = (time, id) {
                    used.insert(id, time);
                }
            }
        }
        Self(used)
    }

    /// The microseconds used since `before`. Threads that have ended are left out; the server's threads do not end.
    pub fn since(&self, before: &Self) -> f64 {
        let used: u64 = self
            .0
            .iter()
            .map(|(id, time)| time - before.0.get(id).copied().unwrap_or_default().min(*time))
            .sum();
        used as f64 / 1e3
    }
}

/// The resident memory in MiB.
pub fn resident(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line
        .and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0.0_f64);
    kib / 1024.0
}

/// The children of a process.
pub fn children(parent: u32) -> Vec<u32> {
    let Ok(processes) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let pids = processes
        .flatten()
        .filter_map(|entry| entry.file_name().to_string_lossy().parse().ok());
    pids.filter(|pid| parent_of(*pid) == Some(parent)).collect()
}

fn parent_of(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may contain any character; the parent is the second field after it.
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}
