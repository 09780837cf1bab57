//! The handle by which a test moves the clock, breaks things and reads what happened.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::day_of;
use crate::fault::{Armed, Fault};
use crate::given;
use crate::hosts;
use crate::id::Id;
use crate::identity::assertion;
use crate::identity::registration::ClientSecret;
use crate::journal::Logged;
use crate::sign_in_log::{LATE_NUMBERS, Record, Sort};
use crate::true_sign_in::TrueSignIn;
use crate::truth::Truth;
use crate::world::World;

/// A handle to a running simulator.
#[derive(Clone)]
pub struct Control {
    world: Arc<World>,
}

/// A sign-in that the log shows late.
#[derive(Clone, Debug)]
pub struct LateSignIn {
    /// The user's id.
    pub user_id: String,
    /// The client id of the application.
    pub app_id: String,
    /// When it happened.
    pub at: Timestamp,
    /// From when the log shows it.
    pub visible_from: Timestamp,
    /// 0 for a success.
    pub error: u32,
}

impl Control {
    pub(crate) fn new(world: Arc<World>) -> Control {
        Control { world }
    }

    /// The simulator's time.
    pub fn now(&self) -> Timestamp {
        self.world.clock.now()
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.world.clock.advance(by);
    }

    /// Stops the clock, so that only [`Control::advance`] moves it.
    pub fn stop_clock(&self) {
        self.world.clock.stop();
    }

    /// Everything that was asked, in order.
    pub fn requests(&self) -> Vec<Logged> {
        self.world.state().journal.clone()
    }

    /// What was asked after the first so many requests, in order.
    pub fn requests_since(&self, told: usize) -> Vec<Logged> {
        self.world.state().journal.get(told..).unwrap_or_default().to_vec()
    }

    /// How many tokens were asked for, by grant type.
    pub fn token_requests(&self) -> BTreeMap<String, u32> {
        let mut counts = BTreeMap::new();
        for grant in self.world.state().journal.iter().filter_map(|logged| logged.grant.clone()) {
            *counts.entry(grant).or_default() += 1;
        }
        counts
    }

    /// All tokens, codes, rights to download and secrets of applications that were given out, and first passwords of
    /// users that were made: what no client may show or store in plain.
    pub fn given(&self) -> Vec<String> {
        self.world.state().given.clone()
    }

    /// How many requests showed an `Authorization` header to the host of report files.
    pub fn leaks(&self) -> usize {
        let state = self.world.state();
        state.journal.iter().filter(|logged| logged.host == hosts::REPORTS && logged.had_authorization).count()
    }

    /// Lets requests fail.
    pub fn inject(&self, fault: Fault) {
        self.world.state().faults.push(Armed::new(fault));
    }

    /// Forgets the faults that have not struck yet.
    pub fn clear_faults(&self) {
        self.world.state().faults.clear();
    }

    /// Removes a user; false when there is none with this id.
    pub fn remove_user(&self, id: &str) -> bool {
        let place = Id::parse(id).and_then(|id| self.world.tenant.place(id));
        place.is_some_and(|place| self.world.state().removed.insert(place))
    }

    /// Removes an application's service principal; false when there is none with this client id.
    pub fn remove_application(&self, app_id: &str) -> bool {
        let place = self.application(app_id);
        place.is_some_and(|place| self.world.state().removed_applications.insert(place))
    }

    /// Gives an application another name from now on; false when there is none with this client id.
    pub fn rename_application(&self, app_id: &str, name: &str) -> bool {
        let Some(place) = self.application(app_id) else { return false };
        let now = self.world.clock.now().as_second();
        self.world.state().renamed.insert(place, (now, name.to_owned()));
        true
    }

    /// Lets a group hide its members from whoever may not see hidden ones.
    pub fn hide_members(&self, group_id: &str) {
        self.world.state().hidden.extend(Id::parse(group_id));
    }

    /// Gives a group so many members more, who are no users that are listed.
    pub fn crowd(&self, group_id: &str, members: u32) {
        self.world.state().crowds.extend(Id::parse(group_id).map(|id| (id, members)));
    }

    /// Who was given which application: by name, or as a direct member of a group that was. Client ids and user ids.
    pub fn given_applications(&self) -> BTreeSet<(String, String)> {
        given::all(&self.world)
    }

    /// Adds a sign-in that the log shows late; false when the user or the application is not known.
    pub fn add_sign_in(&self, late: &LateSignIn) -> bool {
        let user = Id::parse(&late.user_id).and_then(|id| self.world.tenant.place(id));
        let application = self.application(&late.app_id).and_then(|place| u16::try_from(place).ok());
        let (Some(user), Some(application)) = (user, application) else { return false };
        let mut state = self.world.state();
        let number = LATE_NUMBERS.saturating_add(u32::try_from(state.late.len()).unwrap_or(u32::MAX));
        let record =
            Record { at: late.at.as_second(), user, number, application, error: late.error, sort: Sort::Interactive };
        state.late.push((late.visible_from.as_second(), record));
        true
    }

    /// Lets the administrator sign in now to an application that nobody has used yet; its name, or nothing when none is
    /// left.
    pub fn use_another_application(&self) -> Option<&'static str> {
        let now = self.now();
        let days = day_of(now) - self.world.start;
        let used: Vec<_> = self.world.state().late.iter().map(|(_, record)| usize::from(record.application)).collect();
        let all = self.world.tenant.shelf.all.iter().enumerate();
        let (_, fresh) = all.into_iter().find(|(place, each)| !each.is_there(days) && !used.contains(place))?;
        let user_id = self.world.tenant.users.first()?.id.to_string();
        let app_id = fresh.app_id.to_string();
        let sign_in = LateSignIn { user_id, app_id, at: now, visible_from: now, error: 0 };
        self.add_sign_in(&sign_in).then_some(fresh.listing.name)
    }

    /// Lets so many requests not know each object that is made from now on, as while the directory replicates.
    pub fn replicate_after(&self, requests: u32) {
        self.world.state().replication = requests;
    }

    /// How many registrations the tenant has of its own.
    pub fn registrations(&self) -> usize {
        self.world.state().registrations.iter().filter(|registration| registration.is_own).count()
    }

    /// Principal names of the users who were made.
    pub fn made_users(&self) -> Vec<String> {
        self.world.state().made.iter().map(|made| made.principal_name.clone()).collect()
    }

    /// Application permissions and delegated permissions for everybody that an application has; nothing when there is
    /// none with this client id.
    pub fn granted(&self, client_id: &str) -> Option<(Vec<String>, Vec<String>)> {
        let state = self.world.state();
        let registration = Id::parse(client_id).and_then(|id| state.registration(id))?;
        Some((registration.roles.clone(), registration.scopes.clone()))
    }

    /// The redirect addresses of an application, of both platforms, and whether it allows public client flows; nothing when
    /// there is none with this client id.
    pub fn redirects(&self, client_id: &str) -> Option<(Vec<String>, bool)> {
        let state = self.world.state();
        let registration = Id::parse(client_id).and_then(|id| state.registration(id))?;
        Some((registration.redirects().cloned().collect(), registration.fallback))
    }

    /// Key ids of the secrets of an application.
    pub fn secrets(&self, client_id: &str) -> Vec<String> {
        let state = self.world.state();
        let registration = Id::parse(client_id).and_then(|id| state.registration(id));
        registration.map(|each| each.secrets.iter().map(|secret| secret.id.to_string()).collect()).unwrap_or_default()
    }

    /// The application that was registered last, as the directory shows it: its audience, the delegated permissions and
    /// the application permissions that it asks for.
    pub fn last_registered(&self) -> Option<(String, Vec<String>, Vec<String>)> {
        let state = self.world.state();
        let last = state.registrations.iter().rfind(|registration| registration.is_own)?;
        Some((last.audience.clone(), last.required.clone(), last.required_roles.clone()))
    }

    /// Gives an application one secret more, that of another connection, which ends so many seconds after now or did so
    /// before; false when there is none with this client id.
    pub fn add_secret(&self, client_id: &str, name: &str, left: i64) -> bool {
        let now = self.world.clock.now().as_second();
        let id = self.world.seal.id();
        // No letters that a secret is made of by chance.
        let text = format!("oth8Q~{}", id.to_string().replace('-', ""));
        let secret = ClientSecret { id, name: name.to_owned(), text, starts: now.min(now + left), ends: now + left };
        self.change(client_id, |registration| registration.secrets.push(secret))
    }

    /// Takes the redirect addresses of an application away; false when there is none with this client id.
    pub fn forget_redirects(&self, client_id: &str) -> bool {
        self.change(client_id, |registration| {
            registration.web.clear();
            registration.native.clear();
        })
    }

    /// Gives a registration another name; false when there is none with this client id.
    pub fn rename_registration(&self, client_id: &str, name: &str) -> bool {
        self.change(client_id, |registration| registration.name = name.to_owned())
    }

    /// Takes a permission off the list of a registration, as somebody may by hand, and leaves it granted; false when there is
    /// no registration with this client id.
    pub fn unlist(&self, client_id: &str, permission: &str) -> bool {
        self.change(client_id, |registration| {
            registration.required.retain(|listed| listed != permission);
            registration.required_roles.retain(|listed| listed != permission);
        })
    }

    /// The names of directory roles that a user holds, as role template ids.
    pub fn directory_roles(&self, user_id: &str) -> Vec<String> {
        let place = Id::parse(user_id).and_then(|id| self.world.tenant.place(id));
        let state = self.world.state();
        let held = place.and_then(|place| state.roles.get(&place));
        held.map(|roles| roles.iter().map(Id::to_string).collect()).unwrap_or_default()
    }

    /// Conceals names in usage reports, or shows them.
    pub fn set_concealed(&self, concealed: bool) {
        self.world.state().concealed = concealed;
    }

    /// How many days usage reports are behind; 2 as a rule.
    pub fn set_reports_behind(&self, days: i32) {
        self.world.state().behind = days;
    }

    /// Lets the newest days of usage reports lack some of the users, or not.
    pub fn set_late_reports(&self, late: bool) {
        self.world.state().late_reports = late;
    }

    /// Takes the report about Copilot away.
    pub fn remove_copilot_report(&self) {
        self.world.state().no_copilot = true;
    }

    /// Declares all access tokens void.
    pub fn expire_tokens(&self) {
        self.world.state().token_epoch += 1;
    }

    /// Declares all page tokens expired.
    pub fn expire_page_tokens(&self) {
        self.world.state().page_epoch += 1;
    }

    /// Takes all secrets from an application; false when there is none with this client id.
    pub fn revoke_secret(&self, client_id: &str) -> bool {
        self.change(client_id, |registration| registration.secrets.clear())
    }

    /// Ends all secrets of an application now; false when there is none with this client id.
    pub fn expire_secret(&self, client_id: &str) -> bool {
        let now = self.world.clock.now().as_second();
        self.change(client_id, |registration| registration.secrets.iter_mut().for_each(|secret| secret.ends = now))
    }

    /// Lets all secrets of an application end so long after now; false when there is none with this client id.
    pub fn end_secret_in(&self, client_id: &str, left: Duration) -> bool {
        let ends = self.world.clock.now().as_second().saturating_add_unsigned(left.as_secs());
        self.change(client_id, |registration| registration.secrets.iter_mut().for_each(|secret| secret.ends = ends))
    }

    /// Sets the application permissions granted to an application; false when there is none with this client id.
    pub fn set_roles(&self, client_id: &str, roles: &[&str]) -> bool {
        let roles = roles.iter().map(|role| (*role).to_owned()).collect();
        self.change(client_id, |registration| registration.roles = roles)
    }

    /// Sets the delegated permissions granted for everybody to an application; false when there is none with this
    /// client id.
    pub fn set_scopes(&self, client_id: &str, scopes: &[&str]) -> bool {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self.change(client_id, |registration| registration.scopes = scopes)
    }

    /// Sets the directory roles of a user, as role template ids; false when there is no user with this id.
    pub fn set_directory_roles(&self, user_id: &str, roles: &[&str]) -> bool {
        let place = Id::parse(user_id).and_then(|id| self.world.tenant.place(id));
        let roles = roles.iter().filter_map(|role| Id::parse(role)).collect();
        place.map(|place| self.world.state().roles.insert(place, roles)).is_some()
    }

    /// Declares all refresh tokens issued until now void, as after a change of password.
    pub fn revoke_refresh_tokens(&self) {
        let now = self.world.clock.now().as_second();
        self.world.state().ledger.revoked_before = now + 1;
    }

    /// How often a refresh token was used that had been used before.
    pub fn refresh_reuses(&self) -> u32 {
        self.world.state().ledger.reuses
    }

    /// Uploads a certificate (PEM) with which an application may prove itself; false when it is none, or there is no
    /// application with this client id.
    pub fn add_certificate(&self, client_id: &str, pem: &str) -> bool {
        let held = assertion::certificate(pem).and_then(|key| assertion::key_credential(&key, &"uploaded".into()));
        held.is_some_and(|held| self.change(client_id, |registration| registration.keys.push(held)))
    }

    /// Ids of the certificates with which an application may prove itself.
    pub fn certificates(&self, client_id: &str) -> Vec<String> {
        let state = self.world.state();
        let registration = Id::parse(client_id).and_then(|id| state.registration(id));
        let keys = registration.map(|registration| registration.keys.as_slice()).unwrap_or_default();
        keys.iter().filter_map(|key| key["keyId"].as_str()).map(str::to_owned).collect()
    }

    /// Lets an application trust a subject of the other identity provider.
    pub fn trust(&self, client_id: &str, subject: &str) -> bool {
        let Some(client) = Id::parse(client_id) else { return false };
        self.world.state().ledger.trusted.insert((client, subject.to_owned()))
    }

    /// A token of the other identity provider for a subject, good for so many seconds.
    pub fn provider_token(&self, subject: &str, seconds: i64) -> String {
        assertion::provider_token(&self.world, subject, seconds)
    }

    /// Lets a policy demand claims: a code of a sign-in that did not bring them along is not redeemed.
    pub fn demand_claims(&self, claims: &str) {
        self.world.state().ledger.policy = Some(claims.to_owned());
    }

    /// Lets a policy demand claims at Graph, from now on: a token whose sign-in did not bring them along is refused.
    pub fn demand_claims_at_graph(&self, claims: &str) {
        self.world.state().ledger.policy_of_graph = Some(claims.to_owned());
    }

    /// Lets conditional access block a kind of grant, such as `password`.
    pub fn block_grant(&self, grant: &str) {
        self.world.state().ledger.blocked.insert(grant.to_owned());
    }

    /// Disables an application; false when there is none with this client id.
    pub fn disable_client(&self, client_id: &str) -> bool {
        self.change(client_id, |registration| registration.disabled = true)
    }

    /// What a complete and correct collection finds now, computed without the code that answers requests.
    pub fn truth(&self) -> Truth {
        Truth::of(&self.world)
    }

    /// The single sign-ins that the log keeps and shows now, computed likewise.
    pub fn sign_ins(&self) -> Vec<TrueSignIn> {
        TrueSignIn::all(&self.world)
    }

    /// A hash over all that was made from the seed.
    pub fn fingerprint(&self) -> String {
        self.world.tenant.fingerprint()
    }

    fn application(&self, app_id: &str) -> Option<usize> {
        let id = Id::parse(app_id)?;
        self.world.tenant.shelf.all.iter().position(|application| application.app_id == id)
    }

    fn change(&self, client_id: &str, change: impl FnOnce(&mut crate::identity::registration::Registration)) -> bool {
        let mut state = self.world.state();
        let found = Id::parse(client_id).and_then(|id| state.registration_mut(id));
        found.map(change).is_some()
    }
}
