//! The sign-in pages in a real browser: headless Chromium, driven through WebDriver.
//!
//! Where there is no Chromium, the tests are skipped and counted; with `JOURNEYS_BROWSER=required`, as in `.ci/run`, they
//! fail instead.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use simulator::Account;
use tempfile::TempDir;
use url::Url;

use crate::built::built;
use crate::desk::Desk;
use crate::robot::{Asking, provider};
use crate::skipped::skipped;
use crate::tenant::{Tenant, runtime, small};

/// How long a page may take to appear.
const PATIENCE: Duration = Duration::from_secs(20);

/// A program on the usual path.
fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// A browser with an empty profile. It ends when dropped.
struct Browser {
    driver: Child,
    session: Url,
    client: reqwest::Client,
    _profile: TempDir,
}

impl Browser {
    /// Starts Chromium so that the names of the service lead to the simulator, and every other name nowhere; `None`, and
    /// told, when there is none.
    fn start(tenant: &Tenant) -> Option<Browser> {
        let (Some(chromium), Some(driver)) = (program("chromium"), program("chromedriver")) else {
            let required = std::env::var_os("JOURNEYS_BROWSER").is_some_and(|value| value == "required");
            assert!(!required, "Chromium and its driver are required here: install chromium and chromium-driver");
            skipped("a browser test: there is no chromium with chromedriver");
            return None;
        };
        let profile = TempDir::new().expect("a folder for the profile");
        let mut driver = Command::new(driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the driver starts");
        let lines = BufReader::new(driver.stdout.take().expect("standard output")).lines();
        let mut words = lines.map_while(Result::ok).filter(|line| line.contains("started successfully on port"));
        let line = words.next().expect("the driver tells its port");
        let port: u16 =
            line.rsplit(' ').next().and_then(|word| word.trim_end_matches('.').parse().ok()).expect("a port");
        let address = tenant.address();
        let mapped: Vec<String> = tenant.facts().hosts.iter().map(|host| format!("MAP {host} {address}")).collect();
        let rules = format!("{}, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1", mapped.join(", "));
        let options = json!({
            "binary": chromium,
            "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage",
                "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                format!("--user-data-dir={}", profile.path().display()),
                format!("--host-resolver-rules={rules}"),
                format!("--ignore-certificate-errors-spki-list={}", tenant.public_key_hash()),
            ],
        });
        provider();
        let root = Url::parse(&format!("http://127.0.0.1:{port}/")).expect("an address");
        let mut browser = Browser { driver, session: root, client: reqwest::Client::new(), _profile: profile };
        let capabilities = json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}});
        let session = browser.ask("session", Some(&capabilities)).expect("Chromium starts");
        let id = session["sessionId"].as_str().expect("a session").to_owned();
        browser.session = browser.session.join(&format!("session/{id}/")).expect("an address");
        Some(browser)
    }

    /// One WebDriver command: a POST with a body, a GET without. The value of its answer, or what went wrong.
    fn ask(&self, command: &str, body: Option<&Value>) -> Result<Value, String> {
        let address = self.session.join(command).expect("an address");
        let text = runtime().block_on(async {
            let request = match body {
                Some(body) => self.client.post(address).body(body.to_string()),
                None => self.client.get(address),
            };
            request.send().await.expect("the driver answers").text().await.expect("a text")
        });
        let answer: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"));
        match answer["value"]["error"].as_str() {
            Some(error) => Err(format!("{error}: {}", answer["value"]["message"])),
            None => Ok(answer["value"].clone()),
        }
    }

    fn open(&self, page: &Url) {
        self.ask("url", Some(&json!({"url": page.as_str()}))).expect("the page opens");
    }

    /// Waits for an element of the page, by its id.
    #[track_caller]
    fn element(&self, id: &str) -> String {
        let start = Instant::now();
        loop {
            let found = self.ask("element", Some(&json!({"using": "css selector", "value": format!("#{id}")})));
            match found {
                Ok(found) => {
                    let mut ids = found.as_object().expect("an element").values();
                    return ids.next().and_then(Value::as_str).expect("an id").to_owned();
                }
                Err(_) if start.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(50)),
                Err(error) => panic!("no #{id} on {}: {error}; the page says {}", self.address(), self.text()),
            }
        }
    }

    #[track_caller]
    fn type_into(&self, id: &str, text: &str) {
        let element = self.element(id);
        self.ask(&format!("element/{element}/value"), Some(&json!({"text": text}))).expect("it takes text");
    }

    #[track_caller]
    fn click(&self, id: &str) {
        let element = self.element(id);
        self.ask(&format!("element/{element}/click"), Some(&json!({}))).expect("it can be clicked");
    }

    fn sign_in(&self, account: &Account) {
        self.type_into("login", &account.principal_name);
        self.type_into("passwd", &account.password);
        self.click("submit");
    }

    fn address(&self) -> Url {
        let address = self.ask("url", None).expect("an address");
        address.as_str().and_then(|address| address.parse().ok()).expect("an address")
    }

    /// What the page says.
    fn text(&self) -> String {
        let script = json!({"script": "return document.body.innerText", "args": []});
        let text = self.ask("execute/sync", Some(&script)).unwrap_or_default();
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the browser has come back to this machine, and returns what it shows there.
    #[track_caller]
    fn back(&self) -> String {
        let start = Instant::now();
        while self.address().host_str() != Some("localhost") {
            assert!(start.elapsed() < PATIENCE, "still on {}: {}", self.address(), self.text());
            std::thread::sleep(Duration::from_millis(50));
        }
        self.text()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let end = self.client.delete(self.session.as_str().trim_end_matches('/')).send();
        // The driver ends the browser with its session, and must not end before.
        let _ended = runtime().block_on(end);
        let _killed = self.driver.kill();
        let _waited = self.driver.wait();
    }
}

/// A desk at which `acme` is configured.
fn desk(tenant: &Tenant, client: &str, settings: &str) -> Desk {
    let mut desk = tenant.desk();
    desk.set("SECRET", tenant.facts().fresh_client_secret);
    let (plugin, domain) = (built().connector.display(), tenant.facts().domain);
    let line = format!(
        "configure acme --plugin {plugin} --set tenant={domain} --set application-id={client} --yes {settings}"
    );
    desk.run(&line).with(0);
    desk
}

const WITH_CONSENT: &str = "--set sign-in=application --set consent=ask --secret-env client-secret=SECRET";

#[test]
fn in_a_real_browser_a_person_signs_in_and_a_forged_answer_before_changes_nothing() {
    let tenant = Tenant::new(small());
    let Some(browser) = Browser::start(&tenant) else { return };
    let facts = tenant.facts();
    let desk = desk(&tenant, &facts.public_client_id, "--set sign-in=browser");
    let mut connect = Asking::of(desk.start("connect acme --no-browser"));
    let page = connect.page();
    let redirect = page.query_pairs().find(|(name, _)| name == "redirect_uri").expect("a redirect").1.into_owned();
    let mut forged = Url::parse(&redirect).expect("an address");
    forged.set_query(Some("code=stolen&state=forged"));
    browser.open(&forged);
    let told = browser.text();
    assert!(!told.contains("You can close"), "a forged answer was taken: {told}");
    browser.open(&page);
    browser.sign_in(&facts.administrator);
    let told = browser.back();
    assert_ne!(told.trim(), "", "the person is told nothing");
    let ended = connect.end().with(0);
    assert!(ended.out.contains(&facts.organization), "{ended:#?}");
    assert_eq!(tenant.control().token_requests().get("authorization_code"), Some(&1));
}

#[test]
fn without_a_browser_its_tests_pass_and_tell_with_a_count_that_they_were_skipped() {
    let tests = std::env::current_exe().expect("a test has a file");
    let ran = Command::new(tests)
        .args(["browser::in_a_real_browser", "--test-threads=1"])
        .env("PATH", "/nowhere")
        .env_remove("JOURNEYS_BROWSER")
        .output()
        .expect("the tests start");
    let told = String::from_utf8(ran.stderr).expect("text");
    assert!(ran.status.success(), "{told}");
    for so_far in 1..=3 {
        assert!(told.contains(&format!("skipped ({so_far} so far): a browser test")), "{told}");
    }
}

#[test]
fn in_a_real_browser_an_administrator_consents() {
    let tenant = Tenant::new(small());
    let Some(browser) = Browser::start(&tenant) else { return };
    let facts = tenant.facts();
    let desk = desk(&tenant, &facts.fresh_client_id, WITH_CONSENT);
    let mut connect = Asking::of(desk.start("connect acme --no-browser"));
    browser.open(&connect.page());
    browser.sign_in(&facts.administrator);
    browser.click("accept");
    browser.back();
    let ended = connect.end().with(0);
    assert!(ended.out.contains("What works"), "{ended:#?}");
}

#[test]
fn in_a_real_browser_a_refused_consent_is_told() {
    let tenant = Tenant::new(small());
    let Some(browser) = Browser::start(&tenant) else { return };
    let facts = tenant.facts();
    let desk = desk(&tenant, &facts.fresh_client_id, WITH_CONSENT);
    let mut connect = Asking::of(desk.start("connect acme --no-browser"));
    browser.open(&connect.page());
    browser.sign_in(&facts.administrator);
    browser.click("cancel");
    browser.back();
    let ended = connect.end();
    assert_ne!(ended.code, 0, "{ended:#?}");
    assert!(ended.err.contains("AADSTS65004") && !ended.out.contains("is connected"), "{ended:#?}");
}
