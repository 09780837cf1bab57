//! One instance, from its birth to its end.

use super::call::{Call, CallError, StepOutput};
use super::scrub::Scrub;
use super::state::{Staged, State};
use super::stopwatch::Stopwatch;
use super::{Plugin, trap};
use crate::contract::connector::{Context, Guest, Outcome, Step};
use crate::contract::log::Level;
use crate::contract::manifest::Manifest;
use crate::contract::types::{Error, Setting};
use crate::egress::hooks::{Hooks, Traffic};
use crate::limits::{CURSOR, GAPS, HOSTCALL_BYTES, Limit, RESOURCES};
use crate::secret::Secret;
use std::sync::Arc;
use wasmtime::component::Instance;
use wasmtime::{Store, UpdateDeadline};

/// What a call is for; decides what the instance may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Neither network nor rows.
    Offline,
    /// The network, with secrets at hand. No rows.
    SignIn,
    /// The network and rows.
    Step,
}

/// An instance that is ready to be called, once.
pub(super) struct Session {
    pub(super) store: Store<State>,
    pub(super) instance: Instance,
    pub(super) guest: Guest,
    pub(super) watch: Arc<Stopwatch>,
}

impl Plugin {
    /// A call that belongs to no connection.
    pub(super) fn offline_call(&self) -> Call {
        Call::new(Context { now: self.host.clock.now().as_second(), baseline_ended: None })
    }

    pub(super) async fn describe(&self) -> Result<Manifest, CallError> {
        let mut session = self.open(&self.offline_call(), Purpose::Offline, &[]).await?;
        let answer = session.watch.watch(session.guest.call_describe(&mut session.store)).await;
        session.close(answer.map(|answer| answer.map(Ok))).map(|(manifest, _)| manifest)
    }

    /// Makes an instance.
    pub(super) async fn open(&self, call: &Call, purpose: Purpose, settings: &[Setting]) -> Result<Session, CallError> {
        let scrub = Arc::new(Scrub::default());
        let secret = |name: &str| self.manifest.fields.iter().any(|field| field.secret && field.name == name);
        settings.iter().filter(|setting| secret(&setting.name)).for_each(|setting| scrub.learn(&setting.value));
        for secret in call.secrets.iter().filter_map(Secret::expose_text) {
            scrub.learn(secret);
            // What a connector keeps may hold several secrets, of which a service quotes one.
            secret.lines().for_each(|line| scrub.learn(line));
        }
        let watch = Stopwatch::new(self.host.cpu, self.host.wall);
        let host = &self.host;
        let traffic = Traffic::new(call, purpose != Purpose::Offline, host.clock.clone(), watch.clone(), scrub.clone());
        let hooks = Hooks::new(host.network.clone(), traffic);
        let state = State::new(call, host.clock.clone(), hooks, scrub, purpose);
        let mut store = Store::new(&host.engine, state);
        store.limiter(|state| &mut state.bounds);
        store.set_hostcall_fuel(HOSTCALL_BYTES);
        store.set_max_component_handles(RESOURCES);
        // At every beat the guest lets others run; beyond its time it ends.
        store.set_epoch_deadline(1);
        let beat = watch.clone();
        store.epoch_deadline_callback(move |_| {
            if beat.is_over() { Err(Limit::Cpu.into()) } else { Ok(UpdateDeadline::Yield(1)) }
        });
        let born = watch.watch(self.instance.instantiate_async(&mut store)).await;
        let loaded = born.map_err(CallError::Limit).and_then(|instance| {
            instance
                .and_then(|instance| Ok((instance, self.connector.load(&mut store, &instance)?)))
                .map_err(|error| trap::explain(&error, &store.data().scrub))
        });
        let (instance, guest) = loaded?;
        Ok(Session { store, instance, guest, watch })
    }
}

impl Session {
    /// Ends the instance and hands out what it returned, with what the host kept for it.
    pub(super) fn close<T>(
        self,
        answer: Result<wasmtime::Result<Result<T, Error>>, Limit>,
    ) -> Result<(T, State), CallError> {
        let mut state = self.store.into_data();
        let output = state.output.text(&state.scrub);
        for line in output.lines() {
            state.write_line(Level::Debug, line);
        }
        match answer {
            Err(limit) => Err(CallError::Limit(limit)),
            Ok(Err(error)) => Err(trap::explain(&error, &state.scrub)),
            // Without a credential the guest saw only a request that failed; the host knows why.
            Ok(Ok(Err(error))) => Err(match state.hooks.traffic().credential_failure() {
                Some(failure) => CallError::Credential(failure),
                None => CallError::Connector(state.scrub.error(error)),
            }),
            Ok(Ok(Ok(value))) => Ok((value, state)),
        }
    }
}

/// What a step gave, when it keeps to its bounds.
pub(super) fn output(step: Step, state: State) -> Result<StepOutput, CallError> {
    let State { scrub, staged, .. } = state;
    if step.gaps.len() > GAPS {
        return Err(Limit::Gaps.into());
    }
    let (outcome, carried) = match step.outcome {
        Outcome::More(cursor) => (Outcome::More(cursor.clone()), Some(cursor)),
        Outcome::Done(bookmark) => (Outcome::Done(bookmark.clone()), bookmark),
        Outcome::Unchanged(bookmark) => (Outcome::Unchanged(bookmark.clone()), bookmark),
        Outcome::Restart(reason) => (Outcome::Restart(scrub.text(&reason)), None),
    };
    if let Some(carried) = carried {
        if carried.len() > CURSOR {
            return Err(Limit::Cursor.into());
        }
        if scrub.finds_in(&carried) {
            let sentence = "The connector put a credential or a pre-authenticated address into a cursor. \
                            This is a defect of the connector: report it to its maker.";
            return Err(CallError::Trap(sentence.into()));
        }
    }
    let Staged { rows, bytes } = staged.unwrap_or_default();
    let gaps = step.gaps.into_iter().map(|gap| scrub.gap(gap)).collect();
    Ok(StepOutput { outcome, gaps, rows, bytes })
}
