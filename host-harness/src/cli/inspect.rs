//! `inspect`: what a component says of itself, before it is trusted with anything.

use super::exit::Exit;
use super::failure::Failure;
use super::options::Global;
use super::output::{print, print_folded, section};
use super::session::host;
use crate::contract::manifest::{Entry, Field, Manifest, Origin};
use crate::contract::set_up::Described;
use crate::prompt;
use crate::sandbox::Plugin;
use crate::table::Format;
use crate::text::{bytes, clean, counted, thousands};
use clap::{Args, ValueHint};
use serde_json::json;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  host-harness inspect connector.wasm
  host-harness inspect connector.wasm --format json | jq .origins
";

/// Show what a component is, what it imports, which hosts it asks for and why, and every field of its forms
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
    let set_up = plugin.describe_set_up(&[]).await?;
    match global.format {
        Format::Table => print_folded(&for_people(&plugin, set_up.as_ref()))?,
        Format::Json => print(&format!("{:#}\n", for_machines(&plugin, set_up.as_ref())))?,
        Format::Csv => {
            return Err(Failure::usage("A component is no table.").next("Use --format table or --format json."));
        }
    }
    Ok(Exit::Done)
}

fn for_people(plugin: &Plugin, set_up: Option<&Described>) -> String {
    let makes = set_up.map(|described| described.makes.as_slice()).unwrap_or_default();
    let manifest = plugin.manifest();
    let Manifest { id, title, version, about, .. } = manifest;
    let mut text = format!("{} {}, a connector of {}\n", clean(id), clean(version), clean(title));
    text.push_str(&format!("{}\n", clean(about)));
    text.push_str(&format!("\nsize    {} ({})\n", bytes(plugin.size()), counted(plugin.size(), "byte", "bytes")));
    text.push_str(&format!("sha256  {}\n", plugin.digest()));
    text.push_str(&format!("set-up  {}\n", if plugin.has_set_up() { "yes" } else { "no" }));
    text.push_str(&section("Imports", plugin.imports()));
    text.push_str(&section("Exports", plugin.exports()));
    text.push_str(&section("Hosts that it asks for", manifest.origins.iter().map(origin_line)));
    text.push_str(&section("Settings", manifest.fields.iter().flat_map(|field| field_lines(field, makes))));
    if let Some(Described { fields, .. }) = set_up {
        text.push_str(&section("Set-up asks", fields.iter().flat_map(|field| field_lines(field, &[]))));
    }
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

/// A field in the words of its form: whether and when it is asked for, what it is, and what can be entered. `makes` are
/// the fields that set-up fills in.
fn field_lines(field: &Field, makes: &[String]) -> Vec<String> {
    let mut marks = vec![match (field.required, &field.default) {
        (true, None) => "required".to_owned(),
        (true, Some(_)) => "asked for".to_owned(),
        (false, _) => "optional".to_owned(),
    }];
    if let (Some((other, values)), Some(first)) = (&field.only_when, marks.first_mut()) {
        first.push_str(&format!(" where {other} is {}", values.join(" or ")));
    }
    marks.extend(field.default.as_ref().map(|value| format!("{value} if left empty")));
    if field.secret {
        marks.push("secret".to_owned());
    }
    if field.signs_in && !field.secret {
        marks.push("for the sign-in".to_owned());
    }
    if makes.contains(&field.name) {
        marks.push("set-up makes it".to_owned());
    }
    let mut lines = vec![format!("{} ({}): {}", field.name, marks.join(", "), field.label)];
    if !field.help.is_empty() {
        lines.push(format!("  {}", field.help));
    }
    lines.extend(prompt::hints(&field.entry).iter().map(|hint| format!("  {hint}")));
    lines
}

fn field_for_machines(field: &Field) -> serde_json::Value {
    let (kind, choices, limits) = match &field.entry {
        Entry::Text => ("text", None, None),
        Entry::Lines => ("lines", None, None),
        Entry::Switch => ("switch", None, None),
        Entry::Number(limits) => ("number", None, Some(limits)),
        Entry::Choice(choices) => ("choice", Some(choices), None),
        Entry::Certificate => ("certificate", None, None),
        Entry::TokenFile => ("token-file", None, None),
    };
    let choices = choices.map(|choices| {
        choices.iter().map(|choice| json!({ "value": choice.value, "label": choice.label })).collect::<Vec<_>>()
    });
    json!({
        "name": field.name, "label": field.label, "help": field.help, "secret": field.secret,
        "signs_in": field.signs_in, "required": field.required, "default": field.default, "entry": kind,
        "choices": choices, "least": limits.map(|limits| limits.0), "most": limits.map(|limits| limits.1),
        "only_when": field.only_when.as_ref().map(|(other, values)| json!({ "field": other, "values": values })),
    })
}

fn for_machines(plugin: &Plugin, set_up: Option<&Described>) -> serde_json::Value {
    let manifest = plugin.manifest();
    let origins = manifest.origins.iter().map(|origin| {
        json!({
            "host": origin.host, "methods": origin.methods, "bearer": origin.bearer, "browse": origin.browse,
            "redirects_to": origin.redirects_to, "why": origin.why,
        })
    });
    let fields = manifest.fields.iter().map(field_for_machines);
    let asked: Vec<_> = set_up.into_iter().flat_map(|described| &described.fields).map(field_for_machines).collect();
    let makes = set_up.map(|described| described.makes.as_slice()).unwrap_or_default();
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
        "set_up_fields": asked, "set_up_makes": makes,
        "imports": plugin.imports(), "exports": plugin.exports(),
        "origins": origins.collect::<Vec<_>>(), "fields": fields.collect::<Vec<_>>(),
        "datasets": datasets.collect::<Vec<_>>(), "quotas": quotas.collect::<Vec<_>>(),
        "permissions": permissions.collect::<Vec<_>>(), "reference_files": files.collect::<Vec<_>>(),
    })
}
