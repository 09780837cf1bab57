//! A database to try, with a connection and rows that are easily made.

use jiff::Timestamp;
use tempfile::TempDir;

use crate::contract::connector::{Gap, Task};
use crate::contract::rows::{ApplicationUse, Group, Notification, Row, SeatHistory, UseKind};
use crate::contract::types::{Delay, Error, Fault, Refusal, Setting};
use crate::seal::Keyring;
use crate::storage::{Connection, ConnectionId, Database};

/// 2026-11-20T10:00:00Z.
pub(crate) const NOW: i64 = 1_795_168_800;

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(NOW + seconds).unwrap()
}

pub(crate) fn keyring() -> Keyring {
    Keyring::derive(&[7; 32])
}

/// A data folder with an open database and a connection called `example`.
pub(crate) struct Sample {
    pub(crate) folder: TempDir,
    pub(crate) database: Database,
    pub(crate) id: ConnectionId,
}

impl Sample {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(folder.path(), keyring()).unwrap();
        let id = database.save_connection(&connection("example")).unwrap();
        Self { folder, database, id }
    }

    /// Drops the database as the end of a process would, and opens it again.
    pub(crate) fn reopen(&mut self) {
        self.database = Database::open(self.folder.path(), keyring()).unwrap();
    }

    /// Publishes these rows as the partition of this task.
    pub(crate) fn publish(&self, task_id: &str, rows: &[Row]) {
        let building = self.database.begin(self.id, &task(task_id), at(0)).unwrap();
        self.database.publish(building, rows, None, &[], at(0)).unwrap();
    }

    /// The bytes of every file of the data folder.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
    }
}

pub(crate) fn connection(name: &str) -> Connection {
    Connection {
        id: ConnectionId(0),
        name: name.to_owned(),
        plugin_path: "/plugins/example.wasm".into(),
        digest: "aa".to_owned(),
        plugin_id: "example".to_owned(),
        settings: vec![Setting::new("region", "eu")],
        origins: Vec::new(),
        account: None,
        account_id: None,
        capabilities: Vec::new(),
        created: at(0),
        connected: None,
        baseline_ended: None,
    }
}

/// A task; its dataset is what stands before the slash.
pub(crate) fn task(id: &str) -> Task {
    let dataset = id.split('/').next().unwrap().to_owned();
    Task { id: id.to_owned(), dataset, needs: Vec::new(), quota: None, parallel: 0, background: false, estimate: None }
}

pub(crate) fn group(id: &str, name: &str) -> Row {
    Row::Group(Group { id: id.to_owned(), name: name.to_owned(), products: Vec::new() })
}

pub(crate) fn use_of(application: &str, sign_ins: u64, first: i64, last: i64, name: Option<&str>) -> Row {
    Row::ApplicationUse(ApplicationUse {
        application: application.to_owned(),
        application_name: name.map(str::to_owned),
        user: "u1".to_owned(),
        principal_name: None,
        day: 20_777,
        how: UseKind::Interactive,
        sign_ins,
        failures: 1,
        first: NOW + first,
        last: NOW + last,
    })
}

pub(crate) fn news(id: &str, title: &str, baseline: bool) -> Row {
    Row::Notification(Notification {
        id: id.to_owned(),
        topic: "new-application".to_owned(),
        subject: id.to_owned(),
        title: title.to_owned(),
        body: String::new(),
        at: NOW,
        baseline,
    })
}

pub(crate) fn seats(product: &str, assigned: u64) -> Row {
    Row::SeatHistory(SeatHistory { product: product.to_owned(), day: 20_777, enabled: 10, assigned })
}

pub(crate) fn fault(message: &str) -> Fault {
    Fault { message: message.to_owned(), mend: None, code: Some("E17".to_owned()), request_id: None }
}

pub(crate) fn forbidden() -> Error {
    Error::Forbidden(Refusal { fault: fault("The service refuses."), permission: "Members.Read".to_owned() })
}

pub(crate) fn unavailable() -> Error {
    Error::Unavailable(Delay { fault: fault("The service is down."), retry_after: Some(30) })
}

pub(crate) fn gap(dataset: &str, field: &str) -> Gap {
    let field = Some(field.to_owned());
    Gap { dataset: dataset.to_owned(), field, cause: forbidden(), mend: "Grant Members.Read.".to_owned() }
}
