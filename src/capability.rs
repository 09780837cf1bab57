//! What a connection will be able to do: one line for each dataset and each rule of advice.
//!
//! Decided from the claims of the token, the products of the tenant, the setting that conceals names, and the smallest
//! calls, because a token without a right is issued happily and refused later. Nothing is collected for it. A line that
//! does not simply work names the single change that would make it work.
//!
//! A dataset needs nothing here: its line follows from what its manifest names. Which call proves it, and which role a
//! person needs, follows from the permissions; a dataset with a call of its own is in `datasets::PROBES`.

mod made;

use crate::cloud::Cloud;
use crate::contract::connector::Task;
use crate::contract::dialogue::{Capability, Command, Granted, State};
use crate::contract::manifest::Dataset;
use crate::contract::rows::{Credential, Kind};
use crate::contract::types::{Error, Fault, Instant, Setting};
use crate::datasets::{PROBES, credentials};
use crate::permission::{self, REPORT_SETTINGS, REPORTS};
use crate::premium;
use crate::reports;
use crate::set_up::form::{FEATURES, GIVE_ROLE_TO, REPORT_NAMES, SHOWN};
use crate::set_up::permissions;
use crate::sign_in::claims::Claims;
use crate::time;
use made::{combine, made};

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
    calls(dataset, known.cloud)
}

fn calls(dataset: &Dataset, cloud: Cloud) -> Vec<(&'static str, &'static str)> {
    let least = || dataset.permissions.last().into_iter().flatten().filter_map(|id| permission::named(id));
    let own = PROBES.iter().find(|(id, _)| *id == dataset.id).map(|(_, path)| *path);
    match own.or_else(|| reports::probe(&dataset.id, cloud)) {
        Some(path) => least().take(1).map(|permission| (path, permission.id)).collect(),
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
    // Of lists that lack as much, the last opens the least beside.
    let least = dataset.permissions.iter().rev().map(missing).min_by_key(Vec::len)?;
    if least.is_empty() {
        return None;
    }
    let names = least.join(" and ");
    let mut because = format!("Not granted: {names}.");
    let mut mend = add(known, claims, &names);
    let mut answers = with_feature_for(&dataset.permissions);
    // With the permission alone, a person without a role would be refused next.
    if has_role(known, dataset) == Some(false) {
        because.push_str(" Nor has the account that signed in a role that may read this.");
        mend.push_str(" Under Roles and administrators, give the account the role Reports Reader.");
        answers.extend(give_role(claims));
    }
    Some(Obstacle::new(State::NotPossible, because, mend).mended_by(Command::SetUp(answers)))
}

/// Where permissions are added by hand.
fn add(known: &Known, claims: &Claims, names: &str) -> String {
    let kind = if claims.delegated() { "delegated" } else { "application" };
    format!(
        "At {}, App registrations, API permissions, add {names} of Microsoft Graph ({kind}), and grant admin consent.",
        known.cloud.admin_centre()
    )
}

/// The answers to set-up that grant all of one of these lists beside what is there.
fn with_feature_for(lists: &[Vec<String>]) -> Vec<Setting> {
    permissions::feature_for(lists).into_iter().map(|name| answer(FEATURES, format!("+{name}"))).collect()
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
    let error = calls(dataset, known.cloud).into_iter().find_map(|(path, _)| answer(path))?;
    let elsewhere = known.cloud != Cloud::Global && needs(dataset, REPORTS);
    let said = |fault: &Fault| fault.message.clone();
    let later = |message: String| Obstacle::new(State::Unknown, message, AGAIN.to_owned());
    Some(match error {
        // A person who has no role for it is refused in every cloud.
        Error::Forbidden(_) if elsewhere && has_role(known, dataset) == Some(false) => role(known, dataset)?,
        Error::Forbidden(_) | Error::NotFound(_) if elsewhere => Obstacle::new(
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
        // Only another sign-in helps, and says so.
        Error::SignInNeeded(fault) => {
            Obstacle::new(State::Unknown, said(fault), fault.mend.clone().unwrap_or_else(|| AGAIN.to_owned()))
        }
        Error::NotFound(fault)
        | Error::CursorExpired(fault)
        | Error::Protocol(fault)
        | Error::Storage(fault)
        | Error::Internal(fault)
        | Error::Other(fault) => later(said(fault)),
        Error::InvalidSettings(_) => return None,
    })
}

/// Whether the person who signed in has a role that may read the dataset; `None` when the token does not tell, and for
/// an application, which needs none.
fn has_role(known: &Known, dataset: &Dataset) -> Option<bool> {
    let claims = known.claims.as_ref().filter(|claims| claims.delegated())?;
    claims.has_role(needed_roles(dataset)?)
}

/// The role that a person lacks beside the permission. A token leaves roles out when there are very many.
fn role(known: &Known, dataset: &Dataset) -> Option<Obstacle> {
    let claims = known.claims.as_ref().filter(|claims| claims.delegated())?;
    needed_roles(dataset)?;
    let because = match has_role(known, dataset) {
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
    // What comes by itself needs no file.
    let comes_as_file = reports::probe(&dataset.id, known.cloud).is_none();
    if names_persons(dataset) && comes_as_file && known.cloud.report_hosts().is_empty() {
        return Some(Obstacle::new(
            State::NotPossible,
            "Where this cloud keeps the files of usage reports is not known, so that they are not read.".to_owned(),
            "Report the host to the makers of the connector, when you know it.".to_owned(),
        ));
    }
    if names_persons(dataset) && known.concealed != Some(false) {
        return Some(concealment(known));
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

/// Names are concealed in usage reports, or nobody can tell before they are read.
fn concealment(known: &Known) -> Obstacle {
    let lacking = known.claims.as_ref().filter(|claims| !claims.grants(REPORT_SETTINGS));
    let lacking = lacking.filter(|_| known.concealed.is_none() && known.cloud == Cloud::Global);
    let because = match (known.concealed, lacking) {
        (Some(_), _) => "Names are concealed in usage reports, so that use cannot be told by person.",
        (None, Some(_)) => {
            "Not granted: ReportSettings.Read.All. So it is not known whether names are concealed in usage reports, as \
             they are by default."
        }
        (None, None) => {
            "Microsoft Graph does not tell whether names are concealed in usage reports, as they are by default."
        }
    };
    let told = |mend: String| Obstacle::new(State::Degraded, because.to_owned(), mend);
    let portal = reports::showing_names(known.cloud);
    if known.concealed == Some(true) {
        let shown = answer(REPORT_NAMES, SHOWN.to_owned());
        return told(portal).mended_by(Command::SetUp(vec![shown]));
    }
    match lacking {
        Some(claims) => told(add(known, claims, REPORT_SETTINGS))
            .mended_by(Command::SetUp(with_feature_for(&[vec![REPORT_SETTINGS.to_owned()]]))),
        None => told(portal),
    }
}

/// The end of what the connection signs in with is near.
fn ending(known: &Known, dataset: &Dataset) -> Option<Obstacle> {
    let ending = credentials::ending(&known.credentials, known.now).filter(|_| dataset.id == credentials::ID)?;
    let (because, mend) = (credentials::sentence(ending, known.now), credentials::mend(known.cloud));
    let obstacle = Obstacle::new(State::Degraded, because, mend);
    // Of one that may be another's, the command would renew ours and leave the line as it is.
    Some(if ending.in_use == Some(true) { obstacle.mended_by(Command::Rotate) } else { obstacle })
}

#[cfg(test)]
mod tests;
