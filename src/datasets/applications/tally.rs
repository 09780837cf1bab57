//! What the rows about one application add up to, so far: small enough to travel in a cursor.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::contract::rows::{AppAssignment, ApplicationUse, Consent, Grant, UseKind};
use crate::contract::types::{Day, Instant};
use crate::kept;
use crate::reach::OWN;
use crate::stream::by_key;
use crate::time;

/// Days of which users and sign-ins are counted, and against which those before are held.
pub(super) const WINDOW: Day = 30;

/// Sums that name no user.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) sign_ins: Option<u64>,
    pub(super) failures: u64,
    pub(super) last: Option<Instant>,
}

kept!(Sums { sign_ins, failures, last });

/// What the rows about one application add up to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) application: String,
    pub(super) name: Option<String>,
    pub(super) first: Option<Instant>,
    pub(super) last: Option<Instant>,
    pub(super) users: u64,
    pub(super) sign_ins: u64,
    pub(super) failures: u64,
    /// Sign-ins of the window before.
    pub(super) before: u64,
    pub(super) sums: Sums,
    /// Rights, and who consented: a user alone, an administrator.
    pub(super) rights: BTreeSet<String>,
    pub(super) by_user: bool,
    pub(super) by_administrator: bool,
    /// Persons and groups that were given it by name; groups among them whose members are not known.
    pub(super) given: u64,
    pub(super) groups: u64,
    pub(super) given_unused: u64,
    pub(super) used_ungiven: u64,
    /// The user whose rows are being read, and the one whose assignments were read last.
    user: User,
    assigned: String,
}

kept!(Tally {
    application,
    name,
    first,
    last,
    users,
    sign_ins,
    failures,
    before,
    sums,
    rights,
    by_user,
    by_administrator,
    given,
    groups,
    given_unused,
    used_ungiven,
    user,
    assigned
});

/// The user whose rows are being read.
#[derive(Debug, Default, PartialEq, Eq)]
struct User {
    id: String,
    /// Has signed in within the window; ever; was given the application.
    counted: bool,
    used: bool,
    given: bool,
}

kept!(User { id, counted, used, given });

impl Tally {
    pub(super) fn new(application: String) -> Self {
        Self { application, ..Self::default() }
    }

    /// Takes up a grant.
    pub(super) fn grant(&mut self, grant: Grant) {
        self.by_user |= grant.principal.is_some();
        self.by_administrator |= grant.principal.is_none();
        let own = if grant.application_right { OWN } else { "" };
        self.rights.extend(grant.scopes.into_iter().map(|scope| scope + own));
    }

    /// Who consented to its rights.
    pub(super) fn consent(&self) -> Consent {
        match (self.by_user, self.by_administrator) {
            (false, false) => Consent::None,
            (true, false) => Consent::User,
            (false, true) => Consent::Administrator,
            (true, true) => Consent::Both,
        }
    }

    /// Whether an assignment comes before, at or after the user whose rows are read.
    pub(super) fn place_of(&self, principal: &str) -> Ordering {
        by_key(principal, &self.user.id)
    }

    /// Takes up an assignment; those of a user come one after another, before the rows of the next user. `members`: those
    /// through groups are to be trusted.
    pub(super) fn assignment(&mut self, row: AppAssignment, members: bool) {
        let by_name = row.via.is_none();
        self.given += u64::from(by_name);
        if !by_name && !members {
            return;
        }
        if row.group {
            // The second row of a group says that those of its members are here.
            self.groups = if by_name { self.groups + 1 } else { self.groups.saturating_sub(1) };
        } else if self.place_of(&row.principal).is_eq() {
            self.user.given = true;
        } else if by_key(&row.principal, &self.assigned).is_ne() {
            self.given_unused += 1;
            self.assigned = row.principal;
        }
    }

    /// Whether a row is of another user than those before.
    pub(super) fn is_next_user(&self, used: &ApplicationUse) -> bool {
        by_key(&self.user.id, &used.user).is_ne()
    }

    /// Ends the rows of a user, before those of the next or at the end.
    pub(super) fn next_user(&mut self, id: &str) {
        let user = std::mem::replace(&mut self.user, User { id: id.to_owned(), ..User::default() });
        self.given_unused += u64::from(user.given && !user.used);
        self.used_ungiven += u64::from(!user.given && user.used);
    }

    /// Adds a use.
    pub(super) fn add(&mut self, used: &ApplicationUse, today: Day) {
        self.name = used.application_name.clone().or(self.name.take());
        let since = today.saturating_sub(WINDOW - 1);
        if used.user.is_empty() {
            return self.sum(used, since);
        }
        let person = used.how != UseKind::Service;
        if person && used.day >= since {
            self.failures = self.failures.saturating_add(used.failures);
        }
        if used.sign_ins == 0 {
            return;
        }
        self.first = Some(self.first.map_or(used.first, |first| first.min(used.first)));
        self.last = Some(self.last.map_or(used.last, |last| last.max(used.last)));
        if !person {
            return;
        }
        self.user.used = true;
        if used.day >= since {
            self.sign_ins = self.sign_ins.saturating_add(used.sign_ins);
            self.users += u64::from(!self.user.counted);
            self.user.counted = true;
        } else if used.day >= since - WINDOW {
            self.before = self.before.saturating_add(used.sign_ins);
        }
    }

    /// Takes up a row that names no user. One that stands for several days tells no day of its last sign-in.
    fn sum(&mut self, used: &ApplicationUse, since: Day) {
        let sums = &mut self.sums;
        let counts = used.sign_ins > 0 || used.failures > 0;
        if counts && used.day >= since {
            sums.sign_ins = Some(sums.sign_ins.unwrap_or_default().saturating_add(used.sign_ins));
            sums.failures = sums.failures.saturating_add(used.failures);
        }
        if time::day_of(used.first) == used.day && (used.sign_ins > 0 || !counts) {
            sums.last = Some(sums.last.map_or(used.last, |last| last.max(used.last)));
        }
    }

    /// Sign-ins of the window against those of the one before, in percent; `None` when there were none.
    pub(super) fn trend(&self) -> Option<i32> {
        if self.before == 0 {
            return None;
        }
        let percent = i128::from(self.sign_ins) * 100 / i128::from(self.before) - 100;
        i32::try_from(percent).ok()
    }
}
