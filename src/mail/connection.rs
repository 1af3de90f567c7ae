//! The connection to the mail server, step by step, so that a failure names the step that it happened in.

use std::net::SocketAddr;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters, TlsVersion,
};
use lettre::transport::smtp::commands::{Mail, Rset};
use lettre::transport::smtp::extension::ClientId;
use tokio::net::{TcpStream, lookup_host};

use crate::clock::Time;
use crate::config::Config;
use crate::crypto::{MasterKey, SealError, Secret};
use crate::directory::mail::open_password;
use crate::fetch::Guard;
use crate::model::mail::{Encryption, MailSettings, Step, TestResult, sender_parts};

/// The ports on which only mail servers listen. With any port, whoever may set the mail server could scan the networks
/// behind this server for other services.
const PORTS: [u16; 4] = [25, 465, 587, 2525];

/// The timeout of each step. A server that accepts a message may scan it first.
const STEP_TIMEOUT: Duration = Duration::from_secs(20);

/// How to reach the mail server and log in.
#[derive(Clone, Debug)]
pub struct Access {
    /// The settings.
    pub(super) settings: MailSettings,
    /// The opened password.
    password: Option<Secret<String>>,
    /// The name by which this server introduces itself: the issuer's host.
    hello: String,
    /// The hosts and networks that may be reached on other ports than [`PORTS`] although they are not public.
    guard: Guard,
}

impl Access {
    /// How to reach the mail server of these settings.
    ///
    /// # Errors
    /// When the password cannot be opened.
    pub fn new(config: &Config, master: &MasterKey, settings: MailSettings) -> Result<Self, SealError> {
        let sealed = settings.password.as_deref();
        Ok(Self {
            password: sealed.map(|sealed| open_password(master, sealed)).transpose()?,
            hello: config.server.issuer.host(),
            guard: Guard::new(&config.mail.allow),
            settings,
        })
    }

    /// The server's addresses that may be reached. The client connects to exactly these, so that no second DNS answer
    /// can differ.
    async fn addresses(&self) -> Result<Vec<SocketAddr>, StepFailed> {
        let (server, port) = (self.settings.server.as_str(), self.settings.port);
        let found = within(Step::Resolve, lookup_host((server, port))).await?;
        let any_address = PORTS.contains(&port) || self.guard.allows_host(server);
        let allowed: Vec<_> = found
            .filter(|address| any_address || self.guard.allows(address.ip()))
            .collect();
        if allowed.is_empty() {
            return Err(StepFailed {
                step: Step::Resolve,
                detail: format!(
                    "{server} has no public address, so only the ports {PORTS:?} are allowed; [mail] allow in the \
                     configuration can permit others"
                ),
                for_good: false,
            });
        }
        Ok(allowed)
    }
}

/// A step that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepFailed {
    /// The step.
    pub step: Step,
    /// What the server or the system said.
    pub detail: String,
    /// Whether the server refused this mail for good.
    pub for_good: bool,
}

/// A step of a test, and whether it failed.
pub type Tested = (Step, Result<(), StepFailed>);

/// The maximum length of the text of a failure, since a server may say as much as it likes.
const MAX_DETAIL: usize = 500;

fn failed(step: Step, error: impl std::error::Error) -> StepFailed {
    let mut detail = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !detail.contains(&text) {
            detail = format!("{detail}: {text}");
        }
        source = cause.source();
    }
    StepFailed {
        step,
        detail: detail.chars().take(MAX_DETAIL).collect(),
        for_good: false,
    }
}

/// Awaits a step, with its timeout.
async fn within<T, E: std::error::Error>(
    step: Step,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, StepFailed> {
    match tokio::time::timeout(STEP_TIMEOUT, work).await {
        Ok(outcome) => outcome.map_err(|error| failed(step, error)),
        Err(elapsed) => Err(failed(step, elapsed)),
    }
}

/// Connects to the mail server, step by step; `done` is called after each step that succeeded.
///
/// # Errors
/// The step that failed.
pub(super) async fn connect(
    access: &Access,
    mut done: impl FnMut(Step) + Send,
) -> Result<AsyncSmtpConnection, StepFailed> {
    let settings = &access.settings;
    let hello = ClientId::Domain(access.hello.clone());
    let addresses = access.addresses().await?;
    done(Step::Resolve);
    let mut connection = if settings.encryption == Encryption::Implicit {
        // This connection only distinguishes a server that cannot be reached from one that cannot encrypt.
        drop(within(Step::Connect, TcpStream::connect(&*addresses)).await?);
        done(Step::Connect);
        let tls = Some(tls(settings)?);
        let connected =
            AsyncSmtpConnection::connect_tokio1(&*addresses, Some(STEP_TIMEOUT), &hello, tls, None);
        within(Step::Encrypt, connected).await?
    } else {
        let connected =
            AsyncSmtpConnection::connect_tokio1(&*addresses, Some(STEP_TIMEOUT), &hello, None, None);
        let connection = within(Step::Connect, connected).await?;
        done(Step::Connect);
        connection
    };
    if settings.encryption == Encryption::StartTls {
        within(Step::Encrypt, connection.starttls(tls(settings)?, &hello)).await?;
    }
    done(Step::Encrypt);
    if let (Some(user), Some(password)) = (&settings.user, &access.password) {
        let credentials = Credentials::new(user.clone(), password.expose().clone());
        let mechanisms = [Mechanism::Plain, Mechanism::Login];
        within(Step::LogIn, connection.auth(&mechanisms, &credentials)).await?;
    }
    done(Step::LogIn);
    Ok(connection)
}

fn tls(settings: &MailSettings) -> Result<TlsParameters, StepFailed> {
    let builder = TlsParameters::builder(settings.server.clone()).set_min_tls_version(TlsVersion::Tlsv12);
    let builder = match &settings.ca {
        None => builder.certificate_store(CertificateStore::WebpkiRoots),
        Some(pem) => {
            let authority = Certificate::from_pem(pem.as_bytes());
            let authority = authority.map_err(|error| failed(Step::Encrypt, error))?;
            builder
                .certificate_store(CertificateStore::None)
                .add_root_certificate(authority)
        }
    };
    builder.build().map_err(|error| failed(Step::Encrypt, error))
}

/// The result of a test that was made at this time.
#[must_use]
pub fn result_of(steps: &[Tested], at: Time) -> TestResult {
    let failed = steps.iter().find_map(|(step, outcome)| {
        let failed = outcome.as_ref().err()?;
        Some((*step, failed.detail.clone()))
    });
    TestResult { at, failed }
}

/// Tests the connection until the server has accepted the sender, and sends nothing. Yields the steps up to the first
/// one that failed.
pub async fn test(access: &Access) -> Vec<Tested> {
    let mut steps = Vec::new();
    let outcome = match connect(access, |step| steps.push((step, Ok(())))).await {
        Ok(mut connection) => {
            let outcome = offer_sender(access, &mut connection).await;
            let _ = tokio::time::timeout(STEP_TIMEOUT, connection.quit()).await;
            outcome
        }
        Err(failed) => Err(failed),
    };
    match outcome {
        Ok(()) => steps.push((Step::Sender, Ok(()))),
        Err(failed) => steps.push((failed.step, Err(failed))),
    }
    steps
}

async fn offer_sender(access: &Access, connection: &mut AsyncSmtpConnection) -> Result<(), StepFailed> {
    let sender: Address = sender_parts(&access.settings.sender)
        .1
        .parse()
        .map_err(|error| failed(Step::Sender, error))?;
    within(Step::Sender, connection.command(Mail::new(Some(sender), vec![]))).await?;
    within(Step::Sender, connection.command(Rset)).await?;
    Ok(())
}

/// Sends a message on a connection.
///
/// # Errors
/// When the server refuses it, or the connection is lost.
pub(super) async fn send(
    connection: &mut AsyncSmtpConnection,
    message: &lettre::Message,
) -> Result<(), StepFailed> {
    let bytes = message.formatted();
    let sent = connection.send(message.envelope(), &bytes);
    match tokio::time::timeout(STEP_TIMEOUT, sent).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => {
            let for_good = error.is_permanent();
            Err(StepFailed {
                for_good,
                ..failed(Step::Message, error)
            })
        }
        Err(elapsed) => Err(failed(Step::Message, elapsed)),
    }
}
