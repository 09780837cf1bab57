//! Recognises an application of a tenant in the catalogue.
//!
//! What is known of it is asked in the order of its weight, and the first answer counts: ids that the service gives,
//! then what leads to the maker's own hosts, then what the maker merely writes. The name is last: anybody can choose
//! it.

use std::fmt;

use super::catalogue::{Application, Catalogue};
use super::host;
use crate::contract::rows::{Confidence, InstalledApplication};

/// What is known of an application of a tenant.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    /// The application's own id, a GUID.
    pub application_id: &'a str,
    /// The entry of the gallery that it came from, a GUID.
    pub template: Option<&'a str>,
    /// Who the service has verified as its publisher.
    pub verified_publisher: Option<&'a str>,
    /// Who it says its publisher is: a name or a domain.
    pub publisher: Option<&'a str>,
    /// Its home page.
    pub home_page: Option<&'a str>,
    /// Where the service sends people after their sign-in.
    pub reply_urls: &'a [String],
    /// What it is called.
    pub name: &'a str,
}

impl<'a> From<&'a InstalledApplication> for Facts<'a> {
    fn from(installed: &'a InstalledApplication) -> Self {
        Self {
            application_id: &installed.id,
            template: installed.template.as_deref(),
            verified_publisher: installed.verified_publisher.as_deref(),
            publisher: installed.publisher.as_deref(),
            home_page: installed.homepage.as_deref(),
            reply_urls: &installed.reply_urls,
            name: &installed.name,
        }
    }
}

/// By what an application was recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// Its application id.
    ApplicationId,
    /// The entry of the gallery that it came from.
    Template,
    /// Its verified publisher, of this name.
    VerifiedPublisher(String),
    /// Its publisher is a domain, and belongs to this domain of the catalogue.
    PublisherDomain(String),
    /// All its reply addresses that are known lead to one maker, here to this domain.
    ReplyUrl(String),
    /// Its home page lies in this domain.
    HomePage(String),
    /// Its publisher calls itself so; nobody has verified it.
    Publisher(String),
    /// Its name alone.
    Name(String),
}

impl By {
    /// How sure a match by this is.
    #[must_use]
    pub fn certainty(&self) -> Confidence {
        match self {
            Self::ApplicationId | Self::Template | Self::VerifiedPublisher(_) => Confidence::High,
            Self::PublisherDomain(_) | Self::ReplyUrl(_) => Confidence::Medium,
            Self::HomePage(_) | Self::Publisher(_) | Self::Name(_) => Confidence::Low,
        }
    }
}

/// An application of the catalogue that was recognised. Displays as the certainty and the reason:
/// `medium: a reply URL leads to slack.com`.
#[derive(Clone, Debug)]
pub struct Match<'c> {
    /// The application of the catalogue.
    pub application: &'c Application,
    /// By what.
    pub by: By,
}

impl fmt::Display for Match<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.by.certainty() {
            Confidence::High => "high: ",
            Confidence::Medium => "medium: ",
            Confidence::Low => "low: ",
        })?;
        match &self.by {
            By::ApplicationId => write!(f, "the application id is that of {}", self.application.name()),
            By::Template => write!(f, "it comes from the gallery's entry of {}", self.application.name()),
            By::VerifiedPublisher(name) => write!(f, "the verified publisher is {name}"),
            By::PublisherDomain(domain) => write!(f, "the publisher's domain belongs to {domain}"),
            By::ReplyUrl(domain) => write!(f, "a reply URL leads to {domain}"),
            By::HomePage(domain) => write!(f, "the home page lies in {domain}"),
            By::Publisher(name) => write!(f, "the publisher calls itself {name}, which is not verified"),
            By::Name(name) => write!(f, "only the name {name} is the same"),
        }
    }
}

/// Recognises an application, by the weightiest of its facts that tells. `None`: nothing tells.
#[must_use]
pub fn find<'c>(catalogue: &'c Catalogue, facts: &Facts) -> Option<Match<'c>> {
    let (application, by) = by_id(catalogue, facts)
        .or_else(|| by_verified_publisher(catalogue, facts))
        .or_else(|| by_publisher_domain(catalogue, facts))
        .or_else(|| by_reply_url(catalogue, facts))
        .or_else(|| by_home_page(catalogue, facts))
        .or_else(|| by_publisher(catalogue, facts))
        .or_else(|| by_name(catalogue, facts))?;
    Some(Match { application, by })
}

type Found<'c> = Option<(&'c Application, By)>;

fn by_id<'c>(catalogue: &'c Catalogue, facts: &Facts) -> Found<'c> {
    let by_template = || catalogue.with_template_id(facts.template?).map(|application| (application, By::Template));
    let known = catalogue.with_application_id(facts.application_id);
    known.map(|application| (application, By::ApplicationId)).or_else(by_template)
}

fn by_verified_publisher<'c>(catalogue: &'c Catalogue, facts: &Facts) -> Found<'c> {
    let publisher = facts.verified_publisher?;
    Some((one_of(catalogue, publisher, facts)?, By::VerifiedPublisher(publisher.to_owned())))
}

fn by_publisher_domain<'c>(catalogue: &'c Catalogue, facts: &Facts) -> Found<'c> {
    let publisher = host::of_page(facts.publisher?)?;
    let (application, domain) = catalogue.with_host(&publisher)?;
    Some((application, By::PublisherDomain(domain.to_owned())))
}

/// Reply URLs that lead to several makers tell nothing: an application of the customer's own may send people on to
/// many.
fn by_reply_url<'c>(catalogue: &'c Catalogue, facts: &Facts) -> Found<'c> {
    let hosts: Vec<String> = facts.reply_urls.iter().filter_map(|url| host::of(url)).collect();
    let mut known = hosts.iter().filter_map(|host| catalogue.with_host(host));
    let (application, domain) = known.next()?;
    known.all(|(other, _)| other.id == application.id).then(|| (application, By::ReplyUrl(domain.to_owned())))
}

fn by_home_page<'c>(catalogue: &'c Catalogue, facts: &Facts) -> Found<'c> {
    let page = host::of_page(facts.home_page?)?;
    let (application, domain) = catalogue.with_host(&page)?;
    Some((application, By::HomePage(domain.to_owned())))
}

fn by_publisher<'c>(catalogue: &'c Catalogue, facts: &Facts) -> Found<'c> {
    // A verified publisher that the catalogue does not know outweighs what the application says of itself.
    if facts.verified_publisher.is_some() {
        return None;
    }
    let publisher = facts.publisher?;
    Some((one_of(catalogue, publisher, facts)?, By::Publisher(publisher.to_owned())))
}

fn by_name<'c>(catalogue: &'c Catalogue, facts: &Facts) -> Found<'c> {
    if facts.verified_publisher.is_some() {
        return None;
    }
    Some((catalogue.with_name(facts.name)?, By::Name(facts.name.to_owned())))
}

/// The publisher's application. Of several, the one that the name, or else the addresses, pick out.
fn one_of<'c>(catalogue: &'c Catalogue, publisher: &str, facts: &Facts) -> Option<&'c Application> {
    let theirs: Vec<&Application> = catalogue.of_publisher(publisher).collect();
    if let [only] = theirs.as_slice() {
        return Some(only);
    }
    let is_theirs = |application: &&Application| theirs.iter().any(|their| their.id == application.id);
    let named = catalogue.with_name(facts.name).filter(is_theirs);
    named.or_else(|| {
        let pages = facts.home_page.and_then(host::of_page);
        let hosts = facts.reply_urls.iter().filter_map(|url| host::of(url)).chain(pages);
        let mut led_to = hosts.filter_map(|host| Some(catalogue.with_host(&host)?.0)).filter(is_theirs);
        let first = led_to.next()?;
        led_to.all(|other| other.id == first.id).then_some(first)
    })
}

#[cfg(test)]
mod tests;
