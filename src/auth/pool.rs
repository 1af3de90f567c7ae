//! The password pool: hashes passwords on a few threads of its own, so that requests are served meanwhile.
//!
//! The number of workers bounds its memory, and the queue bounds the number of waiting callers. A caller that
//! finds the queue full is refused at once, so that a flood of sign-ins neither delays the token endpoint nor
//! accumulates.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{io, thread};

use argon2::Block;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::password::{Cost, Hasher, PhcString, SALT_BYTES, Verdict};
use super::pool_size::PoolSize;

/// How long an idle worker keeps its memory.
const IDLE: Duration = Duration::from_secs(30);

/// Every worker is busy and the queue is full: the response is 503.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked at once")]
pub struct Busy {
    /// When to try again (the `Retry-After` header).
    pub retry_after: Duration,
}

const BUSY: Busy = Busy {
    retry_after: Duration::from_secs(2),
};

/// Hashes and verifies passwords on a bounded number of threads.
pub struct PasswordPool {
    queue: Arc<Queue>,
    salt: fn() -> [u8; SALT_BYTES],
    /// A hash that no password matches.
    unmatchable: PhcString,
}

/// Who wants a password to be checked. Each kind has its own queue and gets at least every second hash, so that a flood
/// of strangers keeps nobody from signing in with a browser that they have used before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A browser in which the account has signed in before.
    Known,
    /// Anybody else.
    Unknown,
}

struct Job {
    password: Zeroizing<String>,
    task: Task,
}

enum Task {
    Hash {
        salt: [u8; SALT_BYTES],
        reply: oneshot::Sender<PhcString>,
    },
    Verify {
        phc: PhcString,
        reply: oneshot::Sender<Verdict>,
    },
}

struct Queue {
    jobs: Mutex<Jobs>,
    changed: Condvar,
    limit: usize,
}

#[derive(Default)]
struct Jobs {
    known: VecDeque<Job>,
    unknown: VecDeque<Job>,
    /// Whether the last hash was for a known caller.
    known_was_last: bool,
    idle_workers: usize,
    closed: bool,
}

impl PasswordPool {
    /// Starts the workers; `salt` generates random bytes.
    ///
    /// # Errors
    /// When the cost is below the minimum of argon2, or a thread cannot be started.
    pub fn new(cost: Cost, size: PoolSize, salt: fn() -> [u8; SALT_BYTES]) -> io::Result<Self> {
        let invalid = |error: String| io::Error::new(io::ErrorKind::InvalidInput, error);
        let hasher = Arc::new(Hasher::new(cost).map_err(|error| invalid(error.to_string()))?);
        let unmatchable = hasher
            .unmatchable_hash(salt(), [salt(), salt()])
            .map_err(|error| invalid(error.to_string()))?;
        let queue = Arc::new(Queue {
            jobs: Mutex::default(),
            changed: Condvar::new(),
            limit: size.waiting,
        });
        let pool = Self {
            queue,
            salt,
            unmatchable,
        };
        for number in 0..size.workers.max(1) {
            let (queue, hasher) = (Arc::clone(&pool.queue), Arc::clone(&hasher));
            thread::Builder::new()
                .name(format!("password-{number}"))
                .spawn(move || work(&queue, &hasher))?;
        }
        Ok(pool)
    }

    /// Hashes a new password with the current parameters.
    ///
    /// # Errors
    /// [`Busy`] when the queue is full.
    pub async fn hash(&self, password: &str) -> Result<PhcString, Busy> {
        let (reply, answer) = oneshot::channel();
        self.queue.push(
            Caller::Unknown,
            password,
            Task::Hash {
                salt: (self.salt)(),
                reply,
            },
        )?;
        answer.await.map_err(|_| BUSY)
    }

    /// Compares a password with a stored hash.
    ///
    /// # Errors
    /// [`Busy`] when the queue is full.
    pub async fn verify(&self, password: &str, phc: &PhcString) -> Result<Verdict, Busy> {
        self.verify_for(Caller::Unknown, password, phc).await
    }

    /// Like [`Self::verify`], for this caller.
    ///
    /// # Errors
    /// [`Busy`] when the queue of such callers is full.
    pub async fn verify_for(&self, caller: Caller, password: &str, phc: &PhcString) -> Result<Verdict, Busy> {
        let (reply, answer) = oneshot::channel();
        self.queue.push(
            caller,
            password,
            Task::Verify {
                phc: phc.clone(),
                reply,
            },
        )?;
        answer.await.map_err(|_| BUSY)
    }

    /// Takes as long as [`Self::verify`] and never matches: for an account that does not exist or has no
    /// password.
    ///
    /// # Errors
    /// [`Busy`] when the queue is full.
    pub async fn verify_dummy(&self, password: &str) -> Result<Verdict, Busy> {
        self.verify(password, &self.unmatchable).await
    }
}

impl Drop for PasswordPool {
    fn drop(&mut self) {
        self.queue.lock().closed = true;
        self.queue.changed.notify_all();
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Jobs> {
        // No worker computes while it holds the lock, so a poisoned queue is still consistent.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, caller: Caller, password: &str, task: Task) -> Result<(), Busy> {
        let mut jobs = self.lock();
        let limit = self.limit + jobs.idle_workers;
        let waiting = match caller {
            Caller::Known => &mut jobs.known,
            Caller::Unknown => &mut jobs.unknown,
        };
        if waiting.len() >= limit {
            return Err(BUSY);
        }
        waiting.push_back(Job {
            password: Zeroizing::new(password.to_owned()),
            task,
        });
        drop(jobs);
        self.changed.notify_one();
        Ok(())
    }

    /// The next job whose caller still waits; `None` once the pool is dropped. Frees `memory` after 30 idle
    /// seconds.
    fn pop(&self, memory: &mut Vec<Block>) -> Option<Job> {
        let mut jobs = self.lock();
        loop {
            if jobs.closed {
                return None;
            }
            match jobs.next() {
                Some(job) if job.task.is_awaited() => return Some(job),
                Some(_) => continue,
                None => {}
            }
            jobs.idle_workers += 1;
            let (woken, timeout) = self
                .changed
                .wait_timeout(jobs, IDLE)
                .unwrap_or_else(PoisonError::into_inner);
            jobs = woken;
            jobs.idle_workers -= 1;
            if timeout.timed_out() {
                *memory = Vec::new();
            }
        }
    }
}

impl Jobs {
    /// The next job, alternating between the two queues while both have jobs.
    fn next(&mut self) -> Option<Job> {
        let is_known = !self.known.is_empty() && (!self.known_was_last || self.unknown.is_empty());
        let job = if is_known {
            self.known.pop_front()
        } else {
            self.unknown.pop_front()
        }?;
        if job.task.is_awaited() {
            self.known_was_last = is_known;
        }
        Some(job)
    }
}

impl Task {
    fn is_awaited(&self) -> bool {
        match self {
            Self::Hash { reply, .. } => !reply.is_closed(),
            Self::Verify { reply, .. } => !reply.is_closed(),
        }
    }
}

/// The loop of a worker. A reply that cannot be sent is ignored: its caller has stopped waiting.
fn work(queue: &Queue, hasher: &Hasher) {
    let mut memory = Vec::new();
    while let Some(Job { password, task }) = queue.pop(&mut memory) {
        match task {
            Task::Hash { salt, reply } => match hasher.hash(&password, salt, &mut memory) {
                Ok(phc) => _ = reply.send(phc),
                Err(error) => tracing::error!(%error, "could not hash a password"),
            },
            Task::Verify { phc, reply } => _ = reply.send(hasher.verify(&password, &phc, &mut memory)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;

    const COST: Cost = Cost {
        memory_kib: 64,
        iterations: 1,
    };

    fn salt() -> [u8; SALT_BYTES] {
        static NEXT: AtomicU8 = AtomicU8::new(0);
        [NEXT.fetch_add(1, Ordering::Relaxed); SALT_BYTES]
    }

    fn pool(cost: Cost, workers: usize, waiting: usize) -> PasswordPool {
        PasswordPool::new(cost, PoolSize { workers, waiting }, salt).unwrap()
    }

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_only() {
        let pool = pool(COST, 2, 4);
        let phc = pool.hash("correct").await.unwrap();
        assert_ne!(
            phc,
            pool.hash("correct").await.unwrap(),
            "each hash has a salt of its own"
        );
        assert_eq!(pool.verify("correct", &phc).await, Ok(Verdict::Right));
        assert_eq!(pool.verify("incorrect", &phc).await, Ok(Verdict::Wrong));
        assert_eq!(pool.verify_dummy("correct").await, Ok(Verdict::Wrong));
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once_and_serves_the_accepted_calls() {
        let pool = pool(
            Cost {
                memory_kib: 8192,
                iterations: 4,
            },
            1,
            3,
        );
        let calls = futures_util::future::join_all((0..50).map(|_| pool.verify_dummy("x"))).await;
        let served = calls.iter().filter(|call| **call == Ok(Verdict::Wrong)).count();
        assert!((3..10).contains(&served), "{served}");
        assert_eq!(
            calls.iter().filter(|call| **call == Err(BUSY)).count(),
            50 - served
        );
        assert_eq!(pool.verify_dummy("x").await, Ok(Verdict::Wrong), "it recovers");
    }

    /// A queue without workers, so that nothing is served before the test asks for it.
    fn queue(limit: usize) -> Queue {
        Queue {
            jobs: Mutex::default(),
            changed: Condvar::new(),
            limit,
        }
    }

    /// Queues a call, which waits as long as the receiver lives.
    fn call(queue: &Queue, caller: Caller, password: &str) -> Result<oneshot::Receiver<PhcString>, Busy> {
        let (reply, answer) = oneshot::channel();
        let salt = salt();
        queue.push(caller, password, Task::Hash { salt, reply })?;
        Ok(answer)
    }

    #[test]
    fn a_flood_of_strangers_leaves_every_second_hash_to_known_browsers() {
        let (queue, mut memory) = (queue(3), Vec::new());
        let mut waiting = Vec::new();
        for caller in [Caller::Unknown, Caller::Known] {
            for _ in 0..3 {
                waiting.push(call(&queue, caller, &format!("{caller:?}")).unwrap());
            }
            assert_eq!(call(&queue, caller, "one too many").err(), Some(BUSY));
        }
        let served: Vec<String> = (0..6)
            .map(|_| queue.pop(&mut memory).unwrap().password.to_string())
            .collect();
        assert_eq!(
            served,
            ["Known", "Unknown", "Known", "Unknown", "Known", "Unknown"]
        );
    }

    #[test]
    fn each_queue_is_served_whole_while_the_other_is_empty() {
        for caller in [Caller::Unknown, Caller::Known] {
            let (queue, mut memory) = (queue(3), Vec::new());
            let waiting = [(); 3].map(|()| call(&queue, caller, "x").unwrap());
            for _ in 0..3 {
                assert!(queue.pop(&mut memory).is_some());
            }
            drop(waiting);
        }
    }

    #[tokio::test]
    async fn a_pool_without_a_queue_still_uses_an_idle_worker() {
        let pool = pool(COST, 1, 0);
        while pool.verify_dummy("x").await.is_err() {
            tokio::task::yield_now().await; // the worker is still starting
        }
    }

    #[tokio::test]
    async fn no_hash_is_computed_for_a_caller_who_stopped_waiting() {
        let pool = pool(
            Cost {
                memory_kib: 65536,
                iterations: 4,
            },
            1,
            64,
        );
        for _ in 0..60 {
            let call = pool.verify_dummy("x");
            tokio::select! { biased; _ = call => {} () = std::future::ready(()) => {} }
        }
        let before = std::time::Instant::now();
        pool.verify_dummy("x").await.unwrap();
        assert!(
            before.elapsed() < Duration::from_secs(5),
            "60 hashes would take longer"
        );
    }

    #[tokio::test]
    async fn a_cost_below_the_minimum_is_refused() {
        let size = PoolSize {
            workers: 1,
            waiting: 1,
        };
        assert!(
            PasswordPool::new(
                Cost {
                    memory_kib: 1,
                    iterations: 1
                },
                size,
                salt
            )
            .is_err()
        );
        assert!(
            PasswordPool::new(
                Cost {
                    memory_kib: 64,
                    iterations: 0
                },
                size,
                salt
            )
            .is_err()
        );
    }
}
