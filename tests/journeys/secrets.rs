//! No secret in any output, and none readable in any file.

use std::fs;
use std::path::{Path, PathBuf};

use crate::robot::{Asking, Consent};
use crate::tenant::{Tenant, runtime, small};

fn files(folder: &Path) -> Vec<PathBuf> {
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

/// What `show` can show.
const SUBJECTS: [&str; 8] =
    ["users", "subscriptions", "recommendations", "applications", "notifications", "usage", "gaps", "plan"];

/// Pieces of a secret that are long enough to be its own: messages may cut it, and the beginnings of tokens are alike.
fn pieces(secret: &str) -> Vec<&str> {
    let middle = secret.get(secret.len() / 2..secret.len() / 2 + 24);
    let end = secret.get(secret.len().saturating_sub(24)..);
    [middle, end].into_iter().flatten().filter(|piece| piece.len() >= 8).collect()
}

#[test]
fn no_canary_is_shown_stored_or_exported_whatever_goes_wrong() {
    let tenant = Tenant::new(small());
    let facts = tenant.facts();
    let desk = tenant.desk();
    let mut seen = String::new();
    let mut tell = |line: &str| seen.push_str(&desk.run(line).all());
    tell(&tenant.configure());
    let person = tenant.configure().replace("configure acme", "configure person");
    let person = person.replace(&facts.client_id, &facts.public_client_id);
    tell(&person.replace("--secret-env client-secret=SECRET", "--set sign-in=browser"));
    tell("connect acme -v");
    let robot = tenant.robot(facts.administrator.clone(), Consent::Accept);
    let mut connect = Asking::of(desk.start("connect person --no-browser -v"));
    let back = runtime().block_on(robot.browse(&connect.page()));
    let page = runtime().block_on(robot.arrive(back));
    seen.push_str(&page);
    seen.push_str(&connect.end().with(0).all());
    // Somebody reads meanwhile, so that what is written stays in the log of changes.
    let reader = desk.database();
    reader.execute_batch("BEGIN; SELECT count(*) FROM users").expect("a reading transaction");
    let mut tell = |line: &str| seen.push_str(&desk.run(line).all());
    for line in ["run acme person -v", "doctor person --granted", "doctor acme -v", "run acme -v"] {
        tell(line);
    }
    // The service quotes what it was shown, answers nonsense, and refuses.
    let quoting = |status: u16| {
        let given = tenant.control().given();
        let last = given.iter().rfind(|given| given.starts_with("eyJ")).map(String::as_str).unwrap_or_default();
        let secret = &facts.client_secret;
        let body = format!(r#"{{"error":{{"code":"Broken","message":"You sent Bearer {last} and {secret}"}}}}"#);
        simulator::Mishap::Answer { status, headers: Vec::new(), body }
    };
    for (path, status) in [("/v1.0/users", 400), ("/v1.0/groups", 403), ("/v1.0/subscribedSkus", 200)] {
        tenant.control().inject(simulator::Fault::next(path, quoting(status)));
    }
    tell("run acme -v");
    let body = format!(r#"{{"error":{{"code":"Broken","message":"The secret {} is no good"}}}}"#, facts.client_secret);
    let refusal = simulator::Mishap::Answer { status: 403, headers: Vec::new(), body };
    tenant.control().inject(simulator::Fault::next("/v1.0/groups", refusal));
    tell("doctor acme -v");
    tenant.control().revoke_secret(&facts.client_id);
    tenant.control().revoke_refresh_tokens();
    tenant.control().expire_tokens();
    for line in ["run acme person -v", "connect acme -v", "doctor acme", "doctor person", "status", "status --runs"] {
        tell(line);
    }
    for format in ["table", "json", "csv"] {
        for subject in SUBJECTS {
            tell(&format!("show {subject} --format {format}"));
        }
        tell(&format!("status --format {format}"));
    }
    let mut canaries = tenant.control().given();
    let kinds = canaries.len();
    assert!(kinds > 6, "the simulator gave out {kinds} secrets only");
    canaries.extend([facts.client_secret.clone(), facts.administrator.password.clone()]);
    let stored = files(desk.folder());
    assert!(stored.iter().any(|file| file.ends_with("data/data.sqlite-wal")), "{stored:?}");
    let stored: Vec<_> = stored.into_iter().map(|file| (fs::read(&file).expect("a file"), file)).collect();
    for piece in canaries.iter().flat_map(|canary| pieces(canary)) {
        assert!(!seen.contains(piece), "{piece} was shown: {:?}", seen.lines().find(|line| line.contains(piece)));
        for (bytes, file) in &stored {
            assert!(!holds(bytes, piece), "{piece} stands in {}", file.display());
        }
    }
    drop(reader);
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
