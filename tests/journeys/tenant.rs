//! A simulated tenant, and desks from which it is reached.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use simulator::{Account, Control, Facts, Options, Simulator};
use tokio::runtime::Runtime;

use crate::built::built;
use crate::desk::{Desk, Ended};
use crate::robot::{Asking, Consent, Robot};

/// Where simulated services run.
pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().expect("a runtime"))
}

/// A tenant small enough for a journey of a few seconds. Its clock stands still, so that two collections see the same.
pub fn small() -> Options {
    Options { users: 120, stopped: true, ..Options::default() }
}

/// A running simulator.
pub struct Tenant {
    simulator: Simulator,
}

impl Tenant {
    /// Starts a simulator.
    pub fn new(options: Options) -> Tenant {
        let simulator = runtime().block_on(Simulator::start(options)).expect("the simulator starts");
        Tenant { simulator }
    }

    /// What a client must know.
    pub fn facts(&self) -> Facts {
        self.simulator.facts()
    }

    /// Where it listens.
    pub fn address(&self) -> std::net::SocketAddr {
        self.simulator.address()
    }

    /// By which a browser knows its certificate: SHA-256 of the public key in base64.
    pub fn public_key_hash(&self) -> &str {
        self.simulator.public_key_hash()
    }

    /// The handle to change it.
    pub fn control(&self) -> Control {
        self.simulator.control()
    }

    /// A desk from which the tenant is reached.
    pub fn desk(&self) -> Desk {
        let facts = self.facts();
        let mut desk = Desk::new(&facts.hosts, self.simulator.address(), self.simulator.ca_pem());
        desk.set("SECRET", facts.client_secret);
        desk
    }

    /// A person of the tenant at a browser.
    pub fn robot(&self, account: Account, consent: Consent) -> Robot {
        Robot::new(&self.facts().hosts, self.simulator.address(), self.simulator.ca_pem(), account, consent)
    }

    /// Runs a command that asks for one page after the other, on each of which a person does what it asks.
    #[track_caller]
    pub fn led(&self, desk: &Desk, line: &str, person: &Account, pages: usize) -> Ended {
        let robot = self.robot(person.clone(), Consent::Accept);
        let mut asking = Asking::of(desk.start(line));
        for _ in 0..pages {
            let back = runtime().block_on(robot.browse(&asking.page()));
            runtime().block_on(robot.arrive(back));
        }
        asking.end()
    }

    /// Runs a command that shows a code, which a person enters on another machine.
    #[track_caller]
    pub fn led_by_code(&self, desk: &Desk, line: &str, person: &Account) -> Ended {
        let mut asking = Asking::of(desk.start(line));
        self.enter_code(&mut asking, person);
        asking.end()
    }

    /// Enters the next code that a command shows.
    #[track_caller]
    pub fn enter_code(&self, asking: &mut Asking, person: &Account) {
        let robot = self.robot(person.clone(), Consent::Accept);
        let (page, code) = (asking.page(), asking.code());
        let shown = runtime().block_on(robot.enter_code(&page, &code));
        assert!(shown.contains("You have signed in"), "{shown}");
    }

    /// The words that configure the connection `acme` to sign in as the application.
    pub fn configure(&self) -> String {
        self.configure_as("acme", &self.facts().client_id, "--secret-env client-secret=SECRET")
    }

    /// The words that configure a connection to sign in through an application in some way.
    pub fn configure_as(&self, name: &str, client: &str, way: &str) -> String {
        format!(
            "configure {name} --plugin {} --set tenant={} --set application-id={client} --set history-days=3 {way} --yes",
            built().connector.display(),
            self.facts().domain,
        )
    }

    /// A desk at which `acme` is configured and connected.
    pub fn connected(&self) -> Desk {
        let desk = self.desk();
        desk.run(&self.configure()).with(0);
        desk.run("connect acme").with(0);
        desk
    }

    /// A desk at which `acme` was run once.
    pub fn collected(&self) -> (Desk, Ended) {
        let desk = self.connected();
        let ended = desk.run("run acme").with(0);
        (desk, ended)
    }

    /// Requests whose path and query hold a text.
    pub fn requests(&self, text: &str) -> Vec<String> {
        let log = self.control().requests();
        let targets = log.into_iter().map(|request| format!("{}?{}", request.path, request.query));
        targets.filter(|target| target.contains(text)).collect()
    }

    /// Waits until so many requests hold a text.
    #[track_caller]
    pub fn wait_for(&self, text: &str, many: usize) {
        let start = Instant::now();
        while self.requests(text).len() < many {
            assert!(start.elapsed() < Duration::from_secs(60), "only {:?}", self.requests(text));
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
