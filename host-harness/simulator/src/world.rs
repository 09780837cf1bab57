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
    /// Places of users who were removed.
    pub(crate) removed: BTreeSet<u32>,
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
    /// Throttling.
    pub(crate) throttle: Throttle,
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
            removed: BTreeSet::new(),
            renamed: BTreeMap::new(),
            removed_applications: BTreeSet::new(),
            late: Vec::new(),
            registrations: registrations.into_iter().cloned().collect(),
            roles: BTreeMap::from([(0, administrator)]),
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
    /// The registration with this client id.
    pub(crate) fn registration(&self, app_id: Id) -> Option<&Registration> {
        self.registrations.iter().find(|registration| registration.app_id == app_id)
    }

    /// The registration with this client id, to change it.
    pub(crate) fn registration_mut(&mut self, app_id: Id) -> Option<&mut Registration> {
        self.registrations.iter_mut().find(|registration| registration.app_id == app_id)
    }
}
