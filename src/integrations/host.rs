//! The hosts of web addresses, and which domains stand for one vendor.

use crate::settings::is_domain;

/// Domains under which anybody can have a host: whoever finds a tenant's address there has found nothing about its
/// maker. Hosting and delivery of files, tunnels, sign-in services with a host for each customer, and endings of
/// countries. The ends of hosts that the vendors themselves give out to their customers.
const SHARED: [&str; 65] = [
    "amazonaws.com",
    "amplifyapp.com",
    "apigee.net",
    "appspot.com",
    "atlassian-dev.net",
    "auth0.com",
    "awsapprunner.com",
    "azure-api.net",
    "azure.com",
    "azureedge.net",
    "azurefd.net",
    "azurestaticapps.net",
    "azurewebsites.net",
    "b2clogin.com",
    "bubbleapps.io",
    "ciamlogin.com",
    "cloudapp.net",
    "cloudfront.net",
    "cloudfunctions.net",
    "co.in",
    "co.jp",
    "co.kr",
    "co.nz",
    "co.uk",
    "co.za",
    "com.au",
    "com.br",
    "com.cn",
    "com.mx",
    "com.sg",
    "com.tr",
    "elasticbeanstalk.com",
    "firebaseapp.com",
    "fly.dev",
    "github.io",
    "gitlab.io",
    "herokuapp.com",
    "herokussl.com",
    "mendixcloud.com",
    "microsoftonline.com",
    "myshopify.com",
    "netlify.app",
    "ngrok-free.app",
    "ngrok.app",
    "ngrok.io",
    "okta-emea.com",
    "okta.com",
    "oktapreview.com",
    "onelogin.com",
    "onmicrosoft.com",
    "onrender.com",
    "outsystemscloud.com",
    "pages.dev",
    "pingone.com",
    "powerappsportals.com",
    "r2.dev",
    "run.app",
    "sharepoint.com",
    "trafficmanager.net",
    "vercel.app",
    "web.app",
    "webflow.io",
    "windows.net",
    "wixsite.com",
    "workers.dev",
];

/// The host of a web address, in lower case. Absent: it is no address of the web, or its host is a number or has other
/// letters than ASCII.
///
/// `https://slack.com@evil.example/` and `https://evil.example\@slack.com/` have the host `evil.example`.
#[must_use]
pub(crate) fn of(address: &str) -> Option<String> {
    let (scheme, rest) = address.trim().split_once("://")?;
    if !["https", "http"].iter().any(|web| scheme.eq_ignore_ascii_case(web)) {
        return None;
    }
    let authority = rest.split(['/', '\\', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let name = host.split(':').next()?.trim_end_matches('.').to_ascii_lowercase();
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_*".contains(&byte));
    (!name.is_empty() && plain && !ends_in_number(&name)).then_some(name)
}

/// A host whose last label is a number is an address of the internet protocol.
fn ends_in_number(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x")
}

/// The host of a home page, which makers also write without `https://`.
#[must_use]
pub(super) fn of_page(page: &str) -> Option<String> {
    let page = page.trim();
    if page.contains("://") {
        return of(page);
    }
    // `mailto:me@slack.com` would read as a host behind a user name.
    if page.contains('@') { None } else { of(&format!("https://{page}")) }
}

/// Whether a domain can stand for one owner: a domain in lower case, under which not just anybody can have a host. A
/// host beneath a shared domain is one owner's.
#[must_use]
pub(super) fn is_one_owners(domain: &str) -> bool {
    is_domain(domain) && !ends_in_number(domain) && !SHARED.contains(&domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_an_address_is_read_as_a_browser_reads_it() {
        for (address, expected) in [
            ("https://app.slack.com/auth", Some("app.slack.com")),
            ("HTTPS://Slack.COM.", Some("slack.com")),
            ("http://zoom.us:8443/x", Some("zoom.us")),
            ("https://*.zendesk.com/access/saml", Some("*.zendesk.com")),
            ("https://slack.com@evil.example/", Some("evil.example")),
            ("https://evil.example/?next=https://slack.com", Some("evil.example")),
            ("https://evil.example\\@slack.com/", Some("evil.example")),
            ("https://user:word@evil.example:443#@slack.com", Some("evil.example")),
            ("https://192.0.2.7/saml", None),
            ("https://0x7f.1/", None),
            ("https://sl%61ck.com/", None),
            ("https:///slack.com", None),
            ("https://[2001:db8::1]/", None),
            ("slack://slack.com/open", None),
            ("urn:ietf:wg:oauth:2.0:oob", None),
            ("app.slack.com", None),
            ("", None),
        ] {
            assert_eq!(of(address).as_deref(), expected, "{address}");
        }
    }

    #[test]
    fn a_home_page_may_lack_its_scheme() {
        assert_eq!(of_page("www.zoom.us/meetings").as_deref(), Some("www.zoom.us"));
        assert_eq!(of_page(" https://zoom.us ").as_deref(), Some("zoom.us"));
        assert_eq!(of_page("mailto:me@slack.com"), None);
        assert_eq!(of_page("our intranet"), None);
    }

    #[test]
    fn a_domain_of_one_owner_has_two_labels_and_is_not_shared() {
        for own in
            ["slack.com", "a-b.co", "crm.zoho.eu", "xn--bcher-kva.example", "slack.herokuapp.com", "www.okta.com"]
        {
            assert!(is_one_owners(own), "{own}");
        }
        for odd in
            ["slack", "-a.com", "a..com", "a.com.", "10.0.0.1", "a b.com", "", "herokuapp.com", "okta.com", "co.uk"]
        {
            assert!(!is_one_owners(odd), "{odd}");
        }
    }

    #[test]
    fn the_shared_domains_are_sorted_and_are_domains() {
        assert!(SHARED.is_sorted());
        assert!(SHARED.iter().all(|shared| is_domain(shared)));
    }
}
