//! What a request is aimed at, and why it may not be sent.

use super::policy::Granted;
use crate::limits::{ADDRESS, REQUEST_BODY};
use http::{Method, Uri};
use url::{Host, Url};

/// A request that is not sent. Each names the host that was asked for and never the rest of the address, which may carry
/// a permission.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the connector asked for an address that is none, or longer than {ADDRESS} bytes")]
    NoAddress,
    #[error("the connector asked for {0} without encryption; only HTTPS is allowed")]
    NotHttps(String),
    #[error("the connector asked for {host} on port {port}; only port 443 is allowed")]
    Port { host: String, port: u16 },
    #[error("the connector put a user into an address of {0}, which is not allowed")]
    User(String),
    #[error("the connector asked for the address {0} instead of a name, which is not allowed")]
    NotAName(String),
    #[error("the connector asked for host {0}, which is not allowed")]
    Host(String),
    #[error("the connector asked for {method} on host {host}, which is allowed for {allowed} only")]
    Method { host: String, method: String, allowed: String },
    #[error("the connector sent a credential of its own to host {0}, which is not allowed")]
    Authorization(String),
    #[error("the connector wanted to use the network in a call that has none")]
    NoNetwork,
    #[error("the connector sent more than {REQUEST_BODY} bytes to host {0} in one request")]
    Body(String),
}

/// The address of a request, with a host that is a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) url: Url,
    pub(super) host: String,
}

/// Reads the address of a request. Compared is what the URL parser sees, which is what the client will dial.
pub(super) fn read(uri: &Uri) -> Result<Target, Refusal> {
    let text = uri.to_string();
    if text.len() > ADDRESS {
        return Err(Refusal::NoAddress);
    }
    let url = Url::parse(&text).map_err(|_| Refusal::NoAddress)?;
    let host = match url.host() {
        // A name with a dot at its end is the same name, and another text.
        Some(Host::Domain(name)) if !name.ends_with('.') => name.to_owned(),
        Some(Host::Domain(name)) => return Err(Refusal::Host(name.to_owned())),
        Some(Host::Ipv4(address)) => return Err(Refusal::NotAName(address.to_string())),
        Some(Host::Ipv6(address)) => return Err(Refusal::NotAName(address.to_string())),
        None => return Err(Refusal::NoAddress),
    };
    if url.scheme() != "https" {
        return Err(Refusal::NotHttps(host));
    }
    if let Some(port) = url.port() {
        return Err(Refusal::Port { host, port });
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refusal::User(host));
    }
    Ok(Target { url, host })
}

/// The origin that allows the request; an exact host before all hosts below a domain.
pub(super) fn origin<'a>(granted: &'a [Granted], host: &str, method: &Method) -> Result<&'a Granted, Refusal> {
    let fitting = || granted.iter().filter(|origin| origin.host.matches(host) && !origin.methods.is_empty());
    let allows = |origin: &&Granted| origin.methods.iter().any(|allowed| allowed == method.as_str());
    if let Some(origin) = fitting().filter(allows).max_by_key(|origin| origin.host.is_exact()) {
        return Ok(origin);
    }
    let mut allowed: Vec<&str> = fitting().flat_map(|origin| &origin.methods).map(String::as_str).collect();
    if allowed.is_empty() {
        return Err(Refusal::Host(host.to_owned()));
    }
    allowed.sort_unstable();
    allowed.dedup();
    let (method, allowed) = (method.to_string(), allowed.join(", "));
    Err(Refusal::Method { host: host.to_owned(), method, allowed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn granted(host: &str, methods: &[&str], bearer: bool) -> Granted {
        Granted {
            host: host.parse().unwrap(),
            methods: methods.iter().map(ToString::to_string).collect(),
            bearer,
            browse: false,
            redirects_to: Vec::new(),
        }
    }

    #[test]
    fn an_address_is_refused_for_what_is_wrong_with_it() {
        let cases = [
            ("http://api.example.com/", Refusal::NotHttps("api.example.com".into())),
            ("https://api.example.com:8443/", Refusal::Port { host: "api.example.com".into(), port: 8443 }),
            ("https://user@api.example.com/", Refusal::User("api.example.com".into())),
            ("https://10.0.0.1/", Refusal::NotAName("10.0.0.1".into())),
            ("https://0x7f.1/", Refusal::NotAName("127.0.0.1".into())),
            ("https://2130706433/", Refusal::NotAName("127.0.0.1".into())),
            ("https://[::1]/", Refusal::NotAName("::1".into())),
            ("https://api.example.com./", Refusal::Host("api.example.com.".into())),
            ("/relative", Refusal::NoAddress),
        ];
        for (text, refusal) in cases {
            assert_eq!(read(&text.parse().unwrap()), Err(refusal), "{text}");
        }
    }

    #[test]
    fn the_standard_port_and_capital_letters_are_the_same_host() {
        let target = read(&"https://API.Example.com:443/v1?a=b".parse().unwrap()).unwrap();
        assert_eq!(target.host, "api.example.com");
        assert_eq!(target.url.as_str(), "https://api.example.com/v1?a=b");
    }

    #[test]
    fn an_exact_host_comes_before_all_hosts_below_a_domain() {
        let origins = [granted("*.example.com", &["GET"], true), granted("api.example.com", &["GET"], false)];
        assert!(!origin(&origins, "api.example.com", &Method::GET).unwrap().bearer);
        assert!(origin(&origins, "b.example.com", &Method::GET).unwrap().bearer);
    }

    #[test]
    fn a_refusal_names_the_host_or_the_methods_that_are_allowed() {
        let origins = [granted("api.example.com", &["POST", "GET"], false)];
        let host = origin(&origins, "evil.org", &Method::GET).unwrap_err();
        assert_eq!(host.to_string(), "the connector asked for host evil.org, which is not allowed");
        let method = origin(&origins, "api.example.com", &Method::DELETE).unwrap_err().to_string();
        assert_eq!(
            method,
            "the connector asked for DELETE on host api.example.com, which is allowed for GET, POST only"
        );
    }

    #[test]
    fn an_origin_that_is_only_to_be_opened_in_a_browser_allows_no_request() {
        let origins = [granted("login.example.com", &[], false)];
        assert!(matches!(origin(&origins, "login.example.com", &Method::GET), Err(Refusal::Host(_))));
    }

    proptest! {
        #[test]
        fn whatever_is_read_fits_no_host_but_its_own(text in "https://[a-z0-9.@:\\[\\]%-]{1,30}/") {
            if let Ok(uri) = text.parse::<Uri>() && let Ok(target) = read(&uri) {
                prop_assert_eq!(target.url.host_str(), Some(target.host.as_str()));
                prop_assert!(target.url.port().is_none());
            }
        }
    }
}
