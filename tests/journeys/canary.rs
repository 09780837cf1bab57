//! Canaries: every secret that a journey meets is looked for in everything that it shows, stores and exports.

use std::fs;
use std::path::Path;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use simulator::{Fault, Mishap, Options};
use url::Url;

use crate::built::built;
use crate::certificates::{fixture, pair};
use crate::desk::Desk;
use crate::robot::{Asking, Consent, provider};
use crate::secrets::files;
use crate::tenant::{Tenant, runtime, small};

/// Letters of a secret that are enough to be its own. Messages may cut it, and the beginnings of tokens are alike.
const PIECE: usize = 24;

/// What must be found nowhere.
#[derive(Default)]
pub struct Canaries(Vec<Vec<u8>>);

impl Canaries {
    /// A secret: its middle and its end, as they are and in base64.
    pub fn add(&mut self, secret: &[u8]) {
        for from in [secret.len() / 2, secret.len().saturating_sub(PIECE)] {
            let piece = &secret[from..secret.len().min(from + PIECE)];
            if piece.len() >= 8 {
                self.0.push(piece.to_vec());
            }
        }
        // Wherever it begins within three letters, these are the same.
        for shift in 0..3 {
            let text = STANDARD.encode(&secret[shift..]);
            let end = text.trim_end_matches('=').len() - 2;
            self.0.push(text.as_bytes()[end.saturating_sub(PIECE)..end].to_vec());
        }
    }

    /// The text around the first of them in each place, in one pass over it.
    pub fn find(&self, places: &[(String, &[u8])]) -> Vec<String> {
        let finder = AhoCorasick::new(&self.0).expect("pieces");
        let in_place = |(place, bytes): &(String, &[u8])| {
            let found = finder.find(bytes)?;
            let around = &bytes[found.start().saturating_sub(80)..bytes.len().min(found.end() + 40)];
            Some(format!("{place}: {}", String::from_utf8_lossy(around)))
        };
        places.iter().filter_map(in_place).collect()
    }

    /// Looks in what was shown, and in every file of a desk but those that the person put there.
    #[track_caller]
    pub fn look_everywhere(&self, seen: &str, desk: &Desk, but: &[&str]) {
        let is_given = |file: &Path| but.iter().any(|name| file == desk.folder().join(name));
        let stored: Vec<_> = files(desk.folder()).into_iter().filter(|file| !is_given(file)).collect();
        assert!(stored.iter().any(|file| file.ends_with("data/data.sqlite")), "{stored:?}");
        let stored: Vec<_> = stored.into_iter().map(|file| (fs::read(&file).expect("a file"), file)).collect();
        let stored = stored.iter().map(|(bytes, file)| (file.display().to_string(), bytes.as_slice()));
        let places: Vec<_> = stored.chain([("what was shown".to_owned(), seen.as_bytes())]).collect();
        assert_eq!(self.find(&places), Vec::<String>::new());
    }
}

/// What `show` can show: everything that it says it can.
pub fn subjects(desk: &Desk) -> Vec<String> {
    let told = desk.run("show nothing").with(2).err;
    let values = told.split_once("[possible values: ").and_then(|(_, rest)| rest.split_once(']')).expect("values").0;
    let subjects: Vec<String> = values.split(',').map(|value| value.trim().to_owned()).collect();
    assert!(subjects.len() >= 14 && subjects.iter().any(|subject| subject == "sign-ins"), "{subjects:?}");
    subjects
}

/// How much a command tells.
pub const LEVELS: [&str; 3] = ["-q", "", "-v"];

#[test]
fn a_canary_is_found_wherever_it_stands() {
    let mut canaries = Canaries::default();
    let secret = b"first-secret-of-the-test-0123456789";
    canaries.add(secret);
    let found = |text: Vec<u8>| !canaries.find(&[(String::new(), text.as_slice())]).is_empty();
    for shift in 0..3 {
        let inside = [&b"abcd"[..shift], secret, b"more"].concat();
        assert!(found(STANDARD.encode(inside).into_bytes()), "{shift}");
    }
    assert!(found([b"\0\xff", &secret[..], b"\xff"].concat()));
    assert!(found([b"...", &secret[11..], b"."].concat()));
    assert!(!found(b"first-secret".to_vec()));
}

#[test]
fn no_canary_is_shown_stored_or_exported_whatever_goes_wrong() {
    let tenant = Tenant::new(Options { users: 40, ..small() });
    let facts = tenant.facts();
    let control = tenant.control();
    let mut desk = tenant.desk();
    desk.set("PASSPHRASE", "fixture");
    let given = ["ca.pem", "locked.pem", "aes.pfx"];
    for file in &given[1..] {
        fs::write(desk.folder().join(file), fixture(file)).expect("a file");
    }
    let mut seen = String::new();
    let mut tell = |line: &str| seen.push_str(&desk.run(line).all());
    tell(&tenant.configure());
    let secret = "--secret-env client-secret=SECRET";
    let person = tenant.configure().replace("configure acme", "configure person");
    tell(&person.replace(&facts.client_id, &facts.public_client_id).replace(secret, "--set sign-in=browser"));
    // One with a certificate, first from a PEM file and then from a PFX file.
    let machine = tenant.configure().replace("configure acme", "configure machine");
    assert!(control.add_certificate(&facts.client_id, &pair().certificate));
    for file in &given[1..] {
        let way =
            format!("--set sign-in=certificate --secret-file certificate={file} --secret-env certificate=PASSPHRASE");
        tell(&machine.replace(secret, &way));
        tell("connect machine -v");
    }
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
    seen.push_str(&desk.run("run acme person machine -v").with(0).all());
    let mut tell = |line: &str| seen.push_str(&desk.run(line).all());
    for line in ["doctor person --granted", "doctor machine -v", "run acme"] {
        tell(line);
    }
    // The service quotes what it was shown, answers nonsense, and refuses.
    let quoting = |status: u16| {
        let given = control.given();
        let last = given.iter().rfind(|given| given.starts_with("eyJ")).map(String::as_str).unwrap_or_default();
        let secret = &facts.client_secret;
        let body = format!(r#"{{"error":{{"code":"Broken","message":"You sent Bearer {last} and {secret}"}}}}"#);
        Mishap::Answer { status, headers: Vec::new(), body }
    };
    for (path, status) in [("/v1.0/users", 400), ("/v1.0/groups", 403), ("/v1.0/subscribedSkus", 200)] {
        control.inject(Fault::next(path, quoting(status)));
    }
    tell("run acme -v");
    for level in LEVELS {
        control.inject(Fault::next("/v1.0/groups", quoting(403)));
        tell(&format!("doctor acme {level}"));
    }
    // Every credential is refused from here on.
    control.revoke_secret(&facts.client_id);
    control.revoke_refresh_tokens();
    control.expire_tokens();
    let mut refused = |line: &str, code: &str| {
        let ended = desk.run(line);
        assert_ne!(ended.code, 0, "{line}: {ended:#?}");
        assert!(line.ends_with("-q") || ended.tells(code), "{line} does not tell of {code}: {ended:#?}");
        seen.push_str(&ended.all());
    };
    for level in LEVELS {
        refused(&format!("run acme {level}"), "AADSTS7000215");
        refused(&format!("run person {level}"), "AADSTS50173");
        refused(&format!("connect acme {level}"), "AADSTS7000215");
    }
    control.advance(std::time::Duration::from_secs(40 * 60));
    for (line, code) in [
        ("run machine -v", "AADSTS700024"),
        ("connect machine -v", "AADSTS700024"),
        ("doctor acme", "AADSTS7000215"),
        ("doctor person", "AADSTS50173"),
        ("doctor machine", "AADSTS700024"),
    ] {
        refused(line, code);
    }
    let mut tell = |line: &str| seen.push_str(&desk.run(line).all());
    for line in ["status", "status --runs", "explain acme recommendation nobody"] {
        tell(line);
    }
    for format in ["table", "json", "csv"] {
        for subject in subjects(&desk) {
            tell(&format!("show {subject} --format {format}"));
        }
        tell(&format!("status --format {format}"));
    }
    let mut canaries = Canaries::default();
    let issued = control.given();
    assert!(issued.len() > 6, "the simulator gave out {} secrets only", issued.len());
    issued.iter().for_each(|token| canaries.add(token.as_bytes()));
    canaries.add(facts.client_secret.as_bytes());
    canaries.add(facts.administrator.password.as_bytes());
    canaries.add(pair().key.expose());
    assert!(desk.data().join("data.sqlite-wal").exists());
    canaries.look_everywhere(&seen, &desk, &given);
    drop(reader);
}

#[test]
fn no_canary_of_a_password_a_device_code_or_a_federated_token_is_shown_stored_or_exported() {
    let tenant = Tenant::new(Options { users: 40, ..small() });
    let (facts, control) = (tenant.facts(), tenant.control());
    let mut desk = tenant.desk();
    desk.set("PASSWORD", facts.administrator.password.clone());
    let federated = control.provider_token("machine-7", 3600);
    fs::write(desk.folder().join("token"), &federated).expect("a file");
    assert!(control.trust(&facts.client_id, "machine-7"));
    let name = &facts.administrator.principal_name;
    let mut seen = String::new();
    for (connection, client, way) in [
        (
            "password",
            &facts.public_client_id,
            &*format!("--set sign-in=password --set user-name={name} --secret-env password=PASSWORD"),
        ),
        ("code", &facts.public_client_id, "--set sign-in=device-code"),
        ("federated", &facts.client_id, "--set sign-in=federated --secret-file federated-token=token"),
    ] {
        seen.push_str(&desk.run(&tenant.configure_as(connection, client, way)).with(0).all());
        let connect = format!("connect {connection} -v");
        let connected = match connection {
            "code" => tenant.led_by_code(&desk, &connect, &facts.administrator),
            _ => desk.run(&connect),
        };
        seen.push_str(&connected.with(0).all());
    }
    seen.push_str(&desk.run("run --all -v").with(0).all());
    // Each is refused once, by an answer that quotes what it was sent.
    let quoting = |secret: &str, code: u32| {
        let body = format!(
            r#"{{"error":"invalid_grant","error_description":"AADSTS{code}: You sent {secret}.","error_codes":[{code}]}}"#
        );
        Mishap::Answer { status: 400, headers: Vec::new(), body }
    };
    let kept = control.given().into_iter().rfind(|given| given.starts_with("1.")).expect("a refresh token");
    for level in LEVELS {
        for (connection, secret) in
            [("password", &facts.administrator.password), ("code", &kept), ("federated", &federated)]
        {
            for (verb, code) in [("run", 999_123), ("doctor", 50_126)] {
                control.expire_tokens();
                control.inject(Fault::next("/oauth2/v2.0/token", quoting(secret, code)));
                let ended = desk.run(&format!("{verb} {connection} {level}"));
                assert_ne!(ended.code, 0, "{verb} {connection}: {ended:#?}");
                seen.push_str(&ended.all());
            }
        }
    }
    for format in ["table", "json", "csv"] {
        for subject in subjects(&desk) {
            seen.push_str(&desk.run(&format!("show {subject} --format {format}")).with(0).all());
        }
        seen.push_str(&desk.run(&format!("status --format {format}")).with(0).all());
    }
    let mut canaries = Canaries::default();
    control.given().iter().for_each(|given| canaries.add(given.as_bytes()));
    canaries.add(facts.administrator.password.as_bytes());
    canaries.add(federated.as_bytes());
    canaries.look_everywhere(&seen, &desk, &["ca.pem", "token"]);
}

/// The secret of the careless connector: with letters that look different in an address and in quotes.
const TOKEN: &str = "first+token/of=\"the\"&careless+connector";

/// Every way in which the careless connector ends a call.
const ENDS: [&str; 20] = [
    "panic",
    "flood",
    "quote",
    "trap",
    "exit",
    "code",
    "input",
    "sign-in-needed",
    "forbidden",
    "licence-needed",
    "not-found",
    "throttled",
    "unavailable",
    "cursor-expired",
    "protocol",
    "storage",
    "internal",
    "other",
    "problem",
    "panic-at-once",
];

#[test]
fn a_connector_that_tells_its_secret_wherever_it_can_is_kept_from_it() {
    let mut desk = Desk::alone();
    desk.set("TOKEN", TOKEN);
    desk.set("RUST_BACKTRACE", "full");
    let plugin = built().careless.display();
    let configure = |mode: &str| {
        format!("configure careless --plugin {plugin} --set mode={mode} --secret-env token=TOKEN --yes -v")
    };
    let mut seen = String::new();
    for mode in ENDS {
        let configured = desk.run(&configure(mode));
        let refused = ["problem", "panic-at-once"].contains(&mode);
        assert_eq!(configured.code != 0, refused, "{mode}: {configured:#?}");
        seen.push_str(&configured.all());
        for level in LEVELS {
            let ended = desk.run(&format!("connect careless {level}"));
            assert_ne!(ended.code, 0, "{mode}: {ended:#?}");
            seen.push_str(&ended.all());
        }
    }

    // A code of the browser is a secret too.
    seen.push_str(&desk.run(&configure("page")).with(0).all());
    let mut connect = Asking::of(desk.start("connect careless --no-browser -v"));
    let page: Url = connect.wait_for("?back=").trim().parse().expect("a page");
    let base = page.query_pairs().find(|(name, _)| name == "back").expect("where to come back").1.into_owned();
    let code = "first-code-that-the-browser-brings";
    let back = format!("{base}/connect?state=a-state-that-is-long-enough&code={code}");
    provider();
    let arrived = runtime().block_on(async {
        let answer = reqwest::get(back.parse::<Url>().expect("an address")).await.expect("the listener answers");
        answer.text().await.expect("a page")
    });
    seen.push_str(&arrived);
    seen.push_str(&connect.end().all());

    // It connects; each renewal, examination and step gives up.
    seen.push_str(&desk.run(&configure("well")).with(0).all());
    for level in LEVELS {
        for line in ["connect careless", "doctor careless", "run careless", "status --runs", "show gaps"] {
            seen.push_str(&desk.run(&format!("{line} {level}")).all());
        }
        // What a table breaks into lines stands in one piece in JSON.
        for format in ["table", "json"] {
            seen.push_str(&desk.run(&format!("set-up careless --yes --format {format} {level}")).with(0).all());
        }
    }
    for words in ["debug", "info", "warn", "error"] {
        assert!(seen.contains(&format!("told by {words}")), "nothing was logged as {words}: {seen}");
    }
    for words in [
        "told by standard output",
        "told by standard error",
        "told by a panic",
        "Told by an error",
        "Told by help",
        "told of what is kept",
    ] {
        assert!(seen.contains(&format!("{words}: [hidden]")), "{words} was not heard: {seen}");
    }
    for words in ["Told by a capability", "Told by an act", "Told by a note"] {
        assert!(seen.contains(words), "{words} was not heard: {seen}");
    }
    assert!(!seen.contains("first+to"), "the beginning of a secret that was cut: {seen}");
    let mut canaries = Canaries::default();
    for secret in [TOKEN, &TOKEN.replace("first", "second"), &TOKEN.replace("first", "third"), code] {
        canaries.add(secret.as_bytes());
        canaries.add(secret.escape_debug().to_string().as_bytes());
        let quoted: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        canaries.add(quoted.as_bytes());
        canaries.add(quoted.to_lowercase().as_bytes());
    }
    canaries.look_everywhere(&seen, &desk, &[]);
}
