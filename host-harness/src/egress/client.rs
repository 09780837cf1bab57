//! The one HTTP client of the process: HTTPS only, encrypted and resolved by our own rules.

use super::address::is_public;
use super::policy::{HostError, HostPattern};
use crate::limits::CONNECT;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// How long a connection waits unused for the next request: a little less than services do.
const IDLE: Duration = Duration::from_secs(50);

/// The port of every granted origin.
const HTTPS: u16 = 443;

/// Names that lead to an address that the operator names: `HOST:PORT=ADDRESS:PORT`. Addresses, names of certificates and
/// everything else stay as they are; only the connection goes elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectTo {
    host: HostPattern,
    to: SocketAddr,
}

/// Why a mapping is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectToError {
    /// Its shape is wrong.
    #[error("`{0}` is no mapping. Write HOST:443=ADDRESS:PORT, such as `api.example.com:443=127.0.0.1:8443`.")]
    Shape(String),
    /// The host before the equals sign is wrong.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The port before the equals sign is not the one that requests use.
    #[error("`{0}` maps another port than 443, which no request uses. Write HOST:443=ADDRESS:PORT.")]
    Port(String),
    /// What stands behind the equals sign is no address.
    #[error(
        "`{0}` leads to no address. Behind the equals sign stands an IP address with a port, such as `127.0.0.1:8443` or `[::1]:8443`."
    )]
    Address(String),
}

impl FromStr for ConnectTo {
    type Err = ConnectToError;

    fn from_str(text: &str) -> Result<Self, ConnectToError> {
        let shape = || ConnectToError::Shape(text.to_owned());
        let (from, to) = text.split_once('=').ok_or_else(shape)?;
        let (host, port) = from.rsplit_once(':').ok_or_else(shape)?;
        if port.parse() != Ok(HTTPS) {
            return Err(ConnectToError::Port(text.to_owned()));
        }
        let to: SocketAddr = to.parse().map_err(|_| ConnectToError::Address(text.to_owned()))?;
        if to.port() == 0 {
            return Err(ConnectToError::Address(text.to_owned()));
        }
        Ok(Self { host: host.parse()?, to })
    }
}

/// Why the network cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// A file of certificate authorities cannot be read.
    #[error("{} cannot be read: {cause}. Name a file with certificates in PEM form.", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// A file holds no certificate.
    #[error("{} holds no certificate. Name a file with certificates in PEM form.", .0.display())]
    NoCertificate(PathBuf),
    /// Encryption or the client cannot be set up.
    #[error("The HTTP client cannot be set up: {0}.")]
    Client(String),
}

/// The client and what it was told about names.
pub struct Network {
    client: reqwest::Client,
}

impl Network {
    /// A client that trusts the system's certificate authorities and those in the files.
    ///
    /// # Errors
    /// A file cannot be read or holds no certificate.
    pub fn new(connect_to: Vec<ConnectTo>, ca_files: &[PathBuf]) -> Result<Self, NetworkError> {
        Ok(Self { client: client(Names { connect_to, private: false }, ca_files)? })
    }

    /// The client itself. Whoever uses it has asked the policy before.
    pub(super) fn client(&self) -> &reqwest::Client {
        &self.client
    }
}

/// A client for an address that the operator named and no connector can change. With `private`, the address may lead to
/// a private network or to this machine, and need not be encrypted: whoever uses it has judged that.
///
/// # Errors
/// As for [`Network::new`].
pub fn named_by_operator(
    connect_to: Vec<ConnectTo>,
    ca_files: &[PathBuf],
    private: bool,
) -> Result<reqwest::Client, NetworkError> {
    client(Names { connect_to, private }, ca_files)
}

fn client(names: Names, ca_files: &[PathBuf]) -> Result<reqwest::Client, NetworkError> {
    let encrypted_only = !names.private;
    reqwest::Client::builder()
        .tls_backend_preconfigured(encryption(ca_files)?)
        .dns_resolver(names)
        .https_only(encrypted_only)
        // A redirect is the connector's to see and the policy's to grant.
        .redirect(reqwest::redirect::Policy::none())
        // A repeated request would count twice against the quota; the schedule repeats steps.
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .gzip(true)
        .connect_timeout(CONNECT)
        .pool_idle_timeout(IDLE)
        .user_agent(concat!("host-harness/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| NetworkError::Client(error.to_string()))
}

fn encryption(ca_files: &[PathBuf]) -> Result<ClientConfig, NetworkError> {
    let mut roots = RootCertStore::empty();
    // A system without any leaves the files; a certificate that cannot be read is one that nobody trusts.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for path in ca_files {
        for certificate in certificates(path)? {
            let bad = |error: rustls::Error| NetworkError::CaFile { path: path.clone(), cause: error.to_string() };
            roots.add(certificate).map_err(bad)?;
        }
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| NetworkError::Client(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

pub(crate) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, NetworkError> {
    let bad = |cause: String| NetworkError::CaFile { path: path.to_owned(), cause };
    let bytes = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match found {
        Ok(none) if none.is_empty() => Err(NetworkError::NoCertificate(path.to_owned())),
        Ok(found) => Ok(found),
        Err(error) => Err(bad(error.to_string())),
    }
}

/// Every address of the name is of a network that is closed to connectors.
#[derive(Debug, thiserror::Error)]
#[error("{0} leads to addresses of a private network only, which are closed to connectors")]
pub(crate) struct OnlyPrivate(String);

/// Looks names up, and gives only addresses that may be dialled.
struct Names {
    connect_to: Vec<ConnectTo>,
    /// Private addresses are dialled too.
    private: bool,
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_ascii_lowercase();
        if let Some(mapping) = self.connect_to.iter().find(|mapping| mapping.host.matches(&name)) {
            let addresses: Addrs = Box::new(std::iter::once(mapping.to));
            return Box::pin(std::future::ready(Ok(addresses)));
        }
        let private = self.private;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), HTTPS)).await?.collect();
            if private {
                // Without a port, that of the URL is dialled.
                let all: Addrs = Box::new(found.into_iter().map(|address| SocketAddr::new(address.ip(), 0)));
                return Ok(all);
            }
            Ok(vetted(&name, found)?)
        })
    }
}

fn vetted(name: &str, found: Vec<SocketAddr>) -> Result<Addrs, OnlyPrivate> {
    let public: Vec<SocketAddr> = found.into_iter().filter(|address| is_public(address.ip())).collect();
    if public.is_empty() { Err(OnlyPrivate(name.to_owned())) } else { Ok(Box::new(public.into_iter())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_names_a_host_and_an_address() {
        let mapping: ConnectTo = "*.example.com:443=[::1]:8443".parse().unwrap();
        assert!(mapping.host.matches("api.example.com"));
        assert_eq!(mapping.to, "[::1]:8443".parse().unwrap());
    }

    #[test]
    fn a_mapping_that_would_do_nothing_is_refused_with_a_sentence() {
        let cases = [
            ("api.example.com", "is no mapping"),
            ("api.example.com=127.0.0.1:8443", "is no mapping"),
            ("api.example.com:80=127.0.0.1:8443", "another port than 443"),
            ("api.example.com:443=localhost:8443", "leads to no address"),
            ("api.example.com:443=127.0.0.1", "leads to no address"),
            ("api.example.com:443=127.0.0.1:0", "leads to no address"),
            ("*:443=127.0.0.1:8443", "is no host"),
            ("", "is no mapping"),
        ];
        for (text, expected) in cases {
            let error = text.parse::<ConnectTo>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[tokio::test]
    async fn a_mapped_name_leads_to_its_address_though_it_is_private() {
        let names = Names { connect_to: vec!["*.example.com:443=127.0.0.1:8443".parse().unwrap()], private: false };
        let found = names.resolve("API.example.com".parse().unwrap()).await.unwrap();
        assert_eq!(found.collect::<Vec<_>>(), ["127.0.0.1:8443".parse().unwrap()]);
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_not_dialled() {
        let names = Names { connect_to: Vec::new(), private: false };
        let error = names.resolve("localhost".parse().unwrap()).await.err().unwrap();
        assert!(error.is::<OnlyPrivate>(), "{error}");
    }

    #[test]
    fn of_mixed_addresses_only_the_public_ones_are_dialled() {
        let found = ["127.0.0.1:443", "8.8.8.8:443", "10.0.0.1:443"].map(|address| address.parse().unwrap());
        let left: Vec<_> = vetted("a.example", found.to_vec()).ok().unwrap().collect();
        assert_eq!(left, ["8.8.8.8:443".parse().unwrap()]);
    }

    #[test]
    fn a_file_of_authorities_that_is_missing_or_holds_none_is_named() {
        let missing = Network::new(Vec::new(), &["/nowhere/ca.pem".into()]).err().unwrap();
        assert!(missing.to_string().starts_with("/nowhere/ca.pem cannot be read"), "{missing}");
        let file = tempfile::NamedTempFile::new().unwrap();
        let empty = Network::new(Vec::new(), &[file.path().to_owned()]).err().unwrap();
        assert!(empty.to_string().contains("holds no certificate"), "{empty}");
    }
}
