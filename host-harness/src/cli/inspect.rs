//! `inspect`: what a component says of itself, before it is trusted with anything.

use super::exit::Exit;
use super::failure::Failure;
use super::options::Global;
use super::output::{look, print, section};
use super::session::host;
use crate::contract::manifest::{Field, Manifest, Origin};
use crate::sandbox::Plugin;
use crate::table::{Format, wrap};
use crate::text::{bytes, clean, counted, thousands};
use clap::{Args, ValueHint};
use serde_json::json;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  host-harness inspect connector.wasm
  host-harness inspect connector.wasm --format json | jq .origins
";

/// Show what a component is, what it imports and which hosts it asks for, and why
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Inspect {
    /// The component [default: --plugin]
    #[arg(value_name = "PLUGIN", value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,
}

pub(super) async fn run(args: Inspect, global: &Global) -> Result<Exit, Failure> {
    let path = args.file.as_ref().or(global.plugin.as_ref());
    let path =
        path.ok_or_else(|| Failure::usage("No component is named.").next("host-harness inspect connector.wasm"))?;
    // Without a cache: to look at a component neither needs nor makes a data folder.
    let plugin = Plugin::load(&host(global, None)?, path).await?;
    let asked = plugin.describe_set_up(&[]).await?.map(|described| described.fields).unwrap_or_default();
    match global.format {
        Format::Table => {
            print(&for_people(&plugin, look().width))?;
            print(&section("Set-up asks", asked.iter().map(field_line)))?;
        }
        Format::Json => print(&format!("{:#}\n", for_machines(&plugin)))?,
        Format::Csv => {
            return Err(Failure::usage("A component is no table.").next("Use --format table or --format json."));
        }
    }
    Ok(Exit::Done)
}

fn for_people(plugin: &Plugin, width: u16) -> String {
    let manifest = plugin.manifest();
    let Manifest { id, title, version, about, .. } = manifest;
    let mut text = format!("{} {}, a connector of {}\n", clean(id), clean(version), clean(title));
    text.push_str(&format!("{}\n", wrap(about, width)));
    text.push_str(&format!("\nsize    {} ({})\n", bytes(plugin.size()), counted(plugin.size(), "byte", "bytes")));
    text.push_str(&format!("sha256  {}\n", plugin.digest()));
    text.push_str(&format!("set-up  {}\n", if plugin.has_set_up() { "yes" } else { "no" }));
    text.push_str(&section("Imports", plugin.imports()));
    text.push_str(&section("Exports", plugin.exports()));
    text.push_str(&section("Hosts that it asks for", manifest.origins.iter().map(origin_line)));
    text.push_str(&section("Settings", manifest.fields.iter().map(field_line)));
    let datasets = manifest.datasets.iter().map(|dataset| {
        let licence = dataset.licence.as_ref().map(|plan| format!(" (needs {plan})")).unwrap_or_default();
        format!("{}: {}{licence}", dataset.id, dataset.title)
    });
    text.push_str(&section("Datasets", datasets));
    let permissions = manifest.permissions.iter().map(|permission| {
        format!("{}{}: {}", permission.id, if permission.optional { " (optional)" } else { "" }, permission.buys)
    });
    text.push_str(&section("Permissions", permissions));
    let quotas = manifest.quotas.iter().map(|quota| {
        let (requests, seconds) = (thousands(quota.requests), thousands(quota.per_seconds));
        format!("{}: {requests} requests in {seconds} s ({})", quota.id, quota.source)
    });
    text.push_str(&section("Quotas", quotas));
    let files = manifest.reference_files.iter().map(|file| format!("{}: {}", file.name, file.title));
    text.push_str(&section("Reference files", files));
    text
}

/// What an origin may be used for, and why, in one line.
pub(super) fn origin_line(origin: &Origin) -> String {
    let mut uses = vec![origin.methods.join(", ")];
    if origin.bearer {
        uses.push("with the credential".to_owned());
    }
    if origin.browse {
        uses.push("pages in your browser".to_owned());
    }
    if !origin.redirects_to.is_empty() {
        uses.push(format!("may lead to {}", origin.redirects_to.join(", ")));
    }
    uses.retain(|used| !used.is_empty());
    format!("{} ({}): {}", origin.host, uses.join("; "), origin.why)
}

fn field_line(field: &Field) -> String {
    let mut marks = vec![if field.required { "required" } else { "optional" }];
    if field.secret {
        marks.push("secret");
    }
    if field.signs_in && !field.secret {
        marks.push("for the sign-in");
    }
    let default = field.default.as_ref().map(|value| format!(", {value} if left empty")).unwrap_or_default();
    format!("{} ({}{default}): {}", field.name, marks.join(", "), field.label)
}

fn for_machines(plugin: &Plugin) -> serde_json::Value {
    let manifest = plugin.manifest();
    let origins = manifest.origins.iter().map(|origin| {
        json!({
            "host": origin.host, "methods": origin.methods, "bearer": origin.bearer, "browse": origin.browse,
            "redirects_to": origin.redirects_to, "why": origin.why,
        })
    });
    let fields = manifest.fields.iter().map(|field| {
        json!({
            "name": field.name, "label": field.label, "help": field.help, "secret": field.secret,
            "signs_in": field.signs_in, "required": field.required, "default": field.default,
        })
    });
    let datasets = manifest.datasets.iter().map(|dataset| {
        let columns = dataset.columns.iter().map(|column| json!({ "name": column.name, "help": column.help }));
        json!({
            "id": dataset.id, "title": dataset.title, "help": dataset.help, "permissions": dataset.permissions,
            "licence": dataset.licence, "columns": columns.collect::<Vec<_>>(),
        })
    });
    let quotas = manifest.quotas.iter().map(|quota| {
        json!({
            "id": quota.id, "requests": quota.requests, "per_seconds": quota.per_seconds, "source": quota.source,
        })
    });
    let permissions = manifest
        .permissions
        .iter()
        .map(|permission| json!({ "id": permission.id, "buys": permission.buys, "optional": permission.optional }));
    let files = manifest
        .reference_files
        .iter()
        .map(|file| json!({ "name": file.name, "title": file.title, "help": file.help }));
    json!({
        "id": manifest.id, "title": manifest.title, "version": manifest.version, "about": manifest.about,
        "bytes": plugin.size(), "sha256": plugin.digest(), "set_up": plugin.has_set_up(),
        "imports": plugin.imports(), "exports": plugin.exports(),
        "origins": origins.collect::<Vec<_>>(), "fields": fields.collect::<Vec<_>>(),
        "datasets": datasets.collect::<Vec<_>>(), "quotas": quotas.collect::<Vec<_>>(),
        "permissions": permissions.collect::<Vec<_>>(), "reference_files": files.collect::<Vec<_>>(),
    })
}
