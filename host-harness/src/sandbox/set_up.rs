//! Calls of the interface `set-up`, which only some connectors export.

use super::call::{Call, CallError};
use super::session::{Purpose as Use, Session};
use super::{Plugin, trap};
use crate::clock::Pending;
use crate::contract::dialogue::Reply;
use crate::contract::manifest::Origin;
use crate::contract::set_up::{Described, Finished, Guest, Keeping, Progress, Purpose};
use crate::contract::types::Setting;
use crate::dialogue::{Partner, Turn};
use crate::egress::policy::{self, OriginError};
use crate::secret::Secret;

/// A connector that sets up what a connection needs: the other side of the dialogue.
pub struct SettingUp<'a> {
    /// The connector.
    pub plugin: &'a Plugin,
    /// What it is to do.
    pub purpose: Purpose,
    /// Values of the fields that it described.
    pub answers: &'a [Setting],
}

impl Plugin {
    /// What set-up wants to know and to reach; absent when the connector cannot set up anything.
    ///
    /// # Errors
    /// How the call failed.
    pub async fn describe_set_up(&self, settings: &[Setting]) -> Result<Option<Described>, CallError> {
        if !self.has_set_up() {
            return Ok(None);
        }
        let mut session = self.open(&self.offline_call(), Use::Offline, settings).await?;
        let guest = self.set_up_guest(&mut session)?;
        let answer = session.watch.watch(guest.call_describe(&mut session.store, settings)).await;
        session.close(answer.map(|answer| answer.map(Ok))).map(|(described, _)| Some(described))
    }

    /// What a call for this purpose may reach: the hosts of the manifest that set-up named, with the methods of the
    /// manifest; and, unless it is a preview, also with those that set-up asked for.
    ///
    /// # Errors
    /// A host or method that does not fit the grammar.
    pub fn set_up_origins(&self, described: &Described, purpose: Purpose) -> Result<Vec<Origin>, OriginError> {
        let hosts = policy::read(&self.manifest.origins)?;
        let mut granted: Vec<Origin> = Vec::new();
        for (origin, wanted) in described.origins.iter().zip(policy::read(&described.origins)?) {
            let is_known = hosts.iter().any(|known| known.host.covers(&wanted.host));
            if !is_known {
                continue;
            }
            let own: Vec<&Origin> = self.manifest.origins.iter().filter(|known| known.host == origin.host).collect();
            let more = |method: &String| own.iter().all(|known| !known.methods.contains(method));
            let is_wider = origin.methods.iter().any(more);
            granted.extend(own.into_iter().cloned());
            if is_wider && purpose != Purpose::Preview {
                // The credential of the connection is never sent there, and no page of it is opened.
                granted.push(Origin { bearer: false, browse: false, redirects_to: Vec::new(), ..origin.clone() });
            }
        }
        Ok(granted)
    }

    fn set_up_guest(&self, session: &mut Session) -> Result<Guest, CallError> {
        let indices = self.set_up.as_ref().ok_or_else(|| CallError::Trap("The connector has no set-up.".into()))?;
        indices
            .load(&mut session.store, &session.instance)
            .map_err(|error| trap::explain(&error, &session.store.data().scrub))
    }

    async fn set_up_step(
        &self,
        call: &Call,
        setting_up: &SettingUp<'_>,
        settings: &[Setting],
        reply: &Reply,
        continuation: Option<&[u8]>,
    ) -> Result<Turn<Finished>, CallError> {
        let mut session = self.open(call, Use::SignIn, settings).await?;
        let guest = self.set_up_guest(&mut session)?;
        let SettingUp { purpose, answers, .. } = setting_up;
        let store = &mut session.store;
        let step = guest.call_set_up(store, *purpose, settings, answers, reply, continuation, call.context);
        let answer = session.watch.watch(step).await;
        let (progress, state) = session.close(answer)?;
        let is_secret = |name: &str| self.manifest.fields.iter().any(|field| field.secret && field.name == name);
        Ok(match progress {
            Progress::Ask(question) => Turn::Ask(state.scrub.question(question)),
            Progress::Keep(Keeping { settings, continuation }) => {
                let secrets = settings.iter().filter(|made| is_secret(&made.name) && !made.value.is_empty());
                let secrets = secrets.map(|made| Secret::from(made.value.clone())).collect();
                Turn::Keep { settings, secrets, continuation }
            }
            Progress::Finished(finished) => {
                let made = finished.settings.iter().filter(|setting| is_secret(&setting.name));
                made.for_each(|setting| state.scrub.learn(&setting.value));
                Turn::End(state.scrub.finished(finished))
            }
        })
    }
}

impl Partner<Finished> for SettingUp<'_> {
    fn step<'a>(
        &'a self,
        call: &'a Call,
        settings: &'a [Setting],
        reply: &'a Reply,
        continuation: Option<&'a [u8]>,
    ) -> Pending<'a, Result<Turn<Finished>, CallError>> {
        Box::pin(self.plugin.set_up_step(call, self, settings, reply, continuation))
    }
}
