//! What the documentation says is what the project does.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;

use crate::built::{built, root};
use crate::desk::Desk;

fn text(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn files(folder: impl AsRef<Path>, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|it| it == extension) {
            found.push(path);
        }
    }
    found
}

#[test]
fn the_connector_in_the_documentation_is_the_one_that_is_tested() {
    let page = text("docs/write-a-connector.md");
    let shown = page.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a block of Rust");
    assert_eq!(shown, text("tests/tiny-connector/src/lib.rs"));
}

#[test]
fn every_link_of_the_documentation_leads_somewhere() {
    let mut pages = files(root().join("docs"), "md");
    pages.extend([root().join("README.md"), root().join("CHANGELOG.md")]);
    let mut dead = Vec::new();
    for page in pages {
        let content = text(&page);
        for link in content.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap_or_default();
            let outside = link.starts_with("https://") || file.is_empty();
            if !outside && !page.parent().expect("a page has a folder").join(file).exists() {
                dead.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{dead:#?}");
}

/// The words of the one service that the connector is for. The host knows none of them.
const VENDOR: [&str; 10] =
    ["microsoft", "office", "o365", "m365", "entra", "azure", "aadsts", "sharepoint", "onedrive", "teams"];

#[test]
fn the_host_knows_no_vendor() {
    let mut found = Vec::new();
    for file in files(root().join("host-harness/src"), "rs") {
        for (number, line) in text(&file).lines().enumerate() {
            let line = line.to_lowercase();
            let mut words = line.split(|c: char| !c.is_alphanumeric());
            if let Some(word) = words.find(|word| VENDOR.contains(word)) {
                found.push(format!("{}:{}: {word}", file.display(), number + 1));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// The manifest of the connector, as `inspect` prints it.
fn manifest() -> &'static Value {
    static MANIFEST: OnceLock<Value> = OnceLock::new();
    MANIFEST.get_or_init(|| {
        let ended = Desk::alone().run(&format!("inspect {} --format json", built().connector.display())).with(0);
        serde_json::from_str(&ended.out).expect("JSON")
    })
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value} is no list"))
}

/// The title of a page and its first paragraph.
fn opening(page: &str) -> (&str, &str) {
    let mut paragraphs = page.split("\n\n");
    let title = paragraphs.next().and_then(|line| line.strip_prefix("# ")).expect("a title");
    (title, paragraphs.next().expect("a first paragraph"))
}

fn names_of(folder: &str) -> BTreeSet<String> {
    let pages = files(root().join(folder), "md");
    pages.iter().filter_map(|page| Some(page.file_stem()?.to_str()?.to_owned())).collect()
}

#[test]
fn every_dataset_of_the_manifest_has_its_page_with_each_column() {
    let manifest = manifest();
    let datasets = list(&manifest["datasets"]);
    let ids: BTreeSet<String> = datasets.iter().map(|dataset| word(&dataset["id"]).to_owned()).collect();
    assert_eq!(names_of("docs/datasets"), ids);
    for dataset in datasets {
        let id = word(&dataset["id"]);
        let page = text(format!("docs/datasets/{id}.md"));
        let (title, first) = opening(&page);
        assert_eq!(title, word(&dataset["title"]));
        assert!(word(&dataset["help"]).starts_with(first), "{id}: {first}");
        let described = list(&dataset["columns"])
            .iter()
            .map(|column| format!("| `{}` | {} |", word(&column["name"]), word(&column["help"])));
        let lines: Vec<&str> = page.lines().skip_while(|line| *line != "## Columns").skip(4).collect();
        let shown: Vec<&str> = lines.iter().take_while(|line| line.starts_with("| ")).copied().collect();
        assert_eq!(shown, described.collect::<Vec<_>>(), "{id}");
        let permissions = list(&dataset["permissions"]).iter().flat_map(list);
        for needed in permissions.chain([&dataset["licence"]]).filter_map(Value::as_str) {
            assert!(page.contains(needed), "{id} does not name {needed}");
        }
    }
}

#[test]
fn every_rule_has_its_page() {
    let manifest = manifest();
    let advice = list(&manifest["datasets"]).iter().find(|dataset| dataset["id"] == "advice").expect("advice");
    let mut help = word(&advice["help"]).to_owned();
    for rule in names_of("docs/rules") {
        let page = text(format!("docs/rules/{rule}.md"));
        let (title, first) = opening(&page);
        let told = format!("{title}: {first}");
        assert!(help.contains(&told), "{told:?} is not in {help:?}");
        help = help.replace(&told, "");
        assert!(page.contains(&format!("| rule | `{rule}` |")), "{rule}");
    }
    // What is left is the first sentence: no rule is without a page.
    assert_eq!(help.trim(), opening(&text("docs/datasets/advice.md")).1);
}

#[test]
fn the_page_of_the_command_line_has_every_command_and_exit_code() {
    let help = Desk::alone().run("--help").with(0).out;
    let codes =
        help.split("Exit codes:").nth(1).expect("exit codes").lines().map(str::trim).filter(|line| !line.is_empty());
    let page = text("docs/command-line.md");
    for line in codes {
        let (code, meaning) = line.split_once("  ").expect("a code and its meaning");
        assert!(page.contains(&format!("| {code} | {} |", meaning.trim())), "{line}");
    }
    let commands = help.split("Commands:").nth(1).and_then(|rest| rest.split("Options").next()).expect("commands");
    let readme = text("README.md");
    for command in commands.lines().filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(' ')) {
        let name = command.split_whitespace().next().expect("a name");
        assert!(name == "help" || readme.contains(&format!("| `{name}")), "README.md does not show {name}");
    }
}

#[test]
fn the_component_is_small_and_imports_nothing_foreign() {
    let manifest = manifest();
    let bytes = manifest["bytes"].as_u64().expect("a size");
    assert!(bytes < 1024 * 1024, "the component has {bytes} bytes");
    let imports: Vec<&str> = list(&manifest["imports"]).iter().map(word).collect();
    assert!(imports.iter().any(|import| import.starts_with("wasi:http/outgoing-handler@0.2.")), "{imports:?}");
    let known = |import: &&str| {
        let (package, version) = import.split_once('@').unwrap_or_default();
        package.starts_with("wasi:") && version.starts_with("0.2.") || package.starts_with("binadox:connector/")
    };
    let foreign: Vec<_> = imports.iter().filter(|import| !known(import)).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}
