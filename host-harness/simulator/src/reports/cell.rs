//! The cells of usage reports: what each column says of a user.

use ring::digest;

use crate::clock::date;
use crate::dice::{Dice, Topic};
use crate::id::Id;
use crate::reports::Window;
use crate::tenant::people::User;
use crate::tenant::product::{WORKLOADS, Workload, Workloads};
use crate::world::World;

/// What a column says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cell {
    /// The newest day of the data.
    Refresh,
    /// The principal name.
    Principal,
    /// The display name.
    DisplayName,
    /// The object id.
    UserId,
    /// The organisation's name.
    Organization,
    /// True or False: the user was deleted.
    IsDeleted,
    /// When.
    DeletedDate,
    /// When the account was made.
    Created,
    /// True or False: holds a licence for the workload.
    Has(Workload),
    /// The last day of use.
    Last(Workload),
    /// The last day of use, for so many of a hundred users.
    LastOfSome(Workload, u32),
    /// The last day of any use.
    LastAny,
    /// When the licence was assigned.
    Assigned(Workload),
    /// The products, upper case, joined by plus signs.
    Products,
    /// The period's days.
    Period,
    /// How often something was done; at most so often a working day.
    Count(Workload, u32),
    /// A size in bytes of up to so many megabytes.
    Megabytes(u32),
    /// An amount of up to this.
    Amount(u32),
    /// Yes or No: did so with this workload, for so many of a hundred users.
    YesNo(Workload, u32),
    /// Seconds of up to so many minutes a working day, as in `PT3H2M1S`.
    Duration(u32),
    /// The same in seconds.
    Seconds(u32),
    /// The address of the user's own site.
    Site,
    /// What the company's social network says of the user.
    State,
    /// The same for all.
    Fixed(&'static str),
}

/// Writes the cells of one row.
pub(crate) struct Row<'a> {
    world: &'a World,
    place: u32,
    user: &'a User,
    window: Window,
    refresh: i32,
    concealed: bool,
    licensed: Workloads,
}

impl<'a> Row<'a> {
    /// The row of a user. Deleted users have places after all others.
    pub(crate) fn new(
        world: &'a World,
        place: u32,
        user: &'a User,
        window: Window,
        refresh: i32,
        concealed: bool,
    ) -> Self {
        Row { world, place, user, window, refresh, concealed, licensed: licensed(world, user) }
    }

    /// The text of a cell.
    pub(crate) fn text(&self, cell: Cell) -> String {
        let user = self.user;
        match cell {
            Cell::Refresh => date(self.refresh),
            Cell::Principal => self.hidden(user.principal_name(&self.world.tenant.domains)),
            Cell::DisplayName => self.hidden(user.display_name()),
            Cell::UserId if self.concealed => Id::ZERO.to_string(),
            Cell::UserId => user.id.to_string(),
            Cell::Organization => self.world.tenant.name.to_owned(),
            Cell::IsDeleted => truth(user.deleted_ago.is_some()),
            Cell::DeletedDate => user.deleted_ago.map(|ago| date(self.world.start - ago)).unwrap_or_default(),
            Cell::Created => date(self.world.start - user.created_ago),
            Cell::Has(workload) => truth(self.licensed.has(workload)),
            Cell::Last(workload) => self.last(workload).map(date).unwrap_or_default(),
            Cell::LastOfSome(workload, share) => {
                let does = self.dice(share).below(100) < share;
                if does { self.last(workload).map(date).unwrap_or_default() } else { String::new() }
            }
            Cell::LastAny => self.last_any().map(date).unwrap_or_default(),
            Cell::Assigned(workload) if self.licensed.has(workload) => date(self.world.start - user.licensed_ago),
            Cell::Assigned(_) => String::new(),
            Cell::Products => self.products(),
            Cell::Period => self.window.period.unwrap_or(1).to_string(),
            Cell::Count(workload, most) => self.count(workload, most).to_string(),
            Cell::Megabytes(most) => (u64::from(self.dice(most).below(most)) * 1_048_576 + 512).to_string(),
            Cell::Amount(most) => self.dice(most).below(most).to_string(),
            Cell::YesNo(workload, share) => {
                let does = self.last(workload).is_some() && self.dice(share).below(100) < share;
                if does { "Yes" } else { "No" }.to_owned()
            }
            Cell::Duration(minutes) => {
                let seconds = self.count(Workload::Teams, minutes * 60);
                match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
                    (0, 0, seconds) => format!("PT{seconds}S"),
                    (0, minutes, seconds) => format!("PT{minutes}M{seconds}S"),
                    (hours, minutes, seconds) => format!("PT{hours}H{minutes}M{seconds}S"),
                }
            }
            Cell::Seconds(minutes) => self.count(Workload::Teams, minutes * 60).to_string(),
            Cell::Site => self.hidden(self.site()),
            Cell::State => if user.deleted_ago.is_some() { "deleted" } else { "active" }.to_owned(),
            Cell::Fixed(text) => text.to_owned(),
        }
    }

    /// True when any workload was used in the window.
    pub(crate) fn is_active(&self) -> bool {
        WORKLOADS.into_iter().any(|workload| self.last(workload).is_some())
    }

    fn last(&self, workload: Workload) -> Option<i32> {
        let knows = self.licensed.has(workload) || self.user.deleted_ago.is_some();
        let calendar = self.world.calendar();
        let find = || calendar.latest_use(self.place, self.user, workload, self.window.first, self.window.last);
        if knows { find() } else { None }
    }

    fn last_any(&self) -> Option<i32> {
        WORKLOADS.into_iter().filter_map(|workload| self.last(workload)).max()
    }

    fn dice(&self, about: u32) -> Dice {
        Dice::new(self.world.tenant.seed, Topic::Report, u64::from(self.place), u64::from(about))
    }

    /// Something done on most working days up to the last day of use.
    fn count(&self, workload: Workload, most: u32) -> u32 {
        let Some(last) = self.last(workload) else { return 0 };
        let days = u32::try_from(last - self.window.first + 1).unwrap_or(1);
        let daily = self.dice(most.wrapping_mul(31) + workload as u32).below(most + 1);
        (days * daily * 5 / 7).max(1)
    }

    fn site(&self) -> String {
        let domains = &self.world.tenant.domains;
        let host = domains.initial.split('.').next().unwrap_or_default();
        let name = self.user.principal_name(domains).replace(['.', '@'], "_");
        format!("https://{host}-my.sharepoint.com/personal/{name}")
    }

    fn products(&self) -> String {
        let held = self.user.products();
        let held = self.world.tenant.products.iter().filter(|product| held.has(product.role));
        held.map(|product| product.name.to_uppercase()).collect::<Vec<_>>().join("+")
    }

    /// A name, or the digits that stand for it.
    fn hidden(&self, name: String) -> String {
        if !self.concealed {
            return name;
        }
        let text = format!("{} {name}", self.world.tenant.id);
        let hash = digest::digest(&digest::SHA256, text.as_bytes());
        hash.as_ref().iter().take(16).map(|byte| format!("{byte:02X}")).collect()
    }
}

fn truth(is: bool) -> String {
    if is { "True" } else { "False" }.to_owned()
}

/// The workloads that a user's products give.
pub(crate) fn licensed(world: &World, user: &User) -> Workloads {
    let held = user.products();
    let held = world.tenant.products.iter().filter(|product| held.has(product.role));
    held.fold(Workloads::default(), |all, product| all.or(product.workloads))
}
