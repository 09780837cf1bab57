//! What the host keeps for one instance, and how it answers the instance's imports.

use super::call::{Call, Log, Meter, Shelf};
use super::output::Output;
use super::scrub::Scrub;
use super::session::Purpose;
use super::weight::weight;
use crate::clock::Clock;
use crate::contract::log::Level;
use crate::contract::rows::{Kind, Row};
use crate::contract::store::{Freshness, Page};
use crate::contract::types::{Error, Fault};
use crate::contract::{keys, log, sink, store};
use crate::egress::hooks::Hooks;
use crate::keys::Keys;
use crate::limits::{
    BATCH, HEADERS, INSTANCES, LOG_LINE, LOG_LINES, Limit, MEMORIES, MEMORY, RANDOM_BYTES, RESOURCES, STEP_BYTES,
    STEP_ROWS, TABLE_ELEMENTS, TABLES,
};
use std::sync::Arc;
use std::time::Duration;
use wasmtime::ResourceLimiter;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{HostWallClock, WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

/// The host's side of one instance. It lives as long as the instance: one call.
pub(crate) struct State {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    table: ResourceTable,
    pub(super) hooks: Hooks,
    pub(super) bounds: Bounds,
    pub(super) output: Output,
    pub(super) scrub: Arc<Scrub>,
    // Absent: the call is none that may emit.
    pub(super) staged: Option<Staged>,
    shelf: Option<Arc<dyn Shelf>>,
    // Absent: the call is none that may sign.
    keys: Option<Arc<Keys>>,
    clock: Arc<dyn Clock>,
    log: Option<Arc<dyn Log>>,
    lines: usize,
}

/// Rows of the step that runs.
#[derive(Default)]
pub(super) struct Staged {
    pub(super) rows: Vec<Row>,
    pub(super) bytes: u64,
}

impl Staged {
    fn add(&mut self, rows: Vec<Row>, bytes: u64) -> Result<(), Limit> {
        self.bytes = self.bytes.saturating_add(bytes);
        let count = self.rows.len().saturating_add(rows.len()) as u64;
        if self.bytes > STEP_BYTES || count > STEP_ROWS {
            return Err(Limit::StepRows);
        }
        self.rows.extend(rows);
        Ok(())
    }
}

impl State {
    pub(super) fn new(call: &Call, clock: Arc<dyn Clock>, hooks: Hooks, scrub: Arc<Scrub>, purpose: Purpose) -> Self {
        let output = Output::default();
        // Nothing is inherited: no argument, no variable, no file, no socket, no standard input.
        let wasi = WasiCtx::builder()
            .stdout(output.clone())
            .stderr(output.clone())
            .wall_clock(WallClock(clock.clone()))
            .max_random_size(RANDOM_BYTES)
            .allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .build();
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(HEADERS);
        let mut table = ResourceTable::new();
        table.set_max_capacity(RESOURCES);
        Self {
            wasi,
            http,
            table,
            hooks,
            bounds: Bounds { meter: call.meter.clone(), ..Bounds::default() },
            output,
            scrub,
            staged: (purpose == Purpose::Step).then(Staged::default),
            shelf: call.shelf.clone(),
            keys: (purpose == Purpose::SignIn).then(|| call.keys.clone()),
            clock,
            log: call.log.clone(),
            lines: 0,
        }
    }

    /// Hands a line to the log, without secrets and not too long.
    pub(super) fn write_line(&mut self, level: Level, message: &str) {
        let Some(log) = &self.log else { return };
        self.lines = self.lines.saturating_add(1);
        if self.lines == LOG_LINES {
            log.write(Level::Warn, "the connector writes too much; the rest of this step is left out");
        }
        if self.lines < LOG_LINES {
            let clean = self.scrub.text(message);
            let end = clean.floor_char_boundary(LOG_LINE);
            log.write(level, clean.get(..end).unwrap_or_default());
        }
    }
}

/// Asks the shelf, on a thread where it may block.
async fn ask<T: Send + 'static>(
    shelf: Option<Arc<dyn Shelf>>,
    nothing: T,
    question: impl FnOnce(&dyn Shelf) -> Result<T, Fault> + Send + 'static,
) -> wasmtime::Result<Result<T, Fault>> {
    match shelf {
        Some(shelf) => Ok(tokio::task::spawn_blocking(move || question(shelf.as_ref())).await?),
        None => Ok(Ok(nothing)),
    }
}

impl sink::Host for State {
    fn emit(&mut self, rows: Vec<Row>) -> wasmtime::Result<Result<(), Fault>> {
        let refuse = |message: String| Ok(Err(Fault::new(message, None)));
        let bytes = weight(&rows);
        let Some(staged) = &mut self.staged else {
            return refuse("Rows are taken only in a step of a task.".into());
        };
        if bytes > BATCH as u64 {
            return refuse(format!("A batch of rows has {bytes} bytes and may have {BATCH}. Emit it in parts."));
        }
        staged.add(rows, bytes)?;
        Ok(Ok(()))
    }
}

impl store::Host for State {
    async fn scan(
        &mut self,
        kind: Kind,
        of: Option<String>,
        after: Option<String>,
        limit: u32,
    ) -> wasmtime::Result<Result<Page, Fault>> {
        let nothing = Page { rows: Vec::new(), next: None };
        let question = move |shelf: &dyn Shelf| match of {
            Some(key) => Ok(Page { rows: shelf.find(kind, &key)?, next: None }),
            None => shelf.scan(kind, after.as_deref(), limit.clamp(1, 5000)),
        };
        ask(self.shelf.clone(), nothing, question).await
    }

    async fn ages(&mut self, dataset: String) -> wasmtime::Result<Result<Vec<Freshness>, Fault>> {
        ask(self.shelf.clone(), Vec::new(), move |shelf| shelf.ages(&dataset)).await
    }

    async fn reference(&mut self, name: String, offset: u64) -> wasmtime::Result<Result<Option<Vec<u8>>, Fault>> {
        ask(self.shelf.clone(), None, move |shelf| shelf.reference(&name, offset)).await
    }
}

/// Asks the keys, on a thread where it may compute for a while.
async fn with_keys<T: Send + 'static>(
    keys: Option<Arc<Keys>>,
    question: impl FnOnce(&Keys) -> Result<T, Error> + Send + 'static,
) -> wasmtime::Result<Result<T, Error>> {
    match keys {
        Some(keys) => Ok(tokio::task::spawn_blocking(move || question(&keys)).await?),
        None => Ok(Err(Error::Internal(Fault::new("Keys are used only while signing in and setting up.", None)))),
    }
}

impl keys::Host for State {
    async fn sign(
        &mut self,
        field: String,
        algorithm: keys::Algorithm,
        data: Vec<u8>,
    ) -> wasmtime::Result<Result<Vec<u8>, Error>> {
        with_keys(self.keys.clone(), move |keys| keys.sign(&field, algorithm, &data)).await
    }

    async fn make(&mut self, field: String, common_name: String, days: u32) -> wasmtime::Result<Result<String, Error>> {
        let now = self.clock.now();
        with_keys(self.keys.clone(), move |keys| keys.make(&field, &common_name, days, now)).await
    }
}

impl log::Host for State {
    fn write(&mut self, level: Level, message: String) -> wasmtime::Result<()> {
        self.write_line(level, &message);
        Ok(())
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.hooks, table: &mut self.table, ctx: &mut self.http }
    }
}

// Interfaces of types alone have nothing to answer.
impl crate::contract::types::Host for State {}
impl crate::contract::rows::Host for State {}
impl crate::contract::manifest::Host for State {}
impl crate::contract::dialogue::Host for State {}

/// The injected clock, as a guest sees it.
struct WallClock(Arc<dyn Clock>);

impl HostWallClock for WallClock {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        // Before 1970 there is no time for a guest.
        Duration::try_from(self.0.now().as_duration()).unwrap_or_default()
    }
}

/// Holds an instance to its memory and tables. To go over ends the call: a guest that is only told that there is no
/// more memory ends itself without saying why.
#[derive(Debug, Default)]
pub(super) struct Bounds {
    memory: usize,
    elements: usize,
    meter: Arc<Meter>,
}

impl ResourceLimiter for Bounds {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.memory = self.memory.saturating_add(desired.saturating_sub(current));
        self.meter.note_memory(self.memory as u64);
        if self.memory > MEMORY { Err(Limit::Memory.into()) } else { Ok(true) }
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.elements = self.elements.saturating_add(desired.saturating_sub(current));
        if self.elements > TABLE_ELEMENTS { Err(Limit::Memory.into()) } else { Ok(true) }
    }

    fn instances(&self) -> usize {
        INSTANCES
    }

    fn tables(&self) -> usize {
        TABLES
    }

    fn memories(&self) -> usize {
        MEMORIES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_emits_without_end_is_ended() {
        let mut staged = Staged { rows: Vec::new(), bytes: STEP_BYTES - 10 };
        assert_eq!(staged.add(Vec::new(), 10), Ok(()));
        assert_eq!(staged.add(Vec::new(), 1), Err(Limit::StepRows));
    }

    #[test]
    fn memory_and_tables_are_counted_over_all_of_an_instance() {
        let mut bounds = Bounds::default();
        assert!(bounds.memory_growing(0, MEMORY / 2, None).is_ok());
        assert!(bounds.memory_growing(0, MEMORY / 2, None).is_ok());
        assert_eq!(bounds.meter.memory(), MEMORY as u64);
        assert!(bounds.memory_growing(MEMORY / 2, MEMORY / 2 + 1, None).is_err());
        assert!(bounds.table_growing(0, TABLE_ELEMENTS, None).is_ok());
        assert!(bounds.table_growing(0, 1, None).is_err());
    }
}
