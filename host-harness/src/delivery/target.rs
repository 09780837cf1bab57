//! What a destination is, and how it is reached.

use std::net::IpAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::signature::SigningKey;
use crate::egress::address::is_public;
use crate::secret::Secret;

/// What a destination is, without anything secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Target {
    /// Lines for a person on standard error of the command that runs.
    Terminal,
    /// Events as JSON lines on standard output of the command that runs.
    Output,
    /// Events as JSON lines at the end of a file.
    File {
        /// The file, absolute.
        path: PathBuf,
    },
    /// Signed events to a web address. The address lies with the key, because many carry a permission.
    Webhook {
        /// Scheme, host and port of the address, for people.
        origin: String,
        /// The operator allows that it leads to a private network or to this machine.
        private: bool,
    },
    /// Mail. The password lies in the vault.
    Mail(MailServer),
}

/// Who sends mail, and to whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailServer {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How it is encrypted.
    pub security: Security,
    /// The sender.
    pub from: String,
    /// The receivers.
    pub to: Vec<String>,
    /// Who signs in; absent: nobody does.
    pub user: Option<String>,
}

/// How a mail server is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Security {
    /// Encrypted after a plain greeting, as on port 587.
    #[default]
    Starttls,
    /// Encrypted from the beginning, as on port 465.
    Tls,
    /// Not at all; for a server on this machine only.
    None,
}

/// Why a destination is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It is no web address.
    #[error("This is no web address. Write one such as https://hooks.example.com/news.")]
    NoUrl,
    /// It is not encrypted.
    #[error(
        "{0} is not encrypted. Use https; plain http is for this machine only, such as http://127.0.0.1:9000 with --allow-private."
    )]
    Plain(String),
    /// It holds a user or a password.
    #[error("A web address with a user or a password in it is not used. Take them out; the signature says who sends.")]
    User,
    /// It leads to a private network.
    #[error("{0} lies in a private network or on this machine. Allow that with --allow-private if it is meant.")]
    Private(String),
    /// A mail address is none.
    #[error("{0} is no mail address.")]
    Address(String),
    /// Mail would go out in the clear.
    #[error("{0} is another machine, and mail to it has to be encrypted. Use --security starttls or tls.")]
    PlainMail(String),
}

/// What is secret about a webhook.
pub struct WebhookSecret {
    /// The whole address.
    pub url: Url,
    /// What signs.
    pub key: SigningKey,
    written: Secret,
}

impl WebhookSecret {
    /// An address, judged, and a key as it is written.
    pub(crate) fn new(url: Url, key: SigningKey, written: &str) -> Self {
        let written = Secret::from(format!("{written}\n{url}"));
        Self { url, key, written }
    }

    /// As it is sealed.
    pub fn sealed(&self) -> &Secret {
        &self.written
    }

    /// From what was sealed; absent when it is something else.
    pub(super) fn read(secret: &Secret) -> Option<Self> {
        let (key, url) = secret.expose_text()?.split_once('\n')?;
        Some(Self { url: Url::parse(url).ok()?, key: SigningKey::read(key).ok()?, written: secret.clone() })
    }
}

impl Target {
    /// The word for its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Output => "output",
            Self::File { .. } => "file",
            Self::Webhook { .. } => "webhook",
            Self::Mail(_) => "mail",
        }
    }

    /// Where it leads, for people, without anything secret.
    pub fn address(&self) -> String {
        match self {
            Self::Terminal => "standard error".to_owned(),
            Self::Output => "standard output".to_owned(),
            Self::File { path } => path.display().to_string(),
            Self::Webhook { origin, .. } => origin.clone(),
            Self::Mail(server) => format!("{} by {}:{}", server.to.join(", "), server.host, server.port),
        }
    }
}

/// Judges a web address: encrypted, without a user, and in no private network unless that is allowed.
///
/// # Errors
/// What is wrong with it. A message never repeats the path, which may carry a permission.
pub(crate) fn judge(url: &Url, private: bool) -> Result<(), TargetError> {
    let host = url.host().ok_or(TargetError::NoUrl)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(TargetError::User);
    }
    let (address, here) = match &host {
        Host::Domain(name) => (None, is_localhost(name)),
        Host::Ipv4(address) => (Some(IpAddr::V4(*address)), address.is_loopback()),
        Host::Ipv6(address) => (Some(IpAddr::V6(*address)), address.is_loopback()),
    };
    let origin = url.origin().ascii_serialization();
    match url.scheme() {
        "https" => {}
        "http" if here => {}
        "http" => return Err(TargetError::Plain(origin)),
        _ => return Err(TargetError::NoUrl),
    }
    // A name is judged again when it is looked up.
    if !private && (here || address.is_some_and(|address| !is_public(address))) {
        return Err(TargetError::Private(origin));
    }
    Ok(())
}

/// The name means this machine.
pub(crate) fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str, private: bool) -> Result<(), TargetError> {
        judge(&Url::parse(text).unwrap(), private)
    }

    #[test]
    fn only_encrypted_public_addresses_are_taken_unless_more_is_allowed() {
        let plain = |origin: &str| Err(TargetError::Plain(origin.to_owned()));
        let closed = |origin: &str| Err(TargetError::Private(origin.to_owned()));
        #[rustfmt::skip]
        let cases = [
            ("https://hooks.example.com/x?y=z", Ok(()), Ok(())),
            ("https://hooks.example.com:8443/", Ok(()), Ok(())),
            ("https://8.8.8.8/", Ok(()), Ok(())),
            ("http://hooks.example.com/secret", plain("http://hooks.example.com"), plain("http://hooks.example.com")),
            ("http://10.0.0.1/", plain("http://10.0.0.1"), plain("http://10.0.0.1")),
            ("https://10.0.0.1/", closed("https://10.0.0.1"), Ok(())),
            ("https://0x7f.1/", closed("https://127.0.0.1"), Ok(())),
            ("https://[::1]:9/", closed("https://[::1]:9"), Ok(())),
            ("https://169.254.169.254/", closed("https://169.254.169.254"), Ok(())),
            ("https://localhost/", closed("https://localhost"), Ok(())),
            ("http://localhost:9000/", closed("http://localhost:9000"), Ok(())),
            ("http://127.0.0.1:9000/", closed("http://127.0.0.1:9000"), Ok(())),
            ("https://user@hooks.example.com/", Err(TargetError::User), Err(TargetError::User)),
            ("ftp://hooks.example.com/", Err(TargetError::NoUrl), Err(TargetError::NoUrl)),
        ];
        for (text, open, allowed) in cases {
            assert_eq!(judged(text, false), open, "{text}");
            assert_eq!(judged(text, true), allowed, "{text}");
        }
    }

    #[test]
    fn a_refusal_never_repeats_the_path() {
        let refused = judged("http://hooks.example.com/t0ken", false).unwrap_err().to_string();
        assert!(!refused.contains("t0ken"), "{refused}");
    }
}
