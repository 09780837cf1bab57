//! The customer's own list of applications, a reference file of the shape of the project's.

use super::catalogue::{self, Application};
use crate::contract::connector::Gap;
use crate::contract::manifest::{FileFormat, ReferenceFile};
use crate::contract::types::{Error, Problem};
use crate::datasets::{applications as dataset, gap};
use crate::fault;
use crate::step::Store;

/// The name of the reference file.
pub(crate) const FILE: &str = "applications";

/// The longest list: some ten thousand applications.
const CAP: usize = 4 * 1024 * 1024;

/// Problems that are told one by one.
const TOLD: usize = 20;

/// What the file is.
#[must_use]
pub fn reference_file() -> ReferenceFile {
    ReferenceFile {
        name: FILE.to_owned(),
        title: "Own applications".to_owned(),
        format: FileFormat::Csv,
        required_columns: ["id", "names"].map(str::to_owned).to_vec(),
        help: "Applications that the built-in list does not know, or knows otherwise. Optional columns: category, \
               publishers, domains, application-ids, template-ids, connector. Lists are separated by semicolons.\n\
               Example:\nid,names,category,domains,connector\nour-crm,Our CRM;Kundenkartei,crm,crm.example,"
            .to_owned(),
    }
}

/// The customer's applications, and what is wrong with the list.
///
/// # Errors
/// `storage` when the host cannot read it; `other` when it is too long.
pub(crate) fn read(store: &dyn Store) -> Result<(Vec<Application>, Vec<Gap>), Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = store.reference(FILE, bytes.len() as u64)? {
        if chunk.is_empty() {
            break;
        }
        bytes.extend(chunk);
        if bytes.len() > CAP {
            let message = format!("The reference file \"{FILE}\" is longer than {CAP} bytes.");
            return Err(fault::other(&message, "Leave out what is not needed."));
        }
    }
    let (applications, mut flaws) = catalogue::read(&bytes);
    let more = flaws.len().saturating_sub(TOLD);
    flaws.truncate(TOLD);
    let problem = |wrong: String| Problem { field: FILE.to_owned(), wrong, mend: "Correct the entry.".to_owned() };
    let mut problems: Vec<Problem> = flaws.iter().map(|flaw| problem(flaw.to_string())).collect();
    if more > 0 {
        problems.push(problem(format!("{more} more entries are wrong.")));
    }
    if problems.is_empty() {
        return Ok((applications, Vec::new()));
    }
    let mend = "Correct these entries of the reference file \"applications\"; the others are used.";
    Ok((applications, vec![gap(dataset::ID, Some("integration"), Error::InvalidSettings(problems), mend)]))
}
