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
    let stages: [Stage; 6] = [
        ("formatting", formatting),
        ("components", component::build_all),
        ("lints", lints),
        ("lints of the components", component_lints),
        ("tests", tests),
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

fn lints() -> Result<()> {
    run(&mut cargo("clippy --quiet --workspace --all-targets -- -D warnings"))
}

fn component_lints() -> Result<()> {
    let target = component::TARGET;
    run(&mut cargo(&format!(
        "clippy --quiet --package office365-connector --package tiny-connector --lib --target {target} -- -D warnings"
    )))
}

fn tests() -> Result<()> {
    run(&mut cargo("test --workspace"))
}
