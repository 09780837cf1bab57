//! Redirects that a call may follow.
//!
//! Services hand out large files by a 302 to another host, whose address carries its own permission. The connector sees
//! the redirect; the grant for the other host is made here, for exactly that address, once, and for a short time. The
//! address is as good as a credential: it is not logged, and no credential is sent along.

use super::policy::HostPattern;
use crate::clock::{Clock, later};
use crate::limits::{REDIRECT, REDIRECTS};
use jiff::Timestamp;
use std::sync::Arc;
use url::Url;

/// Addresses to which this call may send one GET each.
pub(super) struct Redirects {
    clock: Arc<dyn Clock>,
    granted: Vec<(Url, Timestamp)>,
}

impl Redirects {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, granted: Vec::new() }
    }

    /// Grants the address that an answer named, when it fits the origin. `location` may be relative to the request.
    /// Gives the address when it was granted.
    pub(super) fn grant(&mut self, request: &Url, location: &str, leads_to: &[HostPattern]) -> Option<Url> {
        let mut target = request.join(location).ok()?;
        // A fragment stays with the client and is no part of a request.
        target.set_fragment(None);
        let fits = target.scheme() == "https"
            && target.port().is_none()
            && target.username().is_empty()
            && target.password().is_none()
            && target.domain().is_some_and(|host| leads_to.iter().any(|pattern| pattern.matches(host)));
        if !fits {
            return None;
        }
        let now = self.clock.now();
        self.granted.retain(|(_, until)| *until > now);
        if self.granted.len() >= REDIRECTS {
            self.granted.remove(0);
        }
        self.granted.push((target.clone(), later(now, REDIRECT)));
        Some(target)
    }

    /// Uses a grant up. False: there is none for exactly this address.
    pub(super) fn take(&mut self, address: &Url) -> bool {
        let now = self.clock.now();
        let at = self.granted.iter().position(|(granted, until)| granted == address && *until > now);
        at.map(|at| self.granted.remove(at)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use std::time::Duration;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    fn start() -> (Arc<ManualClock>, Redirects, Url, Vec<HostPattern>) {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let redirects = Redirects::new(clock.clone());
        (clock, redirects, url("https://api.example.com/report"), vec!["*.files.example.com".parse().unwrap()])
    }

    #[test]
    fn a_granted_address_is_good_once_and_exactly() {
        let (_, mut redirects, request, leads_to) = start();
        let location = "https://eu.files.example.com/r?token=1";
        assert_eq!(redirects.grant(&request, location, &leads_to), Some(url(location)));
        assert!(!redirects.take(&url("https://eu.files.example.com/r?token=2")));
        assert!(!redirects.take(&url("https://eu.files.example.com/r")));
        assert!(redirects.take(&url(location)));
        assert!(!redirects.take(&url(location)));
    }

    #[test]
    fn a_grant_ends_after_five_minutes() {
        let (clock, mut redirects, request, leads_to) = start();
        let location = "https://eu.files.example.com/r";
        redirects.grant(&request, location, &leads_to).unwrap();
        clock.advance(Duration::from_secs(299));
        assert!(redirects.take(&url(location)));
        redirects.grant(&request, location, &leads_to).unwrap();
        clock.advance(Duration::from_secs(300));
        assert!(!redirects.take(&url(location)));
    }

    #[test]
    fn an_address_that_does_not_fit_is_not_granted() {
        let (_, mut redirects, request, leads_to) = start();
        for location in [
            "http://eu.files.example.com/r",
            "https://eu.files.example.com:8443/r",
            "https://user@eu.files.example.com/r",
            "https://user:word@eu.files.example.com/r",
            "https://files.example.com/r",
            "https://evil.org/r",
            "https://evil.org/?.files.example.com",
            "https://10.0.0.1/r",
            "//evil.org/r",
            "/relative",
            "https://",
            "",
        ] {
            assert_eq!(redirects.grant(&request, location, &leads_to), None, "{location}");
        }
    }

    #[test]
    fn of_too_many_grants_the_oldest_goes() {
        let (_, mut redirects, request, leads_to) = start();
        let address = |number: usize| format!("https://eu.files.example.com/{number}");
        for number in 0..=REDIRECTS {
            redirects.grant(&request, &address(number), &leads_to).unwrap();
        }
        assert!(!redirects.take(&url(&address(0))));
        assert!(redirects.take(&url(&address(1))));
        assert!(redirects.take(&url(&address(REDIRECTS))));
    }
}
