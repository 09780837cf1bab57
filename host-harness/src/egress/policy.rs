//! Which hosts a connector may reach.
//!
//! # Grammar of a host
//!
//! | form             | means                                                   | refused                                  |
//! |------------------|---------------------------------------------------------|------------------------------------------|
//! | `api.example.com`| exactly this name                                       | `localhost` (one label), `example.com.`  |
//! | `*.example.com`  | every name below it, at any depth; not `example.com`    | `*`, `*.com`, `*example.com`, `a.*.com`  |
//! | either           | lower-case ASCII; other scripts in their `xn--` form    | `API.example.com`, `bücher.example`      |
//! | either           | HTTPS on port 443, all paths                            | `https://…`, `host:443`, `host/path`     |
//! | either           | a name                                                  | `10.0.0.1`, `[::1]`, `0x7f.1`, `1.2.3`   |
//!
//! Bad forms are refused when they are read, never at a request: a pattern that silently matches nothing, or more than
//! its author meant, is found out too late. A request is compared with the host that the URL parser sees, in lower
//! case; a request that names a port, a user or an address instead of a name is refused.

use crate::contract::manifest::Origin;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A host name or all names below a domain. See the table above.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HostPattern {
    below: bool,
    // Without `*.`.
    name: String,
}

impl HostPattern {
    /// The host name fits.
    pub fn matches(&self, host: &str) -> bool {
        if !self.below {
            return host == self.name;
        }
        host.strip_suffix(self.name.as_str())
            .and_then(|rest| rest.strip_suffix('.'))
            .is_some_and(|rest| !rest.is_empty())
    }

    /// Every host that fits the other pattern fits this one.
    pub fn covers(&self, other: &HostPattern) -> bool {
        if other.below {
            self.below && (self.name == other.name || self.matches(&other.name))
        } else {
            self.matches(&other.name)
        }
    }

    /// The pattern is one exact name.
    pub fn is_exact(&self) -> bool {
        !self.below
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.below { "*." } else { "" }, self.name)
    }
}

/// Why a host of a manifest or of an option is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no host: {wrong}. Write a name such as `api.example.com`, or `*.example.com` for all names below it."
)]
pub struct HostError {
    text: String,
    wrong: &'static str,
}

impl FromStr for HostPattern {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        let refuse = |wrong| Err(HostError { text: text.to_owned(), wrong });
        let (below, name) = text.strip_prefix("*.").map_or((false, text), |name| (true, name));
        if name.contains("://") || name.contains('/') {
            return refuse("a scheme or a path is not part of it");
        }
        if name.contains('*') {
            return refuse("a star stands only at the beginning, before a dot");
        }
        if name.contains(':') || name.contains('[') {
            return refuse("a port or an address is not part of it");
        }
        if !name.is_ascii() {
            return refuse("names of other scripts are written in their `xn--` form");
        }
        if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return refuse("it is written in lower case");
        }
        if name.len() > 253 || !name.split('.').all(is_label) {
            return refuse("it has an empty, too long or misspelled part");
        }
        if name.split('.').count() < 2 {
            return refuse("it needs at least two parts, joined by a dot");
        }
        if is_address(name) {
            return refuse("an address is not a name");
        }
        Ok(Self { below, name: name.to_owned() })
    }
}

/// A label of a host name: RFC 1123, with the underscore that some services use.
fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'))
}

/// URL parsers read a name whose last label is a number as an IPv4 address, in decimal, octal or hexadecimal, with one
/// to four parts: `127.1` is `127.0.0.1`. No public name ends in such a label.
fn is_address(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let hex = last.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    hex || last.bytes().all(|byte| byte.is_ascii_digit()) || name.parse::<IpAddr>().is_ok()
}

/// An origin that is granted: the manifest's, with its hosts read.
#[derive(Debug, Clone)]
pub struct Granted {
    /// What it reaches.
    pub host: HostPattern,
    /// Methods in upper case.
    pub methods: Vec<String>,
    /// The host adds the bearer credential.
    pub bearer: bool,
    /// A page of it may be opened in a browser.
    pub browse: bool,
    /// Where a 302 may lead.
    pub redirects_to: Vec<HostPattern>,
}

/// Why an origin of a manifest is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// A host does not fit the grammar.
    #[error(transparent)]
    Host(#[from] HostError),
    /// A method does not fit.
    #[error("`{method}` is no HTTP method for `{host}`. Write methods in upper case, such as `GET`.")]
    Method {
        /// As the manifest spells it.
        method: String,
        /// The origin's host.
        host: String,
    },
}

impl TryFrom<&Origin> for Granted {
    type Error = OriginError;

    fn try_from(origin: &Origin) -> Result<Self, OriginError> {
        let bad = origin.methods.iter().find(|method| {
            // CONNECT would open a tunnel, which has no path and no host of its own.
            method.is_empty() || *method == "CONNECT" || !method.bytes().all(|byte| byte.is_ascii_uppercase())
        });
        if let Some(method) = bad {
            return Err(OriginError::Method { method: method.clone(), host: origin.host.clone() });
        }
        Ok(Self {
            host: origin.host.parse()?,
            methods: origin.methods.clone(),
            bearer: origin.bearer,
            browse: origin.browse,
            redirects_to: origin.redirects_to.iter().map(|host| host.parse()).collect::<Result<_, _>>()?,
        })
    }
}

/// Reads all origins of a manifest, or says which one is wrong.
///
/// # Errors
/// The first host or method that does not fit the grammar.
pub fn read(origins: &[Origin]) -> Result<Vec<Granted>, OriginError> {
    origins.iter().map(Granted::try_from).collect()
}

/// What a connection may reach: the manifest's origins, as far as the operator allows their hosts, narrowed to what
/// `configure` returned. Nothing that one of the three does not name is in it, whatever the other two say.
///
/// `allowed`: hosts that the operator accepts; `None` accepts all hosts of the manifest.
///
/// # Errors
/// A host or method that does not fit the grammar.
pub fn grant(
    manifest: &[Origin],
    allowed: Option<&[HostPattern]>,
    configured: &[Origin],
) -> Result<Vec<Origin>, OriginError> {
    let offered: Vec<(&Origin, Granted)> = manifest.iter().zip(read(manifest)?).collect();
    let accepted =
        |host: &HostPattern| allowed.is_none_or(|allowed| allowed.iter().any(|pattern| pattern.covers(host)));
    let mut granted: Vec<Origin> = Vec::new();
    for wanted in configured {
        let want = Granted::try_from(wanted)?;
        if !accepted(&want.host) {
            continue;
        }
        for (origin, offer) in offered.iter().filter(|(_, offer)| offer.host.covers(&want.host)) {
            let methods: Vec<String> =
                want.methods.iter().filter(|method| offer.methods.contains(method)).cloned().collect();
            let leads =
                |target: &HostPattern| offer.redirects_to.iter().any(|host| host.covers(target)) && accepted(target);
            let narrowed = Origin {
                host: wanted.host.clone(),
                methods,
                bearer: want.bearer && offer.bearer,
                browse: want.browse && offer.browse,
                redirects_to: want.redirects_to.iter().filter(|host| leads(host)).map(ToString::to_string).collect(),
                why: origin.why.clone(),
            };
            if (!narrowed.methods.is_empty() || narrowed.browse) && !granted.contains(&narrowed) {
                granted.push(narrowed);
            }
        }
    }
    Ok(granted)
}

/// The new origins reach something that the old ones do not: another host or method, a credential sent where none was
/// sent, a page that could not be opened, another place for a redirect. The operator is asked again.
///
/// # Errors
/// A host or method that does not fit the grammar.
pub fn is_wider(old: &[Origin], new: &[Origin]) -> Result<bool, OriginError> {
    let (old, new) = (read(old)?, read(new)?);
    Ok(!new.iter().all(|new| {
        new.methods
            .iter()
            .all(|method| old.iter().any(|old| covers_but_for_methods(old, new) && old.methods.contains(method)))
            && (!new.methods.is_empty() || old.iter().any(|old| covers_but_for_methods(old, new)))
    }))
}

fn covers_but_for_methods(old: &Granted, new: &Granted) -> bool {
    let leads = |target: &HostPattern| old.redirects_to.iter().any(|host| host.covers(target));
    old.host.covers(&new.host)
        && (old.bearer || !new.bearer)
        && (old.browse || !new.browse)
        && new.redirects_to.iter().all(leads)
}

#[cfg(test)]
mod tests;
