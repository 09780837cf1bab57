//! Groups: those that give licences, one for each department, one for everybody, and two of projects, of which one has a
//! department inside.

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
    /// One user in eleven, and the group of the first department, whose members are in this one only by way of that.
    Nested,
    /// One user in thirteen.
    Project,
}

/// One user in so many is a member of the group that has another one inside.
const NESTED: u32 = 11;

/// One user in so many is a member of the project's group.
const PROJECT: u32 = 13;

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
    /// True when the user at this place is in the group itself.
    pub(crate) fn has(&self, place: u32, user: &User) -> bool {
        match self.members {
            Members::Nested => place.is_multiple_of(NESTED),
            Members::Project => place.is_multiple_of(PROJECT),
            Members::Licensed(group) => group.has(user.groups),
            Members::Department(place) => user.kind == Kind::Employee && user.department == place,
            Members::Everybody => user.kind == Kind::Employee,
        }
    }

    /// The group that is inside this one.
    pub(crate) fn inside(&self) -> Option<Members> {
        (self.members == Members::Nested).then_some(Members::Department(0))
    }

    /// The rule that a dynamic group's members meet.
    pub(crate) fn rule(&self) -> Option<String> {
        match self.members {
            Members::Department(_) => Some(format!("(user.department -eq \"{}\")", self.name)),
            Members::Everybody => Some("(user.userType -eq \"Member\")".to_owned()),
            Members::Licensed(_) | Members::Nested | Members::Project => None,
        }
    }
}

/// The groups of a tenant, in order.
pub(crate) fn groups(seed: u64) -> Vec<Group> {
    let mut dice = Dice::new(seed, Topic::Group, 0, 0);
    let licensed = LicenceGroup::all().map(|group| (group.display_name().to_owned(), Members::Licensed(group)));
    let departments = (0u8..).zip(DEPARTMENTS).map(|(place, each)| (each.name.to_owned(), Members::Department(place)));
    let others =
        [("All employees", Members::Everybody), ("Projects", Members::Nested), ("Project Aurora", Members::Project)];
    let others = others.map(|(name, members)| (name.to_owned(), members));
    licensed.chain(departments).chain(others).map(|(name, members)| Group { id: dice.id(), name, members }).collect()
}
