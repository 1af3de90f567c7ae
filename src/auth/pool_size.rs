//! How many passwords may be hashed at once: as many as cores and memory allow, and no more.

use std::num::NonZeroUsize;
use std::path::Path;
use std::{fs, thread};

use super::password::Cost;

/// The bounds of a password pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolSize {
    /// Hashes computed at once, at least 1.
    pub workers: usize,
    /// Hashes that may wait for a worker, beyond which the pool is busy.
    pub waiting: usize,
}

/// The resources of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Cores that it may use at once.
    pub cores: usize,
    /// Memory that it may use, in bytes; `None` when it is unlimited.
    pub memory: Option<u64>,
}

/// The memory that the rest of the server needs.
const MEMORY_OF_THE_REST: u64 = 96 * 1024 * 1024;

const WAITING: usize = 64;

impl PoolSize {
    /// All cores but one, as long as their blocks fit into the memory that the rest of the server leaves; one stays
    /// free for a hash of old and larger parameters.
    #[must_use]
    pub fn fit(machine: Machine, cost: Cost) -> Self {
        let by_cores = machine.cores.saturating_sub(1);
        let by_memory = machine.memory.map_or(usize::MAX, |limit| {
            let block_set = u64::from(cost.memory_kib).max(1) * 1024;
            let sets = limit.saturating_sub(MEMORY_OF_THE_REST) / block_set;
            usize::try_from(sets).unwrap_or(usize::MAX).saturating_sub(1)
        });
        Self {
            workers: by_cores.min(by_memory).max(1),
            waiting: WAITING,
        }
    }

    /// The same bounds with another number of workers, at least 1.
    #[must_use]
    pub fn with_workers(self, workers: NonZeroUsize) -> Self {
        Self {
            workers: workers.get(),
            ..self
        }
    }
}

impl Machine {
    /// Asks the operating system; unknown values count as one core and unlimited memory.
    #[must_use]
    pub fn detect() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let membership = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let memory = limit_files(&membership)
            .iter()
            .filter_map(|file| parse_limit(&fs::read_to_string(Path::new("/sys/fs/cgroup").join(file)).ok()?))
            .min();
        Self { cores, memory }
    }
}

/// The files below `/sys/fs/cgroup` that may limit this process's memory, by the text of `/proc/self/cgroup`: those
/// of its own group and of every group around it, of version 2 and of version 1. Inside a container the group's
/// path is often that of the host, and only the root of the hierarchy is there to be read.
fn limit_files(membership: &str) -> Vec<String> {
    let mut files = Vec::new();
    for line in membership.lines() {
        let mut fields = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(path)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let (root, name) = match controllers {
            "" => ("", "memory.max"),
            list if list.split(',').any(|controller| controller == "memory") => {
                ("memory/", "memory.limit_in_bytes")
            }
            _ => continue,
        };
        let mut group = path.trim_matches('/');
        while !group.is_empty() {
            files.push(format!("{root}{group}/{name}"));
            group = group.rsplit_once('/').map_or("", |(outer, _)| outer);
        }
        files.push(format!("{root}{name}"));
    }
    files
}

/// A limit in bytes; `max` and the very large default of version 1 mean that there is none.
fn parse_limit(text: &str) -> Option<u64> {
    text.trim().parse().ok().filter(|&bytes| bytes < 1 << 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1024 * 1024;

    #[test]
    fn workers_fit_the_cores_and_the_memory() {
        let cost = Cost::default();
        for (cores, memory, workers) in [
            (1, None, 1),
            (2, None, 1),
            (4, None, 3),
            (64, None, 63),
            (64, Some(256 * MIB), 7),
            (64, Some(128 * MIB), 1),
            (64, Some(16 * MIB), 1),
            (4, Some(u64::MAX), 3),
            (0, None, 1),
        ] {
            let size = PoolSize::fit(Machine { cores, memory }, cost);
            assert_eq!(
                (size.workers, size.waiting),
                (workers, 64),
                "{cores} cores, {memory:?}"
            );
        }
        let large = Cost {
            memory_kib: 64 * 1024,
            iterations: 3,
        };
        assert_eq!(
            PoolSize::fit(
                Machine {
                    cores: 64,
                    memory: Some(512 * MIB)
                },
                large
            )
            .workers,
            5
        );
    }

    #[test]
    fn limits_are_looked_for_in_every_group_around_the_process() {
        for (membership, expected) in [
            ("", vec![]),
            ("garbage\n0", vec![]),
            ("0::/\n", vec!["memory.max"]),
            ("0::/a/b\n", vec!["a/b/memory.max", "a/memory.max", "memory.max"]),
            (
                "5:cpu:/x\n4:memory:/x\n",
                vec!["memory/x/memory.limit_in_bytes", "memory/memory.limit_in_bytes"],
            ),
        ] {
            assert_eq!(limit_files(membership), expected, "{membership}");
        }
    }

    #[test]
    fn a_limit_is_a_number_of_bytes() {
        for (text, expected) in [
            ("268435456\n", Some(256 * MIB)),
            ("max\n", None),
            ("9223372036854771712\n", None),
            ("", None),
        ] {
            assert_eq!(parse_limit(text), expected, "{text}");
        }
    }

    #[test]
    fn this_machine_has_a_core() {
        assert!(Machine::detect().cores >= 1);
    }
}
