//! What is printed at the start: the facts of the tenant and the commands to try.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use simulator::Simulator;

use crate::arguments::Arguments;

/// The files that were written.
pub(crate) struct Files {
    /// The certificate to trust.
    pub(crate) ca: PathBuf,
    /// The client secret.
    pub(crate) secret: PathBuf,
    /// All facts, as JSON.
    pub(crate) facts: PathBuf,
}

/// The facts and the commands.
pub(crate) fn text(simulator: &Simulator, files: &Files, arguments: &Arguments) -> String {
    let facts = simulator.facts();
    let account = |account: &simulator::Account| format!("{}  password {}", account.principal_name, account.password);
    let rows = [
        ("listens on", simulator.address().to_string()),
        ("organization", facts.organization.clone()),
        ("tenant id", facts.tenant_id.clone()),
        ("domain", facts.domain.clone()),
        ("application id", facts.client_id.clone()),
        ("public application id", facts.public_client_id.clone()),
        ("application without consent", facts.fresh_client_id.clone()),
        ("administrator", account(&facts.administrator)),
        ("user", account(&facts.user)),
        (
            "user with second factor",
            format!("{}  code {}", account(&facts.user_with_second_factor), facts.second_factor),
        ),
        ("certificate to trust", shown(&files.ca)),
        ("client secret", shown(&files.secret)),
        ("all of this as JSON", shown(&files.facts)),
    ];
    let mut text = String::from("A simulated tenant is ready.\n\n");
    for (name, value) in rows {
        let _ = writeln!(text, "  {name:28}{value}");
    }
    text.push_str("\nTo try it, in another terminal:\n\n");
    for line in commands(simulator, files, arguments) {
        let _ = writeln!(text, "  {line}");
    }
    text.push_str(
        "\nPress Enter, and somebody signs in to an application that nobody has used before.\nStop with Ctrl-C.\n",
    );
    text
}

fn commands(simulator: &Simulator, files: &Files, arguments: &Arguments) -> Vec<String> {
    let facts = simulator.facts();
    let hosts = [facts.authority, facts.graph, facts.reports];
    let mapped: Vec<String> = hosts.iter().map(|host| format!("{host}:443={}", simulator.address())).collect();
    // Without throttling nothing need be paced.
    let pace = arguments.throttle.unwrap_or(1000.0);
    vec![
        format!("export HOST_HARNESS_CONNECT_TO={}", mapped.join(",")),
        format!("export HOST_HARNESS_CA={}", shown(&files.ca)),
        format!("export HOST_HARNESS_DATA_DIR={}", shown(&arguments.dir.join("data"))),
        format!("export HOST_HARNESS_QUOTA_SCALE={pace}"),
        format!("host-harness inspect {}", arguments.plugin.display()),
        format!(
            "host-harness configure demo --plugin {} --set tenant={} --set application-id={} --secret-file client-secret={} --yes",
            arguments.plugin.display(),
            facts.domain,
            facts.client_id,
            shown(&files.secret)
        ),
        "host-harness connect demo".to_owned(),
        "host-harness run demo".to_owned(),
        "host-harness show recommendations".to_owned(),
        "host-harness show applications".to_owned(),
        "host-harness show gaps".to_owned(),
    ]
}

/// A path that holds in every folder.
fn shown(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}
