//! What a connection will be able to do: one line for each dataset and each rule of advice.
//!
//! Decided from the claims of the token, the products of the tenant and the setting that conceals names; nothing is
//! collected for it. A line that does not simply work names the single change that would make it work.

use crate::cloud::Cloud;
use crate::contract::dialogue::{Capability, Granted, State};
use crate::contract::manifest::Dataset;
use crate::datasets::{advice, applications, service_principals, sign_ins};
use crate::reports::active_user_detail;
use crate::rules::{self, Rule};
use crate::sign_in::claims::Claims;

/// What is known when a tenant is connected.
#[derive(Debug)]
pub struct Known {
    /// The claims of the token; `None` when they cannot be read.
    pub claims: Option<Claims>,
    /// The tenant has Entra ID P1 or P2; `None` when its products cannot be read.
    pub premium: Option<bool>,
    /// Names are concealed in usage reports; `None` when the setting cannot be read.
    pub concealed: Option<bool>,
    /// The cloud of the tenant.
    pub cloud: Cloud,
}

/// Directory roles by template id, as `permissions-reference` of the Entra documentation lists them.
mod role {
    pub(super) const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
    pub(super) const GLOBAL_READER: &str = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";
    pub(super) const REPORTS_READER: &str = "4a5d8f65-41da-4de4-8968-e035b65339cf";
    pub(super) const SECURITY_READER: &str = "5d6b6bb7-de71-4623-b4af-96380a352509";
    pub(super) const SECURITY_OPERATOR: &str = "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f";
    pub(super) const SECURITY_ADMINISTRATOR: &str = "194ae4cb-b126-40b2-bd5b-6091b380977d";
    pub(super) const EXCHANGE_ADMINISTRATOR: &str = "29232cdf-9323-42fd-ade2-1d097af3e4de";
    pub(super) const SHAREPOINT_ADMINISTRATOR: &str = "f28a1f50-f6e7-4571-818b-6a12f2af6b6c";
    pub(super) const SKYPE_ADMINISTRATOR: &str = "75941009-915a-4869-abe7-691bff18279e";
    pub(super) const TEAMS_ADMINISTRATOR: &str = "69091246-20e8-4a56-aa4d-066075b2a7a8";
}

/// The roles of which a person needs one to read sign-ins (`signin-list` of the Graph documentation).
const SIGN_IN_ROLES: &[&str] = &[
    role::GLOBAL_ADMINISTRATOR,
    role::GLOBAL_READER,
    role::REPORTS_READER,
    role::SECURITY_READER,
    role::SECURITY_OPERATOR,
    role::SECURITY_ADMINISTRATOR,
];

/// The roles of which a person needs one to read usage reports by user (`reportroot-authorization`).
const REPORT_ROLES: &[&str] = &[
    role::GLOBAL_ADMINISTRATOR,
    role::GLOBAL_READER,
    role::REPORTS_READER,
    role::EXCHANGE_ADMINISTRATOR,
    role::SHAREPOINT_ADMINISTRATOR,
    role::SKYPE_ADMINISTRATOR,
    role::TEAMS_ADMINISTRATOR,
];

/// The datasets that are read as a person only with a directory role.
const ROLES: [(&str, &[&str]); 2] = [(sign_ins::ID, SIGN_IN_ROLES), (active_user_detail::ID, REPORT_ROLES)];

/// Something that is worked out from other lines: all of `from` must work, and of `better` one at least when there are
/// any; the more the better.
struct Made {
    subject: &'static str,
    title: &'static str,
    from: Vec<&'static str>,
    better: Vec<&'static str>,
}

/// The rules, and after them the datasets that are worked out from others. Those keep the titles of the datasets.
fn made() -> Vec<Made> {
    let rule = |rule: &Rule| Made {
        subject: rule.id,
        title: rule.title,
        from: rule.needs.to_vec(),
        better: rule.needs_one_of.to_vec(),
    };
    let merged = |subject, better| Made { subject, title: subject, from: Vec::new(), better };
    let rules = rules::ALL;
    let mut all: Vec<Made> = rules.iter().map(rule).collect();
    all.push(merged(applications::ID, vec![sign_ins::ID, service_principals::ID]));
    all.push(merged(advice::ID, rules.iter().map(|rule| rule.id).collect()));
    all
}

/// The report, in the order of the datasets, then of the rules.
#[must_use]
pub fn report(known: &Known, datasets: &[Dataset]) -> Vec<Capability> {
    let mut lines: Vec<Capability> = datasets.iter().map(|dataset| read(known, dataset)).collect();
    for made in made() {
        let line = combine(&made, &lines);
        match lines.iter_mut().find(|line| line.subject == made.subject) {
            Some(known) => *known = Capability { title: known.title.clone(), ..line },
            None => lines.push(line),
        }
    }
    lines
}

/// The line of a dataset by itself.
fn read(known: &Known, dataset: &Dataset) -> Capability {
    let obstacle = permission(known, dataset)
        .or_else(|| directory_role(known, dataset))
        .or_else(|| licence(known, dataset))
        .or_else(|| usage_report(known, dataset));
    let (state, because, mend) = match obstacle {
        None => (State::Works, None, None),
        Some((state, because, mend)) => (state, Some(because), Some(mend)),
    };
    Capability {
        subject: dataset.id.clone(),
        title: dataset.title.clone(),
        state,
        because,
        mend,
        set_up_mends: false,
        permissions: used(known, dataset),
    }
}

/// The permissions by which a dataset is read: the first list of which all is granted, else the first.
fn used(known: &Known, dataset: &Dataset) -> Vec<String> {
    let granted = |list: &&Vec<String>| {
        known.claims.as_ref().is_some_and(|claims| list.iter().all(|permission| claims.grants(permission)))
    };
    dataset.permissions.iter().find(granted).or_else(|| dataset.permissions.first()).cloned().unwrap_or_default()
}

/// The permissions of the token, each with the lines that use it.
#[must_use]
pub fn granted(known: &Known, lines: &[Capability]) -> Vec<Granted> {
    let of = |permission: &str| Granted {
        permission: permission.to_owned(),
        buys: lines.iter().filter(|line| uses(line, permission)).map(|line| line.subject.clone()).collect(),
    };
    known.claims.iter().flat_map(Claims::permissions).map(of).collect()
}

fn uses(line: &Capability, permission: &str) -> bool {
    line.permissions.iter().any(|used| used.eq_ignore_ascii_case(permission))
}

/// What stands in the way, and the mend.
type Obstacle = (State, String, String);

fn permission(known: &Known, dataset: &Dataset) -> Option<Obstacle> {
    let Some(claims) = &known.claims else {
        let needs = !dataset.permissions.is_empty() && dataset.permissions.iter().all(|list| !list.is_empty());
        return needs.then(|| {
            let because = "The token does not tell which permissions were granted.".to_owned();
            (State::Unknown, because, "Run collect, and look at the gaps.".to_owned())
        });
    };
    let missing = |list: &Vec<String>| -> Vec<String> {
        list.iter().filter(|permission| !claims.grants(permission)).cloned().collect()
    };
    let least = dataset.permissions.iter().map(missing).min_by_key(Vec::len)?;
    if least.is_empty() {
        return None;
    }
    let kind = if claims.delegated() { "delegated" } else { "application" };
    let names = least.join(" and ");
    Some((
        State::NotPossible,
        format!("Not granted: {names}."),
        format!(
            "At {}, App registrations, API permissions, add {names} of Microsoft Graph ({kind}), and grant admin \
             consent.",
            known.cloud.admin_centre()
        ),
    ))
}

fn directory_role(known: &Known, dataset: &Dataset) -> Option<Obstacle> {
    let claims = known.claims.as_ref().filter(|claims| claims.delegated())?;
    let (_, roles) = ROLES.iter().find(|(id, _)| *id == dataset.id)?;
    let mend = format!(
        "At {}, Roles and administrators, give the account the role Reports Reader, and connect again.",
        known.cloud.admin_centre()
    );
    match claims.has_role(roles) {
        Some(true) => None,
        Some(false) => Some((State::NotPossible, "The account has no role that may read this.".to_owned(), mend)),
        None => Some((State::Unknown, "The token does not tell which roles the account has.".to_owned(), mend)),
    }
}

fn licence(known: &Known, dataset: &Dataset) -> Option<Obstacle> {
    let plan = dataset.licence.as_ref()?;
    let mend = format!("Buy {plan}, or a product that holds it, for at least one person of the tenant.");
    match known.premium {
        Some(true) => None,
        Some(false) => Some((State::NotPossible, format!("The tenant has no {plan}."), mend)),
        None => Some((State::Unknown, format!("It could not be read whether the tenant has {plan}."), mend)),
    }
}

fn usage_report(known: &Known, dataset: &Dataset) -> Option<Obstacle> {
    if dataset.id != active_user_detail::ID {
        return None;
    }
    if known.cloud != Cloud::Global {
        let because = "Microsoft documents usage reports for the worldwide cloud alone.".to_owned();
        return Some((State::Unknown, because, "Run collect, and look at the gaps.".to_owned()));
    }
    known.concealed.filter(|concealed| *concealed).map(|_| {
        (
            State::Degraded,
            "Names are concealed in usage reports, so that use cannot be told by person.".to_owned(),
            "At admin.microsoft.com, Settings, Org settings, Services, Reports, switch off \"Display concealed user, \
             group, and site names in all reports\"."
                .to_owned(),
        )
    })
}

/// The line of something that is made of others: the first obstacle that matters stands for all.
fn combine(made: &Made, lines: &[Capability]) -> Capability {
    let of = |ids: &[&str]| -> Vec<&Capability> {
        ids.iter().filter_map(|id| lines.iter().find(|line| line.subject == *id)).collect()
    };
    let (from, better) = (of(&made.from), of(&made.better));
    let mut uses: Vec<String> = from.iter().chain(&better).flat_map(|line| line.permissions.clone()).collect();
    uses.sort();
    uses.dedup();
    let worst = from.iter().find(|line| line.state == State::NotPossible);
    let none = !better.is_empty() && better.iter().all(|line| line.state == State::NotPossible);
    let unclear = from.iter().find(|line| line.state != State::Works);
    let lacking = better.iter().find(|line| line.state != State::Works);
    let (state, cause) = match (worst, none, unclear, lacking) {
        (Some(line), ..) => (State::NotPossible, Some(*line)),
        (None, true, ..) => (State::NotPossible, lacking.copied()),
        (None, false, Some(line), _) => (line.state, Some(*line)),
        (None, false, None, Some(line)) => (State::Degraded, Some(*line)),
        (None, false, None, None) => (State::Works, None),
    };
    Capability {
        subject: made.subject.to_owned(),
        title: made.title.to_owned(),
        state,
        because: cause.and_then(|line| Some(format!("{}: {}", line.title, line.because.as_ref()?))),
        mend: cause.and_then(|line| line.mend.clone()),
        set_up_mends: cause.is_some_and(|line| line.set_up_mends),
        permissions: uses,
    }
}

#[cfg(test)]
mod tests;
