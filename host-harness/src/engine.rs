//! The machine that compiles and runs components, trimmed to what a connector needs.

use crate::limits::{BEAT, STACK};
use wasmtime::{Config, Engine, WasmBacktraceDetails};

/// Address space that a memory reserves. A memory grows in place within it and moves beyond it; the default reserves
/// 4 GiB for each, and eight instances with several memories each would need an address space that some containers
/// refuse.
const MEMORY_RESERVATION: u64 = 64 << 20;

/// An engine, with a thread that gives it its beat. The thread ends with the engine.
///
/// # Errors
/// The processor lacks something, or the beat's thread cannot be started.
pub fn start() -> wasmtime::Result<Engine> {
    let engine = Engine::new(&config())?;
    let weak = engine.weak();
    std::thread::Builder::new().name("beat".into()).spawn(move || {
        loop {
            std::thread::sleep(BEAT);
            match weak.upgrade() {
                Some(engine) => engine.increment_epoch(),
                None => return,
            }
        }
    })?;
    Ok(engine)
}

fn config() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .epoch_interruption(true)
        .consume_fuel(false)
        .parallel_compilation(true)
        .max_wasm_stack(STACK)
        // The guest's stack and what host functions need beside it.
        .async_stack_size(STACK + (1 << 20))
        .memory_reservation(MEMORY_RESERVATION)
        // A trap becomes one sentence; names of the guest's functions would only make the code larger.
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        .wasm_backtrace_max_frames(None)
        // What compilers make for connectors needs none of these, and what is not there has no defects.
        .wasm_memory64(false)
        .wasm_multi_memory(true)
        .wasm_relaxed_simd(false)
        .wasm_tail_call(false);
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_beats_and_ends_with_its_last_owner() {
        let engine = start().unwrap();
        let weak = engine.weak();
        drop(engine);
        // The thread holds the engine only for a moment.
        for _ in 0..100 {
            if weak.upgrade().is_none() {
                return;
            }
            std::thread::sleep(BEAT);
        }
        panic!("the engine is still there");
    }
}
