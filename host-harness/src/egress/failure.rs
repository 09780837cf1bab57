//! Why a request got no answer: as the guest is told, and as a person is told.

use super::client::OnlyPrivate;
use std::error::Error as StdError;
use wasmtime_wasi_http::Error;

/// The error code for the guest.
pub(super) fn failure(error: &reqwest::Error) -> Error {
    if find::<OnlyPrivate>(error).is_some() {
        return Error::DestinationIpProhibited;
    }
    match encryption(error) {
        Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented) => {
            return Error::TlsCertificateError;
        }
        Some(_) => return Error::TlsProtocolError,
        None => {}
    }
    if error.is_dns() {
        return Error::DnsError { rcode: None, info_code: None };
    }
    match (error.is_timeout(), error.is_connect()) {
        (true, true) => Error::ConnectionTimeout,
        (true, false) => Error::ConnectionReadTimeout,
        (false, true) => Error::ConnectionRefused,
        (false, false) if error.is_decode() => Error::HttpResponseContentCoding(None),
        (false, false) => Error::ConnectionTerminated,
    }
}

/// The sentence for a person. Names the host, and never the address.
pub(super) fn sentence(host: &str, error: &reqwest::Error) -> String {
    if let Some(private) = find::<OnlyPrivate>(error) {
        return private.to_string();
    }
    if let Some(encryption) = encryption(error) {
        return format!("{host} cannot be trusted: {encryption}");
    }
    if error.is_dns() {
        return format!("{host} was not found; check the name and the connection to the network");
    }
    match (error.is_timeout(), error.is_connect()) {
        (true, true) => format!("{host} did not take the connection in time"),
        (true, false) => format!("{host} did not answer in time"),
        (false, true) => format!("{host} could not be reached: {}", innermost(error)),
        (false, false) => format!("{host} broke the connection off: {}", innermost(error)),
    }
}

/// What went wrong with encryption.
fn encryption(error: &reqwest::Error) -> Option<&rustls::Error> {
    find(error)
}

/// Looks for a cause of this type.
fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let found = error.downcast_ref::<E>();
    found.or_else(|| cause(error).and_then(find))
}

/// The next cause. An I/O error that was made of another error leaves that one out of its sources.
fn cause<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

fn innermost(error: &reqwest::Error) -> String {
    let mut last: &(dyn StdError + 'static) = error;
    while let Some(next) = cause(last) {
        last = next;
    }
    plain(&last.to_string()).to_owned()
}

/// What a library says, without the address of its own documentation.
fn plain(text: &str) -> &str {
    text.split_once(": https://docs.rs/").map_or(text, |(plain, _)| plain)
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn the_documentation_of_a_library_is_not_told() {
        let said = "peer closed connection without sending TLS close_notify: https://docs.rs/rustls/latest/x#eof";
        assert_eq!(plain(said), "peer closed connection without sending TLS close_notify");
        assert_eq!(plain("connection reset by peer"), "connection reset by peer");
    }
}
