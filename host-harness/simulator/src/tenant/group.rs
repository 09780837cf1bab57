//! Groups: those that give licences, one for each department, and one for everybody.

use crate::dice::{Dice, Topic};
use crate::id::Id;
use crate::tenant::people::{Kind, User};
use crate::tenant::product::Role;
use crate::tenant::workplace::DEPARTMENTS;

/// A group that gives its members a product.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LicenceGroup {
    Standard,
    Full,
    Frontline,
    PowerBi,
    Copilot,
}

impl LicenceGroup {
    /// All licence groups, in order.
    pub(crate) fn all() -> impl Iterator<Item = LicenceGroup> {
        [Self::Standard, Self::Full, Self::Frontline, Self::PowerBi, Self::Copilot].into_iter()
    }

    /// The group's bit in a user's memberships.
    pub(crate) fn bit(self) -> u8 {
        1 << self as u8
    }

    /// True when the group's bit is set.
    pub(crate) fn has(self, groups: u8) -> bool {
        groups & self.bit() != 0
    }

    /// The product that the group gives.
    pub(crate) fn product(self) -> Role {
        match self {
            Self::Standard => Role::Standard,
            Self::Full => Role::Full,
            Self::Frontline => Role::Frontline,
            Self::PowerBi => Role::PowerBi,
            Self::Copilot => Role::Copilot,
        }
    }

    fn display_name(self) -> &'static str {
        match self {
            Self::Standard => "Licences: knowledge workers",
            Self::Full => "Licences: sensitive data",
            Self::Frontline => "Licences: frontline",
            Self::PowerBi => "Licences: reporting",
            Self::Copilot => "Licences: assistant pilot",
        }
    }
}

/// Who is in a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Members {
    /// Those whom the group gives a licence.
    Licensed(LicenceGroup),
    /// The employees of a department, by its place in the table.
    Department(u8),
    /// All employees.
    Everybody,
}

/// A group of users.
pub(crate) struct Group {
    /// The object id.
    pub(crate) id: Id,
    /// The name.
    pub(crate) name: String,
    /// Who is in it.
    pub(crate) members: Members,
}

impl Group {
    /// True when the user is in the group.
    pub(crate) fn has(&self, user: &User) -> bool {
        match self.members {
            Members::Licensed(group) => group.has(user.groups),
            Members::Department(place) => user.kind == Kind::Employee && user.department == place,
            Members::Everybody => user.kind == Kind::Employee,
        }
    }

    /// The rule that a dynamic group's members meet.
    pub(crate) fn rule(&self) -> Option<String> {
        match self.members {
            Members::Department(_) => Some(format!("(user.department -eq \"{}\")", self.name)),
            Members::Everybody => Some("(user.userType -eq \"Member\")".to_owned()),
            Members::Licensed(_) => None,
        }
    }
}

/// The groups of a tenant, in order.
pub(crate) fn groups(seed: u64) -> Vec<Group> {
    let mut dice = Dice::new(seed, Topic::Group, 0, 0);
    let licensed = LicenceGroup::all().map(|group| (group.display_name().to_owned(), Members::Licensed(group)));
    let departments = (0u8..).zip(DEPARTMENTS).map(|(place, each)| (each.name.to_owned(), Members::Department(place)));
    let everybody = [("All employees".to_owned(), Members::Everybody)];
    licensed.chain(departments).chain(everybody).map(|(name, members)| Group { id: dice.id(), name, members }).collect()
}
