//! Limits of connections: how many may be open, in all and from one network, and how long one may be silent.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum_server::accept::Accept;
use futures_util::task::AtomicWaker;
use ipnet::IpNet;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use crate::config::{self, Config};
use crate::web::client_ip::network_of;

/// Open files that are not connections of clients: the database, the log, and connections being closed.
const OTHER_FILES: u32 = 256;

/// How long a connection must be silent before a new one may take its place.
const REPLACEABLE: Duration = Duration::from_secs(1);

/// How often refused connections are logged.
const LOG_EVERY: Duration = Duration::from_mins(1);

/// An acceptor that admits connections up to the limits, and passes them on to another one.
#[derive(Clone)]
pub(super) struct Limited<A> {
    next: A,
    connections: Arc<Connections>,
}

impl<A> Limited<A> {
    pub(super) fn new(next: A, connections: &Arc<Connections>) -> Self {
        let connections = connections.clone();
        Self { next, connections }
    }
}

impl<A, S> Accept<TcpStream, S> for Limited<A>
where
    A: Accept<Admitted, S> + Clone + Send + 'static,
    A::Future: Send,
    S: Send + 'static,
{
    type Stream = A::Stream;
    type Service = A::Service;
    type Future = Pin<Box<dyn Future<Output = io::Result<(A::Stream, A::Service)>> + Send>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let (next, connections) = (self.next.clone(), self.connections.clone());
        Box::pin(async move {
            let peer = stream.peer_addr()?.ip();
            let Some(place) = Place::of(&connections, peer) else {
                connections.log_refusal(peer);
                return Err(io::ErrorKind::ConnectionRefused.into());
            };
            next.accept(Admitted::new(stream, place), service).await
        })
    }
}

/// The open connections.
pub(super) struct Connections {
    limits: config::Connections,
    trusted_proxies: Vec<IpNet>,
    began: Instant,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    last_id: u64,
    by_id: HashMap<u64, Arc<Activity>>,
    by_network: HashMap<IpAddr, u32>,
    refused: u64,
    logged: Option<Instant>,
}

/// When a connection was last active, and whether a new one has taken its place.
#[derive(Default)]
struct Activity {
    /// In milliseconds since the start of the server.
    last: AtomicU64,
    is_replaced: AtomicBool,
    waker: AtomicWaker,
}

impl Connections {
    pub(super) fn new(config: &Config) -> Arc<Self> {
        let limits = config.connections.clone();
        Arc::new(Self {
            limits: config::Connections {
                most: within_open_files(limits.most),
                ..limits
            },
            trusted_proxies: config.server.trusted_proxies.clone(),
            began: Instant::now(),
            open: Mutex::default(),
        })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time since the start of the server in milliseconds.
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The network whose connections are counted; `None` for a trusted proxy, which has no limit of its own.
    fn counted_network(&self, peer: IpAddr) -> Option<IpAddr> {
        let peer = peer.to_canonical();
        let is_proxy = self.trusted_proxies.iter().any(|net| net.contains(&peer));
        (!is_proxy).then(|| network_of(peer))
    }

    fn log_refusal(&self, peer: IpAddr) {
        let mut open = self.open();
        open.refused += 1;
        if open.logged.is_none_or(|at| at.elapsed() >= LOG_EVERY) {
            let (refused, others) = (open.refused, open.by_id.len());
            tracing::warn!(%peer, open = others, refused, "too many connections: refused new ones");
            open.refused = 0;
            open.logged = Some(Instant::now());
        }
    }
}

impl Open {
    /// Removes the connection that has been silent for longest, if it has been for [`REPLACEABLE`]; yields whether
    /// there is one.
    fn replace_silent(&mut self, now: u64) -> bool {
        let silent_longest = self
            .by_id
            .iter()
            .map(|(id, activity)| (activity.last.load(Ordering::Relaxed), *id))
            .min();
        let Some((last, id)) = silent_longest else {
            return false;
        };
        if Duration::from_millis(now.saturating_sub(last)) < REPLACEABLE {
            return false;
        }
        if let Some(activity) = self.by_id.remove(&id) {
            activity.is_replaced.store(true, Ordering::Relaxed);
            activity.waker.wake();
        }
        true
    }
}

/// The place of one connection among the open ones, free again when it is dropped.
struct Place {
    connections: Arc<Connections>,
    id: u64,
    network: Option<IpAddr>,
    activity: Arc<Activity>,
}

impl Place {
    /// A place for a new connection; `None` if there is none.
    fn of(connections: &Arc<Connections>, peer: IpAddr) -> Option<Self> {
        let (network, now) = (connections.counted_network(peer), connections.now());
        let limits = &connections.limits;
        let mut open = connections.open();
        let theirs = network.and_then(|network| open.by_network.get(&network).copied());
        if theirs.unwrap_or_default() >= limits.most_per_network {
            return None;
        }
        let is_full = open.by_id.len() >= usize::try_from(limits.most).unwrap_or(usize::MAX);
        if is_full && !open.replace_silent(now) {
            return None;
        }
        if let Some(network) = network {
            *open.by_network.entry(network).or_default() += 1;
        }
        open.last_id += 1;
        let id = open.last_id;
        let activity = Arc::new(Activity::default());
        activity.last.store(now, Ordering::Relaxed);
        open.by_id.insert(id, activity.clone());
        drop(open);
        Some(Self {
            connections: connections.clone(),
            id,
            network,
            activity,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.connections.open();
        open.by_id.remove(&self.id);
        let Some(network) = self.network else { return };
        if let Some(theirs) = open.by_network.get_mut(&network) {
            *theirs -= 1;
            if *theirs == 0 {
                open.by_network.remove(&network);
            }
        }
    }
}

/// An admitted connection, which fails once it has been silent for too long or a new one has taken its place.
pub(super) struct Admitted {
    stream: TcpStream,
    place: Place,
    timer: Pin<Box<Sleep>>,
    longest_silence: Duration,
}

impl Admitted {
    fn new(stream: TcpStream, place: Place) -> Self {
        let longest_silence = place.connections.limits.first_byte;
        Self {
            stream,
            place,
            timer: Box::pin(tokio::time::sleep(longest_silence)),
            longest_silence,
        }
    }

    fn note_activity(&self) {
        let now = self.place.connections.now();
        self.place.activity.last.store(now, Ordering::Relaxed);
    }

    /// Waits until the connection must end. The timer is set anew only when it has run down, since setting it at every
    /// read would cost more than the read.
    fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let activity = &self.place.activity;
        activity.waker.register(context.waker());
        if activity.is_replaced.load(Ordering::Relaxed) {
            return Poll::Ready(io::ErrorKind::ConnectionAborted.into());
        }
        while self.timer.as_mut().poll(context).is_ready() {
            let last = Duration::from_millis(activity.last.load(Ordering::Relaxed));
            let silent = Duration::from_millis(self.place.connections.now()).saturating_sub(last);
            let Some(left) = self
                .longest_silence
                .checked_sub(silent)
                .filter(|left| !left.is_zero())
            else {
                return Poll::Ready(io::ErrorKind::TimedOut.into());
            };
            self.timer.as_mut().reset(tokio::time::Instant::now() + left);
        }
        Poll::Pending
    }

    /// The result of an operation on the stream, or the error that ends the connection.
    fn unless_ended<T>(
        &mut self,
        context: &mut Context<'_>,
        result: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if result.is_pending() {
            return self.poll_end(context).map(Err);
        }
        self.note_activity();
        result
    }
}

impl AsyncRead for Admitted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_ready() {
            self.longest_silence = self.place.connections.limits.idle;
        }
        self.unless_ended(context, read)
    }
}

impl AsyncWrite for Admitted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.unless_ended(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.unless_ended(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Raises this process's limit of open files as far as `most` connections need and the system allows; yields how many
/// connections it has room for, at most `most`.
fn within_open_files(most: u32) -> u32 {
    let wanted = u64::from(most) + u64::from(OTHER_FILES);
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = wanted.min(maximum.unwrap_or(u64::MAX));
    let mut files = current.unwrap_or(u64::MAX);
    if files < raised {
        let limit = Rlimit {
            current: Some(raised),
            maximum,
        };
        match setrlimit(Resource::Nofile, limit) {
            Ok(()) => files = raised,
            Err(error) => tracing::warn!(%error, files, "cannot raise the limit of open files"),
        }
    }
    if files >= wanted {
        return most;
    }
    let room = u32::try_from(files)
        .unwrap_or(u32::MAX)
        .saturating_sub(OTHER_FILES)
        .max(1);
    tracing::warn!(
        open_files = files,
        connections = room,
        "the limit of open files has room for fewer connections than connections.most"
    );
    room
}
