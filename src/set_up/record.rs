//! What set-up changed of what it did not make, and what it has yet to take away. It stands in the connection, a line each,
//! so that a later run takes back that and nothing else.

use super::permissions;
use super::wish::{ROLES, Role};
use super::work::Work;

/// Names in usage reports are shown.
pub(super) const NAMES: &str = "names in usage reports";
/// The application is allowed to sign in without a redirect.
pub(super) const FLOWS: &str = "public client flows";

const USER: &str = "user ";
const REPLACED: &str = "replaced credential ";

/// In which way a permission was given.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// To the application itself.
    Application,
    /// On behalf of everybody.
    Everybody,
    /// Listed by the registration, for the application itself.
    ListedRole,
    /// Listed by the registration, on behalf of persons.
    ListedScope,
}

impl Kind {
    /// The line of a permission.
    pub(super) fn of(self, name: &str) -> String {
        let kind = match self {
            Kind::Application => "application",
            Kind::Everybody => "everybody",
            Kind::ListedRole => "listed for the application",
            Kind::ListedScope => "listed for everybody",
        };
        format!("{name} ({kind})")
    }
}

/// The line of the redirect address on a platform of the application.
pub(super) fn redirect(platform: &str) -> String {
    format!("redirect address ({platform})")
}

/// The line of a role that was given. The person may be renamed, and keeps the id.
pub(super) fn role(role: Role, login: &str, id: &str) -> String {
    format!("{} for {login} ({id})", role.0)
}

/// The line of a user who was made.
pub(super) fn user(login: &str, id: &str) -> String {
    format!("{USER}{login} ({id})")
}

/// What stands in brackets at the end of a line.
fn id(line: &str) -> Option<&str> {
    line.strip_suffix(')')?.rsplit_once(" (").map(|(_, id)| id)
}

/// The line of a secret or certificate that has a successor, by its key id.
pub(super) fn replaced(key: &str) -> String {
    format!("{REPLACED}{key}")
}

/// The lines.
#[derive(Debug)]
pub(super) struct Record(pub(super) Vec<String>);

impl Record {
    pub(super) fn holds(&self, line: &str) -> bool {
        self.0.iter().any(|held| held == line)
    }

    /// Whether a permission stands there: earlier runs chose what an application of others may do.
    pub(super) fn permits(&self) -> bool {
        self.0.iter().any(|line| permissions::ALL.iter().any(|access| line.starts_with(access.name)))
    }

    /// The lines of roles that were given, each with the role and the id of the person.
    pub(super) fn roles(&self) -> impl Iterator<Item = (&str, Role, &str)> {
        self.0.iter().filter_map(|line| {
            let role = ROLES
                .into_iter()
                .find(|role| line.strip_prefix(role.0).is_some_and(|rest| rest.starts_with(" for ")))?;
            Some((line.as_str(), role, id(line)?))
        })
    }

    /// The lines of users who were made, each with the id.
    pub(super) fn users(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter(|line| line.starts_with(USER)).filter_map(|line| Some((line.as_str(), id(line)?)))
    }
}

impl Work<'_> {
    /// Notes what is about to be changed. When the answer is lost and it is found changed, set-up did it all the same.
    pub(super) fn begins(&mut self, lines: &[String]) {
        self.note("begun", lines);
    }

    /// Notes what is about to be added to an application, for the same reason.
    pub(super) fn amends(&mut self, lines: &[String]) {
        self.note("amends", lines);
    }

    pub(super) fn has_begun(&self, line: &str) -> bool {
        self.memory.text("begun").lines().any(|begun| begun == line)
    }

    /// Notes what was changed, so that it can be taken back.
    pub(super) fn records(&mut self, lines: &[String]) {
        self.note("recorded", lines);
    }

    /// Notes what was taken back.
    pub(super) fn strikes(&mut self, lines: &[String]) {
        self.note("struck", lines);
    }

    /// Notes that a setting is of no use any more, when what it opened was about to go, and has gone.
    pub(super) fn is_gone(&mut self, setting: &str) {
        if self.has_begun(setting) {
            self.note("gone", &[setting.to_owned()]);
        }
    }

    fn note(&mut self, name: &str, lines: &[String]) {
        if !lines.is_empty() {
            let all = format!("{}\n{}", self.memory.text(name), lines.join("\n"));
            self.memory.put(name, all.trim_start());
        }
    }

    /// Key ids of credentials that have a successor and were not yet taken away: by earlier runs, and by this one.
    pub(super) fn replaced(&self) -> Vec<String> {
        let all = self.wish.record.0.iter().map(String::as_str).chain(self.memory.text("recorded").lines());
        all.filter_map(|line| line.strip_prefix(REPLACED)).map(str::to_owned).collect()
    }
}
