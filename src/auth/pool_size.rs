//! Chooses how many passwords may be hashed at once, by cores and memory.

use std::num::NonZeroUsize;
use std::path::Path;
use std::{fs, thread};

use super::password::Cost;

/// The limits of a password pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolSize {
    /// Hashes computed at once, at least 1.
    pub workers: usize,
    /// Hashes that may wait for a worker.
    pub waiting: usize,
}

/// The resources of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    /// The number of usable cores.
    pub cores: usize,
    /// The usable memory in bytes; `None` if it is unlimited.
    pub memory: Option<u64>,
}

/// The memory that the rest of the server needs, in bytes.
const MEMORY_OF_THE_REST: u64 = 96 * 1024 * 1024;

const WAITING: usize = 64;

impl PoolSize {
    /// One worker for each core but one, if their memory blocks fit beside the rest of the server. One
    /// further set of blocks stays free for an old hash of higher cost.
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

    /// The same limits with another number of workers.
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

/// The files below `/sys/fs/cgroup` that may limit this process's memory, from the text of
/// `/proc/self/cgroup`: those of its group and of all parent groups, of cgroup versions 1 and 2. In a
/// container the path is often that of the host and only the root of the hierarchy is readable.
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

/// Parses a limit in bytes; `max` and the very large default of version 1 mean no limit.
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
    fn limits_are_read_from_every_group_that_contains_the_process() {
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
