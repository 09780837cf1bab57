//! What the documentation says is what the project does.

use std::fs;
use std::path::{Path, PathBuf};

use crate::built::root;

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
