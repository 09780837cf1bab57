//! Everything that must hold before a change is taken.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::command::{cargo, run};
use crate::{component, policy};

/// A check and its name.
type Stage = (&'static str, fn() -> Result<()>);

/// Runs all checks, the quickest first, and stops at the first that fails.
///
/// # Errors
///
/// Names the stage that failed.
pub(crate) fn verify() -> Result<()> {
    let stages: [Stage; 5] = [
        ("formatting", formatting),
        ("components", component::build_all),
        ("lints of the components", component_lints),
        ("lints and tests", lints_and_tests),
        ("dependency policy", policy::check),
    ];
    let mut times = Vec::new();
    for (name, stage) in stages {
        println!("\n── {name}");
        let start = Instant::now();
        stage().with_context(|| format!("{name} failed"))?;
        times.push((name, start.elapsed()));
    }
    println!("\n── time");
    for (name, time) in &times {
        println!("{:>7.1} s  {name}", time.as_secs_f64());
    }
    let whole: Duration = times.iter().map(|(_, time)| *time).sum();
    println!("{:>7.1} s  in all\n\nEverything holds.", whole.as_secs_f64());
    Ok(())
}

fn formatting() -> Result<()> {
    run(&mut cargo("fmt --all --check"))
}

fn component_lints() -> Result<()> {
    let target = component::TARGET;
    run(&mut cargo(&format!(
        "clippy --quiet --package office365-connector --package tiny-connector --package careless-connector --lib --target {target} -- -D warnings"
    )))
}

/// Compiles everything with the linter as the compiler, and runs the tests. `cargo clippy` would check every dependency
/// once more before: minutes on a cold machine. What it hands to the linter is handed over here.
fn lints_and_tests() -> Result<()> {
    let mut tests = cargo("test --workspace");
    tests
        .env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver")
        .env("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__");
    run(&mut tests)
}
