//! What a connection will be able to do: one line for each dataset and each rule of advice.
//!
//! Decided from the claims of the token, the products of the tenant, the setting that conceals names, and the smallest
//! calls, because a token without a right is issued happily and refused later. Nothing is collected for it. A line that
//! does not simply work names the single change that would make it work.
//!
//! A dataset needs nothing here: its line follows from what its manifest names. Which call proves it, and which role a
//! person needs, follows from the permissions; a dataset with a call of its own is in `datasets::PROBES`.

use std::collections::BTreeSet;

use crate::cloud::Cloud;
use crate::contract::connector::Task;
use crate::contract::dialogue::{Capability, Command, Granted, State};
use crate::contract::manifest::Dataset;
use crate::contract::rows::{Credential, Kind};
use crate::contract::types::{Error, Fault, Instant, Setting};
use crate::datasets::{PROBES, advice, credentials};
use crate::permission::{self, REPORT_SETTINGS, REPORTS};
use crate::premium;
use crate::reports;
use crate::rules;
use crate::set_up::form::{FEATURES, GIVE_ROLE_TO};
use crate::set_up::permissions;
use crate::sign_in::claims::Claims;
use crate::time;

/// Whether the tenant has Entra ID P1 or P2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Premium {
    /// It has not.
    No,
    /// By a trial alone, which ends then, when that is known.
    Trial(Option<Instant>),
    /// It has.
    Yes,
}

/// What is known when a tenant is connected.
#[derive(Debug)]
pub struct Known {
    /// The claims of the token; `None` when they cannot be read.
    pub claims: Option<Claims>,
    /// `None` when the products of the tenant cannot be read.
    pub premium: Option<Premium>,
    /// The tenant has a product that is neither free nor a trial; `None` when its products cannot be read.
    pub paid: Option<bool>,
    /// Names are concealed in usage reports; `None` when the setting cannot be read.
    pub concealed: Option<bool>,
    /// The cloud of the tenant.
    pub cloud: Cloud,
    /// What the application signs in with, as far as it could be read.
    pub credentials: Vec<Credential>,
    /// When this was found out, in seconds since 1970.
    pub now: Instant,
    /// The paths that were asked, each with why it was refused.
    pub probes: Vec<(String, Option<Error>)>,
}

/// Something that is worked out from other lines: all of `from` must work, and of `better` one at least when there are
/// any; the more the better.
struct Made<'a> {
    subject: &'a str,
    title: &'a str,
    from: Vec<&'a str>,
    better: Vec<&'a str>,
}

/// The rules, and after them the datasets that are worked out from others: those that need no permission and wait for
/// tasks of others.
fn made<'a>(datasets: &'a [Dataset], tasks: &'a [Task]) -> Vec<Made<'a>> {
    let mut all: Vec<Made> = Vec::new();
    for dataset in
        datasets.iter().filter(|dataset| dataset.id != advice::ID && dataset.permissions.iter().all(Vec::is_empty))
    {
        let task = tasks.iter().find(|task| task.dataset == dataset.id);
        let needs = task.map(|task| task.needs.iter().map(String::as_str).filter(|need| *need != dataset.id).collect());
        all.push(Made {
            subject: &dataset.id,
            title: &dataset.title,
            from: Vec::new(),
            better: needs.unwrap_or_default(),
        });
    }
    let rules = rules::ALL;
    for rule in &rules {
        let (from, better) = (rule.needs.to_vec(), rule.needs_one_of.to_vec());
        all.push(Made { subject: rule.id, title: rule.title, from, better });
    }
    if let Some(dataset) = datasets.iter().find(|dataset| dataset.id == advice::ID) {
        let better = rules.iter().map(|rule| rule.id).collect();
        all.push(Made { subject: &dataset.id, title: &dataset.title, from: Vec::new(), better });
    }
    all
}

/// The report, in the order of the datasets, then of the rules. `tasks` are those of a run: they tell what is worked out
/// from what.
#[must_use]
pub fn report(known: &Known, datasets: &[Dataset], tasks: &[Task]) -> Vec<Capability> {
    // What nobody asked for is no line: it would only repeat that of the snapshot.
    let unasked = |dataset: &&Dataset| {
        reports::on_request().any(|report| report.id == dataset.id)
            && tasks.iter().all(|task| task.dataset != dataset.id)
    };
    let mut lines: Vec<Capability> =
        datasets.iter().filter(|dataset| !unasked(dataset)).map(|dataset| read(known, dataset)).collect();
    for made in made(datasets, tasks) {
        let is_rule = datasets.iter().all(|dataset| dataset.id != made.subject);
        let mut line = combine(&made, &lines);
        if is_rule && line.state == State::Works && known.paid == Some(false) {
            line.state = State::Degraded;
            line.because =
                Some("All products of the tenant are free or trials: there is no paid seat to judge.".to_owned());
            line.mend = Some("Nothing needs to be done: it works with the first paid product.".to_owned());
        }
        match lines.iter_mut().find(|line| line.subject == made.subject) {
            Some(known) => *known = line,
            None => lines.push(line),
        }
    }
    lines
}

/// The line of a dataset by itself.
fn read(known: &Known, dataset: &Dataset) -> Capability {
    // What ends is told also where the registration may not be read.
    let obstacle = ending(known, dataset)
        .or_else(|| lacking(known, dataset))
        .or_else(|| licence(known, dataset))
        .or_else(|| refused(known, dataset))
        .or_else(|| degraded(known, dataset));
    let mut line = Capability {
        subject: dataset.id.clone(),
        title: dataset.title.clone(),
        state: State::Works,
        because: None,
        mend: None,
        mended_by: None,
        permissions: used(known, dataset),
    };
    if let Some(obstacle) = obstacle {
        line.state = obstacle.state;
        line.because = Some(obstacle.because);
        line.mend = Some(obstacle.mend);
        line.mended_by = obstacle.mended_by;
    }
    line
}

/// The permissions by which a dataset is read: the first list of which all is granted, else the first; with usage
/// reports goes the setting that conceals their names.
fn used(known: &Known, dataset: &Dataset) -> Vec<String> {
    let grants = |permission: &str| known.claims.as_ref().is_some_and(|claims| claims.grants(permission));
    let granted = |list: &&Vec<String>| list.iter().all(|permission| grants(permission));
    let list = dataset.permissions.iter().find(granted).or_else(|| dataset.permissions.first());
    let mut used = list.cloned().unwrap_or_default();
    if names_persons(dataset) && grants(REPORT_SETTINGS) {
        used.push(REPORT_SETTINGS.to_owned());
    }
    used
}

/// A usage report whose rows are persons.
fn names_persons(dataset: &Dataset) -> bool {
    dataset.kinds.contains(&Kind::Usage) && needs(dataset, REPORTS)
}

fn needs(dataset: &Dataset, permission: &str) -> bool {
    dataset.permissions.iter().flatten().any(|needed| needed == permission)
}

/// The calls that prove a dataset, each with the permission that it needs: its own, or those of the least permissions.
/// None when the claims or the products already tell that it is not possible.
pub fn probes(known: &Known, dataset: &Dataset) -> Vec<(&'static str, &'static str)> {
    if lacking(known, dataset).is_some() || licence(known, dataset).is_some() {
        return Vec::new();
    }
    calls(dataset)
}

fn calls(dataset: &Dataset) -> Vec<(&'static str, &'static str)> {
    let least = || dataset.permissions.last().into_iter().flatten().filter_map(|id| permission::named(id));
    match PROBES.iter().find(|(id, _)| *id == dataset.id) {
        Some((_, path)) => least().take(1).map(|permission| (*path, permission.id)).collect(),
        None => least().map(|permission| (permission.probe, permission.id)).collect(),
    }
}

/// What the token may do, each with the lines that use it. What every sign-in brings is no permission.
#[must_use]
pub fn granted(known: &Known, lines: &[Capability]) -> Vec<Granted> {
    let of = |permission: &str| Granted {
        permission: permission.to_owned(),
        buys: lines.iter().filter(|line| uses(line, permission)).map(|line| line.subject.clone()).collect(),
    };
    let common = |name: &&str| !["openid", "profile", "email", "offline_access"].contains(name);
    known.claims.iter().flat_map(Claims::permissions).filter(common).map(of).collect()
}

fn uses(line: &Capability, permission: &str) -> bool {
    line.permissions.iter().any(|used| permission::covers(permission, used))
}

/// What stands in the way, and the mend.
struct Obstacle {
    state: State,
    because: String,
    mend: String,
    mended_by: Option<Command>,
}

impl Obstacle {
    /// One that no command mends.
    fn new(state: State, because: String, mend: String) -> Self {
        Self { state, because, mend, mended_by: None }
    }

    fn mended_by(self, command: Command) -> Self {
        Self { mended_by: Some(command), ..self }
    }
}

const AGAIN: &str = "Run doctor again later; if it stays, report it with this message.";

/// A permission that was not granted.
fn lacking(known: &Known, dataset: &Dataset) -> Option<Obstacle> {
    let claims = known.claims.as_ref()?;
    let missing = |list: &Vec<String>| -> Vec<String> {
        list.iter().filter(|permission| !claims.grants(permission)).cloned().collect()
    };
    let least = dataset.permissions.iter().map(missing).min_by_key(Vec::len)?;
    if least.is_empty() {
        return None;
    }
    let kind = if claims.delegated() { "delegated" } else { "application" };
    let names = least.join(" and ");
    let mut because = format!("Not granted: {names}.");
    let mut mend = format!(
        "At {}, App registrations, API permissions, add {names} of Microsoft Graph ({kind}), and grant admin consent.",
        known.cloud.admin_centre()
    );
    let features = permissions::features_with(|name| claims.grants(name), &dataset.permissions);
    let mut answers: Vec<Setting> = features.into_iter().map(|value| answer(FEATURES, value)).collect();
    // With the permission alone, a person without a role would be refused next.
    if needed_roles(dataset).is_some_and(|roles| claims.delegated() && claims.has_role(roles) == Some(false)) {
        because.push_str(" Nor has the account that signed in a role that may read this.");
        mend.push_str(" Under Roles and administrators, give the account the role Reports Reader.");
        answers.extend(give_role(claims));
    }
    Some(Obstacle::new(State::NotPossible, because, mend).mended_by(Command::SetUp(answers)))
}

/// The directory roles of which a person needs one to read the dataset.
fn needed_roles(dataset: &Dataset) -> Option<&'static [&'static str]> {
    let needs = dataset.permissions.last()?.iter().filter_map(|id| permission::named(id));
    needs.map(|permission| permission.roles).find(|roles| !roles.is_empty())
}

/// The answers to set-up that give the person a role; none when the token does not tell who it is.
fn give_role(claims: &Claims) -> Vec<Setting> {
    claims.person.iter().map(|person| answer(GIVE_ROLE_TO, person.clone())).collect()
}

fn answer(name: &str, value: String) -> Setting {
    Setting { name: name.to_owned(), value }
}

/// A licence that the products of the tenant do not hold.
fn licence(known: &Known, dataset: &Dataset) -> Option<Obstacle> {
    let plan = dataset.licence.as_ref()?;
    (plan == premium::PLAN && known.premium == Some(Premium::No))
        .then(|| Obstacle::new(State::NotPossible, format!("The tenant has no {plan}."), buy(plan)))
}

fn buy(plan: &str) -> String {
    format!("Buy {plan}, or a product that holds it, for at least one person of the tenant.")
}

/// What Graph said when it was asked.
fn refused(known: &Known, dataset: &Dataset) -> Option<Obstacle> {
    let answer = |path: &str| known.probes.iter().find(|(asked, _)| asked == path)?.1.as_ref();
    let error = calls(dataset).into_iter().find_map(|(path, _)| answer(path))?;
    let elsewhere = known.cloud != Cloud::Global && dataset.permissions.iter().flatten().any(|id| id == REPORTS);
    let said = |fault: &Fault| fault.message.clone();
    let later = |message: String| Obstacle::new(State::Unknown, message, AGAIN.to_owned());
    Some(match error {
        Error::Forbidden(_) | Error::NotFound(_) | Error::Other(_) if elsewhere => Obstacle::new(
            State::NotPossible,
            format!("Microsoft Graph does not offer it in the cloud \"{}\".", known.cloud.label()),
            "Nothing can be done; Microsoft may offer it there one day.".to_owned(),
        ),
        Error::Forbidden(refusal) => role(known, dataset).unwrap_or_else(|| {
            let mend = refusal.fault.mend.clone().unwrap_or_else(|| AGAIN.to_owned());
            let because = if known.claims.is_some() {
                format!("The token carries the permission, and yet: {}", refusal.fault.message)
            } else {
                refusal.fault.message.clone()
            };
            Obstacle::new(State::NotPossible, because, mend)
        }),
        Error::LicenceNeeded(licence) if matches!(known.premium, Some(Premium::Yes | Premium::Trial(_))) => {
            later(format!(
                "{} The tenant does have {}, so the refusal may pass: Microsoft at times refuses by mistake.",
                licence.fault.message, licence.plan
            ))
        }
        Error::LicenceNeeded(licence) => {
            Obstacle::new(State::NotPossible, licence.fault.message.clone(), buy(&licence.plan))
        }
        Error::Throttled(delay) | Error::Unavailable(delay) => later(said(&delay.fault)),
        Error::SignInNeeded(fault)
        | Error::NotFound(fault)
        | Error::CursorExpired(fault)
        | Error::Protocol(fault)
        | Error::Storage(fault)
        | Error::Internal(fault)
        | Error::Other(fault) => later(said(fault)),
        Error::InvalidSettings(_) => return None,
    })
}

/// The role that a person lacks beside the permission. A token leaves roles out when there are very many.
fn role(known: &Known, dataset: &Dataset) -> Option<Obstacle> {
    let claims = known.claims.as_ref().filter(|claims| claims.delegated())?;
    let because = match claims.has_role(needed_roles(dataset)?) {
        Some(true) => return None,
        Some(false) => "The account that signed in has no role that may read this.",
        None => {
            "The account that signed in has probably no role that may read this; the token does not tell its roles."
        }
    };
    let mend = format!(
        "At {}, Roles and administrators, give the account the role Reports Reader, and connect again.",
        known.cloud.admin_centre()
    );
    let obstacle = Obstacle::new(State::NotPossible, because.to_owned(), mend);
    let answers = give_role(claims);
    Some(if answers.is_empty() { obstacle } else { obstacle.mended_by(Command::SetUp(answers)) })
}

/// What works, and less well than it could.
fn degraded(known: &Known, dataset: &Dataset) -> Option<Obstacle> {
    let told = |because: String, mend: String| Some(Obstacle::new(State::Degraded, because, mend));
    if names_persons(dataset) && known.cloud.report_hosts().is_empty() {
        return Some(Obstacle::new(
            State::NotPossible,
            "Where this cloud keeps the files of usage reports is not known, so that they are not read.".to_owned(),
            "Report the host to the makers of the connector, when you know it.".to_owned(),
        ));
    }
    if names_persons(dataset) && known.concealed == Some(true) {
        return told(
            "Names are concealed in usage reports, so that use cannot be told by person.".to_owned(),
            "At admin.microsoft.com, Settings, Org settings, Services, Reports, switch off \"Display concealed user, \
             group, and site names in all reports\"."
                .to_owned(),
        );
    }
    if let (Some(plan), Some(Premium::Trial(ends))) = (&dataset.licence, known.premium) {
        let until = ends.map(|ends| format!(", which ends on {}", time::day_text(time::day_of(ends))));
        return told(
            format!("The tenant has {plan} only by a trial{}.", until.unwrap_or_default()),
            format!("{} It works until the trial ends.", buy(plan)),
        );
    }
    None
}

/// The end of what the connection signs in with is near.
fn ending(known: &Known, dataset: &Dataset) -> Option<Obstacle> {
    let ending = credentials::ending(&known.credentials, known.now).filter(|_| dataset.id == credentials::ID)?;
    let (because, mend) = (credentials::sentence(ending, known.now), credentials::mend(known.cloud));
    Some(Obstacle::new(State::Degraded, because, mend).mended_by(Command::Rotate))
}

/// The line of something that is made of others: the first obstacle that matters stands for all.
fn combine(made: &Made, lines: &[Capability]) -> Capability {
    let of = |ids: &[&str]| -> Vec<&Capability> {
        ids.iter().filter_map(|id| lines.iter().find(|line| line.subject == *id)).collect()
    };
    let (from, better) = (of(&made.from), of(&made.better));
    let mut uses = BTreeSet::new();
    uses.extend(from.iter().chain(&better).flat_map(|line| line.permissions.clone()));
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
        mended_by: cause.and_then(|line| line.mended_by.clone()),
        permissions: uses.into_iter().collect(),
    }
}

#[cfg(test)]
mod tests;
