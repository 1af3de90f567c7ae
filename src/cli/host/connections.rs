//! Limits of connections: how many may be open, in all and from one network, how long one may be silent, and how long
//! the head of a request may take.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::http::{Request, Version};
use axum_server::accept::Accept;
use futures_util::task::AtomicWaker;
use ipnet::IpNet;
use pin_project_lite::pin_project;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;
use tower::Service;

use crate::config::{self, Config};
use crate::web::client_ip::network_of;

/// Open files that are not connections of clients: the database, the log, and connections being closed.
const OTHER_FILES: u32 = 256;

/// How long a connection must be silent before a new one may replace it.
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
    A: Accept<Admitted, Watched<S>> + Clone + Send + 'static,
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
            let Some(permit) = Permit::of(&connections, peer) else {
                connections.log_refusal(peer);
                return Err(io::ErrorKind::ConnectionRefused.into());
            };
            let activity = permit.activity.clone();
            let service = Watched { service, activity };
            next.accept(Admitted::new(stream, permit), service).await
        })
    }
}

/// The open connections.
pub(super) struct Connections {
    limits: config::Connections,
    trusted_proxies: Vec<IpNet>,
    began: Instant,
    open: Mutex<OpenConnections>,
}

#[derive(Default)]
struct OpenConnections {
    last_id: u64,
    by_id: HashMap<u64, Arc<Activity>>,
    by_network: HashMap<IpAddr, u32>,
    refused: u64,
    logged: Option<Instant>,
}

/// What a connection is doing, and whether a new one has replaced it. Times are in milliseconds since the start of
/// the server.
#[derive(Default)]
struct Activity {
    /// When it was last active.
    last: AtomicU64,
    /// When the head of a request began to arrive; 0 while none is arriving.
    head_began: AtomicU64,
    /// How many requests are being responded to.
    running: AtomicU32,
    /// Whether it uses HTTP/2, on which clients also send frames that belong to no request.
    is_http2: AtomicBool,
    is_replaced: AtomicBool,
    waker: AtomicWaker,
}

impl Activity {
    /// Notes that bytes have arrived: those of a head, if no request is running.
    fn note_read(&self, now: u64) {
        let is_between = self.running.load(Ordering::Relaxed) == 0 && !self.is_http2.load(Ordering::Relaxed);
        if is_between && self.head_began.load(Ordering::Relaxed) == 0 {
            self.head_began.store(now.max(1), Ordering::Relaxed);
        }
    }

    /// Notes that the head of a request has arrived.
    fn begin_request(self: &Arc<Self>, version: Version) -> Running {
        self.is_http2.store(version == Version::HTTP_2, Ordering::Relaxed);
        self.head_began.store(0, Ordering::Relaxed);
        self.running.fetch_add(1, Ordering::Relaxed);
        Running(self.clone())
    }
}

/// A request that is being responded to.
struct Running(Arc<Activity>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The service of one connection, which notes when requests begin and end.
#[derive(Clone)]
pub(super) struct Watched<S> {
    service: S,
    activity: Arc<Activity>,
}

impl<S, B> Service<Request<B>> for Watched<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = WatchedResponse<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        WatchedResponse {
            _running: self.activity.begin_request(request.version()),
            response: self.service.call(request),
        }
    }
}

pin_project! {
    /// The response to a request, which counts as running until the response is there.
    pub(super) struct WatchedResponse<F> {
        _running: Running,
        #[pin]
        response: F,
    }
}

impl<F: Future> Future for WatchedResponse<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.project().response.poll(context)
    }
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

    fn open(&self) -> MutexGuard<'_, OpenConnections> {
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

impl OpenConnections {
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

/// The permit of one open connection, which is released when this is dropped.
struct Permit {
    connections: Arc<Connections>,
    id: u64,
    network: Option<IpAddr>,
    activity: Arc<Activity>,
}

impl Permit {
    /// A permit for a new connection; `None` if a limit is reached.
    fn of(connections: &Arc<Connections>, peer: IpAddr) -> Option<Self> {
        let (network, now) = (connections.counted_network(peer), connections.now());
        let limits = &connections.limits;
        let mut open = connections.open();
        let count = network.and_then(|network| open.by_network.get(&network).copied());
        if count.unwrap_or_default() >= limits.most_per_network {
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

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.connections.open();
        open.by_id.remove(&self.id);
        let Some(network) = self.network else { return };
        if let Some(count) = open.by_network.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                open.by_network.remove(&network);
            }
        }
    }
}

/// An admitted connection, which fails once it has been silent for too long or a new one has replaced it.
pub(super) struct Admitted {
    stream: TcpStream,
    permit: Permit,
    timer: Pin<Box<Sleep>>,
    longest_silence: Duration,
}

impl Admitted {
    fn new(stream: TcpStream, permit: Permit) -> Self {
        let longest_silence = permit.connections.limits.first_byte;
        Self {
            stream,
            permit,
            timer: Box::pin(tokio::time::sleep(longest_silence)),
            longest_silence,
        }
    }

    /// Marks it as active now; yields this time.
    fn note_activity(&self) -> u64 {
        let now = self.permit.connections.now();
        self.permit.activity.last.store(now, Ordering::Relaxed);
        now
    }

    /// How long until silence or a slow head ends it; `None` if one of them does now.
    fn time_left(&self) -> Option<Duration> {
        let (activity, now) = (&self.permit.activity, self.permit.connections.now());
        let left =
            |limit: Duration, began: u64| limit.checked_sub(Duration::from_millis(now.saturating_sub(began)));
        let silent = left(self.longest_silence, activity.last.load(Ordering::Relaxed))?;
        let longest_head = self.permit.connections.limits.head;
        let head = match activity.head_began.load(Ordering::Relaxed) {
            // If a head begins later, the timer expires no later than that head's limit.
            0 => longest_head,
            began => left(longest_head, began)?,
        };
        Some(silent.min(head)).filter(|left| !left.is_zero())
    }

    /// Waits until the connection must end. The timer is reset only when it has expired, since resetting it at every
    /// read would cost more than the read.
    fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let activity = &self.permit.activity;
        activity.waker.register(context.waker());
        if activity.is_replaced.load(Ordering::Relaxed) {
            return Poll::Ready(io::ErrorKind::ConnectionAborted.into());
        }
        while self.timer.as_mut().poll(context).is_ready() {
            let Some(left) = self.time_left() else {
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
            self.longest_silence = self.permit.connections.limits.idle;
            self.permit.activity.note_read(self.note_activity());
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
        "the limit of open files allows fewer connections than connections.most"
    );
    room
}
