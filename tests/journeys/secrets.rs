//! No secret in any output, and none readable in any file.

use std::fs;
use std::path::{Path, PathBuf};

use crate::robot::{Asking, Consent};
use crate::tenant::{Tenant, runtime, small};

pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("an entry").path();
        // Compiled code is shared by all tests, and holds no data.
        if path.is_dir() && !path.is_symlink() {
            found.extend(files(&path));
        } else if path.is_file() {
            found.push(path);
        }
    }
    found
}

fn holds(bytes: &[u8], text: &str) -> bool {
    // What is no text becomes a sign of its own, and leaves the text around it as it is.
    String::from_utf8_lossy(bytes).contains(text)
}

#[test]
fn no_secret_stands_in_any_output_or_file() {
    let tenant = Tenant::new(small());
    let facts = tenant.facts();
    let desk = tenant.desk();
    let mut seen = String::new();
    let mut tell = |line: &str| seen.push_str(&desk.run(line).all());
    tell(&tenant.configure());
    for line in ["connect acme -v", "run acme -v", "status acme", "show gaps", "show users --format json"] {
        tell(line);
    }
    tenant.control().revoke_secret(&facts.client_id);
    tenant.control().expire_tokens();
    tell("run acme -v");
    tell("connect acme -v");
    // The ways in which a bearer, a token and a pre-authenticated address would begin.
    let forbidden = [facts.client_secret.as_str(), "Bearer ey", "eyJ0eX", "eyJhbG", "download?token="];
    for secret in forbidden {
        assert!(!seen.contains(secret), "{secret} was shown");
    }
    let stored = files(desk.folder());
    assert!(stored.iter().any(|file| file.ends_with("data/data.sqlite")), "{stored:?}");
    for file in stored {
        let bytes = fs::read(&file).expect("a file");
        for secret in forbidden {
            assert!(!holds(&bytes, secret), "{secret} stands in {}", file.display());
        }
    }
}

#[test]
fn what_is_forgotten_is_in_no_file_any_more() {
    let tenant = Tenant::new(small());
    let (desk, _) = tenant.collected();
    let name = desk.column("SELECT principal_name FROM users ORDER BY id").remove(7);
    let in_files = || {
        let all = files(&desk.data());
        all.into_iter().filter(|file| holds(&fs::read(file).expect("a file"), &name)).collect::<Vec<_>>()
    };
    assert!(!in_files().is_empty(), "{name} should be there before");
    desk.run("forget acme --yes").with(0);
    assert_eq!(in_files(), Vec::<PathBuf>::new());
    let database = fs::read(desk.data().join("data.sqlite")).expect("the database");
    for word in [tenant.facts().organization.as_str(), tenant.facts().client_id.as_str(), "@"] {
        let word = if word == "@" { tenant.facts().domain } else { word.to_owned() };
        assert!(!holds(&database, &word), "{word} stands in the database");
    }
}

#[test]
fn what_a_person_types_into_the_browser_reaches_no_file() {
    let tenant = Tenant::new(small());
    let facts = tenant.facts();
    let desk = tenant.desk();
    let line = tenant.configure().replace(&facts.client_id, &facts.public_client_id);
    let line = line.replace("--secret-env client-secret=SECRET", "--set sign-in=browser");
    desk.run(&line).with(0);
    let robot = tenant.robot(facts.administrator.clone(), Consent::Accept);
    let mut connect = Asking::of(desk.start("connect acme --no-browser -v"));
    let back = runtime().block_on(robot.browse(&connect.page()));
    let code = back.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned();
    let page = runtime().block_on(robot.arrive(back));
    let seen = connect.end().with(0).all() + &page + &desk.run("run acme -v").with(0).all();
    for secret in [facts.administrator.password.as_str(), code.as_str()] {
        assert!(!seen.contains(secret), "{secret} was shown");
        for file in files(&desk.data()) {
            assert!(!holds(&fs::read(&file).expect("a file"), secret), "{secret} stands in {}", file.display());
        }
    }
}
