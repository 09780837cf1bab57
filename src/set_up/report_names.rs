//! The names in usage reports, which a tenant conceals unless an administrator says otherwise: shown on request, and
//! concealed again.
//!
//! Facts: `adminreportsettings-get` and `adminreportsettings-update` of the Graph documentation. Only the global cloud has
//! the setting.

use serde_json::{Value, json};

use super::directory::Trouble;
use super::record;
use super::work::Work;
use crate::proof;

const SETTINGS: &str = "/admin/reportSettings";

impl Work<'_> {
    /// Lets the names be shown, and keeps in mind that they were concealed before.
    pub(super) fn show_names(&mut self) -> Result<(), Trouble> {
        if !self.wish.shows_names {
            return Ok(());
        }
        let line = [record::NAMES.to_owned()];
        if self.conceals()? {
            self.begins(&line);
            self.conceal("Show the names in usage reports", false)?;
        }
        if self.has_begun(record::NAMES) {
            self.records(&line);
        }
        Ok(())
    }

    /// Conceals again what an earlier run let be shown.
    pub(super) fn conceal_names(&mut self) -> Result<(), Trouble> {
        if !self.wish.record.holds(record::NAMES) {
            return Ok(());
        }
        if !self.conceals()? {
            self.conceal("Conceal the names in usage reports again", true)?;
        }
        self.strikes(&[record::NAMES.to_owned()]);
        Ok(())
    }

    fn conceals(&self) -> Result<bool, Trouble> {
        let settings = self.directory.find(&self.memory, SETTINGS)?;
        Ok(settings.and_then(|settings| proof::concealment(&settings)) == Some(true))
    }

    fn conceal(&mut self, what: &str, conceals: bool) -> Result<(), Trouble> {
        let _answer: Value = self.change(what, "PATCH", SETTINGS, &json!({"displayConcealedNames": conceals}))?;
        Ok(())
    }
}
