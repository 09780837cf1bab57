//! Mail: one for all that is due, so that much news is no flood.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use jiff::Timestamp;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use sha2::{Digest, Sha256};

use super::event::Event;
use super::round::Refusal;
use super::target::{MailServer, Security};
use crate::secret::Secret;
use crate::text::counted;

/// How long a server may take for one answer: RFC 5321 allows minutes, which would hold up every other destination.
const ANSWER: Duration = Duration::from_secs(30);
/// How long a whole mail may take.
const WHOLE: Duration = Duration::from_secs(90);

/// Sends one mail with all events.
pub(super) async fn send(
    server: &MailServer,
    password: Option<&Secret>,
    ca_files: &[PathBuf],
    events: &[Event],
    now: Timestamp,
) -> Result<(), Refusal> {
    let message = compose(server, events, now).map_err(Refusal::new)?;
    let transport = transport(server, password, ca_files).map_err(Refusal::new)?;
    match tokio::time::timeout(WHOLE, transport.send(message)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(Refusal::new(sentence(server, &error))),
        Err(_) => {
            Err(Refusal::new(format!("{} did not take the mail within {} seconds.", server.host, WHOLE.as_secs())))
        }
    }
}

fn sentence(server: &MailServer, error: &lettre::transport::smtp::Error) -> String {
    let host = &server.host;
    let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    let cause = cause.trim().trim_end_matches('.');
    match error.status() {
        Some(code) => format!("{host} refused the mail ({code}: {cause})."),
        None if error.is_timeout() => format!("{host} did not answer within {} seconds.", ANSWER.as_secs()),
        None => format!("{host} could not be reached ({cause})."),
    }
}

fn transport(
    server: &MailServer,
    password: Option<&Secret>,
    ca_files: &[PathBuf],
) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.host.as_str())
        .port(server.port)
        .timeout(Some(ANSWER))
        .tls(tls(server, ca_files)?);
    if let Some(user) = &server.user {
        let password = password.and_then(Secret::expose_text).unwrap_or_default().to_owned();
        builder = builder.credentials(Credentials::new(user.clone(), password));
    }
    Ok(builder.build())
}

fn tls(server: &MailServer, ca_files: &[PathBuf]) -> Result<Tls, String> {
    if server.security == Security::None {
        return Ok(Tls::None);
    }
    let failed = |error: lettre::transport::smtp::Error| format!("Encryption cannot be set up: {error}.");
    let mut parameters = TlsParameters::builder(server.host.clone());
    for path in ca_files {
        for certificate in crate::egress::client::certificates(path).map_err(|error| error.to_string())? {
            parameters = parameters.add_root_certificate(Certificate::from_der(certificate.to_vec()).map_err(failed)?);
        }
    }
    let parameters = parameters.build_rustls().map_err(failed)?;
    Ok(match server.security {
        Security::Tls => Tls::Wrapper(parameters),
        Security::Starttls | Security::None => Tls::Required(parameters),
    })
}

/// The text is a mail address, with or without a name before it.
pub(crate) fn is_mail_address(text: &str) -> bool {
    text.parse::<Mailbox>().is_ok()
}

/// The mail. Its Message-ID comes from the ids of its events, so that one that is sent twice is known as the same.
fn compose(server: &MailServer, events: &[Event], now: Timestamp) -> Result<Message, String> {
    let mailbox = |address: &String| {
        address.parse::<Mailbox>().map_err(|error| format!("{address} is no mail address ({error})."))
    };
    let from = mailbox(&server.from)?;
    let mut hash = Sha256::new();
    for event in events {
        hash.update(event.id());
    }
    let id = BASE64.encode(hash.finalize());
    let connection = events.first().map(Event::connection).unwrap_or_default();
    let what = match events {
        [one] => one.title(),
        many => counted(many.len() as u64, "notification", "notifications"),
    };
    let mut text = String::new();
    for event in events {
        text.push_str(&format!("{}\n{}\n\n", event.title(), event.body()));
    }
    text.push_str(&format!("-- \nAcknowledge or mute: host-harness notifications {connection} list\n"));
    let mut builder = Message::builder()
        .message_id(Some(format!("<{id}@{}>", from.email.domain())))
        .date(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(now.as_second()).unwrap_or(0)))
        .from(from)
        .subject(format!("{connection}: {what}"))
        // So that no absence note comes back (RFC 3834).
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
        .header(ContentType::TEXT_PLAIN);
    for to in &server.to {
        builder = builder.to(mailbox(to)?);
    }
    builder.body(text).map_err(|error| format!("The mail cannot be written: {error}."))
}
