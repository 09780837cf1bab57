//! Everything that the simulator knows: the tenant, which never changes, and what is done to it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::activity::Calendar;
use crate::clock::{Clock, day_of};
use crate::fault::Armed;
use crate::id::Id;
use crate::identity::ledger::Ledger;
use crate::identity::registration::{Prepared, Registration, prepared};
use crate::journal::Logged;
use crate::options::Options;
use crate::seal::Seal;
use crate::sign_in_log::{Days, Record};
use crate::tenant::Tenant;
use crate::throttle::Throttle;

/// The whole simulated world.
pub(crate) struct World {
    /// How it was started.
    pub(crate) options: Options,
    /// The tenant.
    pub(crate) tenant: Tenant,
    /// The clock.
    pub(crate) clock: Clock,
    /// The day on which the clock started.
    pub(crate) start: i32,
    /// Keys of opaque texts and signatures.
    pub(crate) seal: Seal,
    /// Days of the sign-in log.
    pub(crate) days: Days,
    /// The registrations that the tenant started with.
    pub(crate) prepared: Prepared,
    state: Mutex<State>,
}

/// What changes while the simulator runs.
pub(crate) struct State {
    /// Names in usage reports are concealed.
    pub(crate) concealed: bool,
    /// Days that usage reports are behind.
    pub(crate) behind: i32,
    /// The newest days of usage reports still lack users.
    pub(crate) late_reports: bool,
    /// There is no report about Copilot anywhere.
    pub(crate) no_copilot: bool,
    /// Places of users who were removed.
    pub(crate) removed: BTreeSet<u32>,
    /// Groups that hide their members.
    pub(crate) hidden: BTreeSet<Id>,
    /// Groups with so many more members than the users of the tenant.
    pub(crate) crowds: BTreeMap<Id, u32>,
    /// New names of applications, by place, with the instant from which they hold, in seconds since 1970.
    pub(crate) renamed: BTreeMap<usize, (i64, String)>,
    /// Places of applications that were removed.
    pub(crate) removed_applications: BTreeSet<usize>,
    /// Sign-ins that were added by hand, each with the instant from which the log shows it.
    pub(crate) late: Vec<(i64, Record)>,
    /// Registrations that may ask for tokens.
    pub(crate) registrations: Vec<Registration>,
    /// Directory roles given to users, by place, as role template ids.
    pub(crate) roles: BTreeMap<u32, Vec<Id>>,
    /// Users who were made while the simulator runs.
    pub(crate) made: Vec<MadeUser>,
    /// How many requests do not know an object that was just made.
    pub(crate) replication: u32,
    /// New objects, and how many more requests do not know them.
    pub(crate) new: BTreeMap<Id, u32>,
    /// Codes and refresh tokens that were given out or used.
    pub(crate) ledger: Ledger,
    /// Counts how often all access tokens were declared void.
    pub(crate) token_epoch: u64,
    /// Counts how often all page tokens were declared expired.
    pub(crate) page_epoch: u64,
    /// Faults waiting for their requests.
    pub(crate) faults: Vec<Armed>,
    /// What was asked and answered.
    pub(crate) journal: Vec<Logged>,
    /// Tokens, codes and pre-authenticated addresses that were given out.
    pub(crate) given: Vec<String>,
    /// Throttling.
    pub(crate) throttle: Throttle,
}

/// A user who was made while the simulator runs.
#[derive(Clone)]
pub(crate) struct MadeUser {
    /// Beyond all places of the tenant's own users.
    pub(crate) place: u32,
    /// The object id.
    pub(crate) id: Id,
    /// The principal name.
    pub(crate) principal_name: String,
    /// The properties as they were given.
    pub(crate) fields: serde_json::Map<String, serde_json::Value>,
    /// The password.
    pub(crate) password: String,
    /// It has to be changed at the first sign-in.
    pub(crate) must_change: bool,
}

/// The place of the first user who is made; no tenant is as large.
pub(crate) const FIRST_MADE: u32 = 1_000_000_000;

/// Somebody for whom a token can speak.
pub(crate) struct Person {
    /// The object id.
    pub(crate) id: Id,
    /// The principal name.
    pub(crate) principal_name: String,
    /// May sign in.
    pub(crate) enabled: bool,
}

/// The role template of an administrator who may do everything.
pub(crate) const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";

impl World {
    /// Makes the world that the options describe.
    pub(crate) fn new(options: Options) -> World {
        let clock = Clock::new(options.now, options.stopped);
        let now = clock.now();
        let prepared = prepared(&options, now.as_second());
        let registrations = [&prepared.confidential, &prepared.public, &prepared.fresh, &prepared.tools];
        let administrator = Id::parse(GLOBAL_ADMINISTRATOR).into_iter().collect();
        let state = State {
            concealed: options.concealed,
            behind: crate::reports::BEHIND,
            late_reports: false,
            no_copilot: false,
            removed: BTreeSet::new(),
            hidden: BTreeSet::new(),
            crowds: BTreeMap::new(),
            renamed: BTreeMap::new(),
            removed_applications: BTreeSet::new(),
            late: Vec::new(),
            given: Vec::new(),
            registrations: registrations.into_iter().cloned().collect(),
            roles: BTreeMap::from([(0, administrator)]),
            made: Vec::new(),
            replication: 0,
            new: BTreeMap::new(),
            ledger: Ledger::default(),
            token_epoch: 0,
            page_epoch: 0,
            faults: Vec::new(),
            journal: Vec::new(),
            throttle: Throttle::new(options.throttle, options.users),
        };
        World {
            tenant: Tenant::new(&options),
            clock,
            start: day_of(now),
            seal: Seal::new(options.seed),
            days: Days::default(),
            prepared,
            state: Mutex::new(state),
            options,
        }
    }

    /// What changes, locked. The lock is never held across another call that takes it.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The user at a place, the tenant's own or made.
    pub(crate) fn person(&self, place: u32) -> Option<Person> {
        let state = self.state();
        if let Some(made) = state.made.iter().find(|made| made.place == place) {
            return Some(Person { id: made.id, principal_name: made.principal_name.clone(), enabled: true });
        }
        let user = self.tenant.user(place).filter(|_| !state.removed.contains(&place))?;
        let principal_name = user.principal_name(&self.tenant.domains);
        Some(Person { id: user.id, principal_name, enabled: user.enabled })
    }

    /// The name of an application at an instant in seconds since 1970.
    pub(crate) fn application_name(&self, place: usize, at: i64) -> String {
        let state = self.state();
        let renamed = state.renamed.get(&place).filter(|(since, _)| *since <= at).map(|(_, name)| name.clone());
        let listed = || self.tenant.shelf.at(place).map(|application| application.listing.name.to_owned());
        renamed.or_else(listed).unwrap_or_default()
    }

    /// The tenant's days.
    pub(crate) fn calendar(&self) -> Calendar<'_> {
        Calendar { tenant: &self.tenant, start: self.start, renewals: self.options.renewals }
    }
}

impl State {
    /// Notes an object that was just made.
    pub(crate) fn born(&mut self, id: Id) {
        if self.replication > 0 {
            self.new.insert(id, self.replication);
        }
    }

    /// True while an object is not known everywhere.
    pub(crate) fn is_new(&self, id: Id) -> bool {
        self.new.contains_key(&id)
    }

    /// True while an object is not known everywhere; each question brings it nearer.
    pub(crate) fn spread(&mut self, id: Id) -> bool {
        let Some(left) = self.new.get_mut(&id) else { return false };
        *left -= 1;
        if *left == 0 {
            self.new.remove(&id);
        }
        true
    }

    /// The tenant's own registration with this object id.
    pub(crate) fn registered(&self, object_id: Id) -> Option<&Registration> {
        self.registrations.iter().find(|each| each.is_own && each.object_id == object_id)
    }

    /// The tenant's own registration with this object id, to change it.
    pub(crate) fn registered_mut(&mut self, object_id: Id) -> Option<&mut Registration> {
        self.registrations.iter_mut().find(|each| each.is_own && each.object_id == object_id)
    }

    /// The registration with this client id.
    pub(crate) fn registration(&self, app_id: Id) -> Option<&Registration> {
        self.registrations.iter().find(|registration| registration.app_id == app_id)
    }

    /// The registration with this client id, to change it.
    pub(crate) fn registration_mut(&mut self, app_id: Id) -> Option<&mut Registration> {
        self.registrations.iter_mut().find(|registration| registration.app_id == app_id)
    }
}
