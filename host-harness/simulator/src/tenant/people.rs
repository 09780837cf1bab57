//! The users of a tenant.

use crate::id::Id;
use crate::tenant::group::LicenceGroup;
use crate::tenant::names::{COUNTRIES, Country, Name};
use crate::tenant::product::{Role, Skus};
use crate::tenant::workplace::{DEPARTMENTS, Department, PARTNERS};

/// What sort of account it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Somebody who works here.
    Employee,
    /// Somebody invited from elsewhere.
    Guest,
    /// A mailbox that several people read.
    SharedMailbox,
    /// An account that a machine uses.
    Service,
}

/// How often somebody works.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Habit {
    /// Has never signed in.
    Never,
    /// Nearly each working day.
    Daily,
    /// About one working day a week.
    Weekly,
    /// A few days in a quarter.
    Rarely,
    /// Each working day until so many days before the tenant was made, and then no more.
    Stopped(i32),
}

/// How the service writes the sign-in dates of somebody who has none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Blank {
    /// The property is left out.
    Absent,
    /// The property is null.
    Null,
    /// The date is an empty text.
    Empty,
    /// The date is `0001-01-01T00:00:00Z`.
    YearOne,
}

/// What keeps a group's licence from a member.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Obstacle {
    /// No seat is left.
    Count,
    /// Another product of the user has the same plans.
    Exclusive,
}

/// A password that the sign-in page takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Password {
    /// The password.
    pub(crate) text: &'static str,
    /// True when a second factor is demanded.
    pub(crate) second_factor: bool,
}

/// A user. Days are counted back from the day on which the simulator's clock started.
#[derive(Clone, Debug)]
pub(crate) struct User {
    /// The object id.
    pub(crate) id: Id,
    /// What sort of account it is.
    pub(crate) kind: Kind,
    /// Given name; what the account is for, when nobody's.
    pub(crate) given: Name,
    /// Family name.
    pub(crate) family: Name,
    /// Tells namesakes apart; 0 for the first of a name.
    pub(crate) serial: u32,
    /// Place of the country in the table.
    pub(crate) country: u8,
    /// Place of the department in the table.
    pub(crate) department: u8,
    /// May sign in.
    pub(crate) enabled: bool,
    /// Comes from a directory on the premises.
    pub(crate) synced: bool,
    /// Days since the account was made.
    pub(crate) created_ago: i32,
    /// Days since the licences were last changed.
    pub(crate) licensed_ago: i32,
    /// How often the user works.
    pub(crate) habit: Habit,
    /// Strangers try passwords on this account.
    pub(crate) attacked: bool,
    /// Posts in the company's social network.
    pub(crate) social: bool,
    /// Products assigned to the user directly.
    pub(crate) direct: Skus,
    /// Licence groups that the user is in, as bits.
    pub(crate) groups: u8,
    /// A group's product that could not be assigned, and why.
    pub(crate) obstacle: Option<(Role, Obstacle)>,
    /// Some service plans are switched off.
    pub(crate) trimmed: bool,
    /// How absent sign-in dates are written.
    pub(crate) blank: Blank,
    /// Places of the SaaS applications that the user uses.
    pub(crate) apps: [u8; 6],
    /// Days since the user was deleted; only usage reports still know such a user.
    pub(crate) deleted_ago: Option<i32>,
    /// The password, for the few who can sign in interactively.
    pub(crate) password: Option<Password>,
}

impl User {
    /// The country where the user works.
    pub(crate) fn country(&self) -> Option<&'static Country> {
        COUNTRIES.get(usize::from(self.country))
    }

    /// The department of the user.
    pub(crate) fn department(&self) -> Option<&'static Department> {
        DEPARTMENTS.get(usize::from(self.department))
    }

    /// The part of the principal name before the `@`, without the number of a namesake.
    pub(crate) fn local_part(&self) -> String {
        match self.kind {
            Kind::Employee if self.password.is_some() => self.given.ascii.to_lowercase(),
            Kind::Employee => format!("{}.{}", self.given.ascii, self.family.ascii).to_lowercase(),
            Kind::Guest => format!("{}.{}_{}.example#EXT#", self.given.ascii, self.family.ascii, self.partner()),
            Kind::SharedMailbox => self.given.ascii.to_lowercase(),
            Kind::Service => format!("svc-{}", self.given.ascii),
        }
    }

    /// The first label of the domain that a guest comes from.
    fn partner(&self) -> &'static str {
        let place = usize::from(self.department) % PARTNERS.len();
        PARTNERS.get(place).copied().unwrap_or_default()
    }

    /// The principal name, in a tenant with these domains.
    pub(crate) fn principal_name(&self, domains: &Domains) -> String {
        let local = self.local_part();
        let domain = if self.kind == Kind::Guest { &domains.initial } else { &domains.own };
        match self.serial {
            0 => format!("{local}@{domain}"),
            serial => format!("{}@{domain}", numbered(&local, serial)),
        }
    }

    /// The mail address, for those who have one.
    pub(crate) fn mail(&self, domains: &Domains) -> Option<String> {
        match self.kind {
            Kind::Service => None,
            Kind::Guest => {
                let given = self.given.ascii.to_lowercase();
                Some(format!("{given}.{}@{}.example", self.family.ascii, self.partner()))
            }
            Kind::SharedMailbox => Some(self.principal_name(domains)),
            Kind::Employee => (!self.products().is_empty()).then(|| self.principal_name(domains)),
        }
    }

    /// The display name.
    pub(crate) fn display_name(&self) -> String {
        match self.kind {
            Kind::Employee | Kind::Guest => format!("{} {}", self.given.text, self.family.text),
            Kind::SharedMailbox => {
                let country = self.country().map(|country| country.code).unwrap_or_default();
                format!("{} {country}", self.given.text)
            }
            Kind::Service => format!("Service: {}", self.given.text),
        }
    }

    /// The products that the user holds through groups, without those that could not be assigned.
    pub(crate) fn inherited(&self) -> Skus {
        let all = LicenceGroup::all()
            .filter(|group| group.has(self.groups))
            .fold(Skus::default(), |skus, group| skus.with(group.product()));
        match self.obstacle {
            Some((role, _)) => all.without(role),
            None => all,
        }
    }

    /// The products that the user holds, one seat each.
    pub(crate) fn products(&self) -> Skus {
        self.direct.or(self.inherited())
    }
}

/// The domains of a tenant.
#[derive(Clone, Debug)]
pub(crate) struct Domains {
    /// The domain that people know, such as `aldermoor.example`.
    pub(crate) own: String,
    /// The domain that the tenant was made with, such as `aldermoor.onmicrosoft.com`.
    pub(crate) initial: String,
}

/// A namesake's number goes before the mark of a guest, else at the end.
fn numbered(local: &str, serial: u32) -> String {
    match local.split_once('_') {
        Some((name, partner)) => format!("{name}{}_{partner}", serial + 1),
        None => format!("{local}{}", serial + 1),
    }
}
