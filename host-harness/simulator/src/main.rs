//! `simulator`: a stand-in for Microsoft Entra ID and Microsoft Graph, to try the product by hand.

mod arguments;
mod guide;
mod keyboard;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use simulator::Simulator;

use arguments::Arguments;
use guide::Files;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<()> {
    let simulator = Simulator::start(arguments.options()).await?;
    let files = write_files(&simulator, &arguments)?;
    let mut out = std::io::stdout().lock();
    write!(out, "{}", guide::text(&simulator, &files, &arguments))?;
    out.flush()?;
    drop(out);
    keyboard::listen(simulator.control());
    let stopped = tokio::signal::ctrl_c();
    if arguments.log {
        tokio::select! {
            stopped = stopped => stopped?,
            logged = log(&simulator) => logged?,
        }
    } else {
        stopped.await?;
    }
    let requests = simulator.control().requests();
    println!("\n{} requests were answered.", requests.len());
    Ok(())
}

/// Prints each request once it is answered.
async fn log(simulator: &Simulator) -> Result<()> {
    let control = simulator.control();
    let mut told = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        for logged in control.requests_since(told) {
            told += 1;
            writeln!(
                std::io::stdout(),
                "{} {} {} {}{}",
                logged.at,
                logged.status,
                logged.method,
                logged.host,
                logged.path
            )?;
        }
    }
}

fn write_files(simulator: &Simulator, arguments: &Arguments) -> Result<Files> {
    let folder = &arguments.dir;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let facts = simulator.facts();
    let files = Files {
        ca: arguments.ca_file.clone().unwrap_or_else(|| folder.join("ca.pem")),
        secret: folder.join("client-secret.txt"),
        facts: folder.join("facts.json"),
    };
    std::fs::write(&files.ca, simulator.ca_pem()).with_context(|| format!("cannot write {}", files.ca.display()))?;
    write_private(&files.secret, &facts.client_secret)?;
    write_private(&files.facts, &serde_json::to_string_pretty(&facts)?)?;
    Ok(files)
}

/// Writes a file that only its owner reads.
fn write_private(path: &Path, text: &str) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).with_context(|| format!("cannot write {}", path.display()))?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    file.write_all(text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))
}
