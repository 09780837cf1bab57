//! Makes the users of a tenant from its seed.

use std::collections::HashMap;

use crate::dice::{Dice, Topic};
use crate::tenant::application::Shelf;
use crate::tenant::group::LicenceGroup;
use crate::tenant::names::{COUNTRIES, Name};
use crate::tenant::people::{Blank, Habit, Kind, Obstacle, Password, User};
use crate::tenant::product::{Role, Skus};
use crate::tenant::workplace::{DEPARTMENTS, MAILBOXES, SERVICES};

/// Those who sign in at the simulator's pages: an administrator, a plain user, and one with a second factor.
pub(crate) const ACTORS: [(&str, &str, Password); 3] = [
    ("Ada", "Admin", Password { text: "Correct-Horse-1", second_factor: false }),
    ("Paula", "Plain", Password { text: "Battery-Staple-2", second_factor: false }),
    ("Mia", "Multi", Password { text: "Second-Factor-3", second_factor: true }),
];

/// Those whose seats are rare, by their number: add-ons without anything that they stand on, pieces that are dearer than
/// a suite which does all of it, and a shared mailbox with a seat that is paid for.
const RARITIES: [(u32, Kind, &[Role]); 3] = [
    (3, Kind::Employee, &[Role::Phone, Role::Copilot]),
    (4, Kind::Employee, &[Role::Standard, Role::Identity, Role::PowerBi]),
    (5, Kind::SharedMailbox, &[Role::Standard]),
];

/// The users of a tenant, and those deleted lately, whom only usage reports still show.
pub(crate) struct Census {
    /// The users, in the order in which they are listed.
    pub(crate) users: Vec<User>,
    /// The deleted ones.
    pub(crate) deleted: Vec<User>,
}

/// Makes so many users; at least the actors.
pub(crate) fn census(seed: u64, count: u32, shelf: &Shelf) -> Census {
    let mut register = Register { seed, shelf, namesakes: HashMap::new() };
    let actors = u32::try_from(ACTORS.len()).unwrap_or(0);
    let count = count.max(actors);
    let users = (0..count).map(|number| register.user(number)).collect();
    let deleted = (count..count + count.div_ceil(200)).map(|number| register.deleted(number)).collect();
    Census { users, deleted }
}

struct Register<'a> {
    seed: u64,
    shelf: &'a Shelf,
    namesakes: HashMap<String, u32>,
}

impl Register<'_> {
    fn user(&mut self, number: u32) -> User {
        let mut dice = Dice::new(self.seed, Topic::User, u64::from(number), 0);
        let kind = match dice.below(1000) {
            0..80 => Kind::Guest,
            80..105 => Kind::SharedMailbox,
            105..115 => Kind::Service,
            _ => Kind::Employee,
        };
        let actor = ACTORS.get(number as usize);
        let rarity = RARITIES.iter().find(|(at, ..)| *at == number);
        let kind = if actor.is_some() { Kind::Employee } else { rarity.map_or(kind, |(_, kind, _)| *kind) };
        let mut user = blank(&mut dice, kind);
        user.apps = self.shelf.choose(&mut dice, user.department);
        match user.kind {
            Kind::Employee => employ(&mut user, &mut dice),
            Kind::Guest => invite(&mut user, &mut dice),
            Kind::SharedMailbox => share(&mut user, &mut dice),
            Kind::Service => serve(&mut user, &mut dice),
        }
        if let Some((given, family, password)) = actor {
            act(&mut user, given, family, *password);
        }
        if let Some((_, _, seats)) = rarity {
            hold(&mut user, seats);
        }
        let serial = self.namesakes.entry(user.local_part()).or_default();
        user.serial = *serial;
        *serial += 1;
        user
    }

    fn deleted(&mut self, number: u32) -> User {
        let mut user = self.user(number);
        let gone = 1 + i32::try_from(number % 29).unwrap_or(0);
        user.habit = Habit::Stopped(gone + 3);
        user.created_ago = user.created_ago.max(gone + 200);
        user.direct = Skus::default();
        user.groups = 0;
        user.deleted_ago = Some(gone);
        user
    }
}

fn blank(dice: &mut Dice, kind: Kind) -> User {
    let id = dice.id();
    let country = dice.weighed(&COUNTRIES.iter().map(|country| country.share).collect::<Vec<_>>());
    let department = dice.weighed(&DEPARTMENTS.iter().map(|department| department.share).collect::<Vec<_>>());
    let at = COUNTRIES.get(country);
    let given = pick(dice, at.map(|country| country.given));
    let family = pick(dice, at.map(|country| country.family));
    let blank = match dice.below(10) {
        0..5 => Blank::Absent,
        5..7 => Blank::Null,
        7..8 => Blank::Empty,
        _ => Blank::YearOne,
    };
    let created_ago = dice.between(60, 3000);
    User {
        id,
        kind,
        given,
        family,
        serial: 0,
        country: u8::try_from(country).unwrap_or(0),
        department: u8::try_from(department).unwrap_or(0),
        enabled: true,
        synced: false,
        created_ago,
        licensed_ago: created_ago,
        habit: Habit::Never,
        attacked: dice.chance(15),
        social: false,
        direct: Skus::default(),
        groups: 0,
        obstacle: None,
        trimmed: false,
        blank,
        apps: [u8::MAX; 6],
        deleted_ago: None,
        password: None,
    }
}

fn pick(dice: &mut Dice, names: Option<&[Name]>) -> Name {
    let names = names.unwrap_or_default();
    let place = dice.below(u32::try_from(names.len()).unwrap_or(0));
    names.get(place as usize).copied().unwrap_or(Name { text: "", ascii: "" })
}

fn employ(user: &mut User, dice: &mut Dice) {
    user.synced = dice.chance(600);
    user.social = dice.chance(120);
    user.habit = match dice.below(1000) {
        0..790 => Habit::Daily,
        790..860 => Habit::Weekly,
        860..890 => Habit::Rarely,
        // On both sides of a limit of ninety days, where a rule that counts wrongly shows.
        890..900 => Habit::Stopped(dice.between(88, 92)),
        900..935 => Habit::Stopped(dice.between(93, 500)),
        935..970 => Habit::Stopped(dice.between(20, 87)),
        _ => Habit::Never,
    };
    if dice.chance(50) {
        // New this month: most work already, some have not come yet.
        user.created_ago = dice.between(0, 29);
        user.habit = if dice.chance(700) { Habit::Daily } else { Habit::Never };
    }
    if dice.chance(60) {
        user.enabled = false;
        user.habit = Habit::Stopped(dice.between(8, 400));
    }
    if let Habit::Stopped(ago) = user.habit {
        user.created_ago = user.created_ago.max(ago + 100);
    }
    license(user, dice);
    if !user.enabled && dice.chance(450) {
        // Whoever left and was tidied up after holds nothing any more.
        user.direct = Skus::default();
        user.groups = 0;
        user.obstacle = None;
    }
    user.licensed_ago = if dice.chance(70) { dice.between(0, 29) } else { dice.between(30, 1500) };
    user.licensed_ago = user.licensed_ago.min(user.created_ago);
}

/// Departments that work with their hands, by name.
fn is_frontline(user: &User) -> bool {
    user.department().is_some_and(|department| matches!(department.name, "Production" | "Logistics"))
}

fn license(user: &mut User, dice: &mut Dice) {
    let mut direct = Skus::default();
    let mut groups = 0;
    if is_frontline(user) && dice.chance(700) {
        groups |= LicenceGroup::Frontline.bit();
    } else {
        match dice.below(1000) {
            0..470 => groups |= LicenceGroup::Standard.bit(),
            470..560 => direct = direct.with(Role::Standard),
            560..610 => {
                direct = direct.with(Role::Standard);
                groups |= LicenceGroup::Standard.bit();
            }
            610..740 => groups |= LicenceGroup::Full.bit(),
            740..820 => direct = direct.with(Role::Legacy),
            820..880 => direct = direct.with(Role::Business),
            880..940 => direct = direct.with(Role::Basic),
            940..960 => {
                // Two office products at once: each plan paid for twice.
                direct = direct.with(Role::Legacy);
                groups |= LicenceGroup::Standard.bit();
                if dice.chance(500) {
                    user.obstacle = Some((Role::Standard, Obstacle::Exclusive));
                }
            }
            _ => {}
        }
    }
    let finance = user.department().is_some_and(|department| department.name == "Finance");
    if dice.chance(if finance { 400 } else { 50 }) {
        groups |= LicenceGroup::PowerBi.bit();
    }
    if dice.chance(80) {
        groups |= LicenceGroup::Copilot.bit();
        if dice.chance(120) {
            user.obstacle = Some((Role::Copilot, Obstacle::Count));
        }
    }
    let extras: [(Role, u32); 8] = [
        (Role::Visio, 30),
        (Role::Project, 30),
        (Role::Flow, 200),
        (Role::Fabric, 150),
        (Role::Trial, 15),
        (Role::Phone, 60),
        (Role::Identity, 40),
        (Role::PowerBi, 10),
    ];
    for (role, thousandths) in extras {
        if dice.chance(thousandths) {
            direct = direct.with(role);
        }
    }
    user.direct = direct;
    user.groups = groups;
    user.trimmed = dice.chance(250);
}

fn invite(user: &mut User, dice: &mut Dice) {
    user.habit = match dice.below(10) {
        0..5 => Habit::Stopped(dice.between(10, 900)),
        5..8 => Habit::Rarely,
        _ => Habit::Never,
    };
    if let Habit::Stopped(ago) = user.habit {
        user.created_ago = user.created_ago.max(ago + 5);
    }
    if dice.chance(20) {
        user.direct = user.direct.with(Role::Fabric);
    }
    if dice.chance(60) {
        // Somebody meant well: a guest needs no seat of ours.
        user.direct = user.direct.with(if dice.chance(500) { Role::Basic } else { Role::PowerBi });
    }
    user.licensed_ago = user.created_ago;
}

fn share(user: &mut User, dice: &mut Dice) {
    let text = dice.pick(MAILBOXES);
    user.given = Name { text, ascii: text };
    // A shared mailbox needs no sign-in; one in ten was left open, and one in eight was given a seat.
    user.enabled = dice.chance(100);
    if dice.chance(125) {
        user.direct = user.direct.with(if dice.chance(500) { Role::Mailbox } else { Role::Standard });
    }
}

fn serve(user: &mut User, dice: &mut Dice) {
    let text = dice.pick(SERVICES);
    user.given = Name { text, ascii: text };
    if dice.chance(400) {
        user.direct = user.direct.with(Role::Basic);
    }
}

fn act(user: &mut User, given: &'static str, family: &'static str, password: Password) {
    user.given = Name { text: given, ascii: given };
    user.family = Name { text: family, ascii: family };
    user.enabled = true;
    user.synced = false;
    user.password = Some(password);
    user.habit = Habit::Daily;
    user.created_ago = user.created_ago.max(400);
}

/// Holds these seats and no other, for long. An employee works.
fn hold(user: &mut User, seats: &[Role]) {
    user.enabled = user.kind == Kind::Employee;
    if user.enabled {
        user.habit = Habit::Daily;
    }
    user.created_ago = user.created_ago.max(400);
    user.licensed_ago = user.licensed_ago.max(60);
    user.direct = seats.iter().fold(Skus::default(), |all, role| all.with(*role));
    user.groups = 0;
    user.obstacle = None;
    user.trimmed = false;
}
