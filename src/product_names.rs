//! Names for people of products and service plans: the customer's file goes before the connector's catalogue.
//!
//! The file is Microsoft's "Product names and service plan identifiers for licensing" as it is published: one line for
//! each service plan of each product. Names are found by GUID, since string ids are shared and change.

use std::collections::BTreeMap;

use crate::catalogue;
use crate::contract::connector::Gap;
use crate::contract::manifest::{FileFormat, ReferenceFile};
use crate::contract::rows::Tier;
use crate::contract::types::Error;
use crate::datasets::{gap, subscriptions};
use crate::reference;
use crate::reports::csv::Report;
use crate::step::Store;

/// The name of the file.
pub const FILE: &str = "product-names";

/// The columns of the file, as Microsoft spells them.
pub const COLUMNS: [&str; 6] = [
    "Product_Display_Name",
    "String_Id",
    "GUID",
    "Service_Plan_Name",
    "Service_Plan_Id",
    "Service_Plans_Included_Friendly_Names",
];

/// Names, by GUID or string id in lower case.
#[derive(Default)]
pub struct Names {
    products: BTreeMap<String, String>,
    plans: BTreeMap<String, String>,
}

/// The reference file as the manifest tells it.
#[must_use]
pub fn reference_file() -> ReferenceFile {
    let [name, code, guid, ..] = COLUMNS;
    ReferenceFile {
        name: FILE.to_owned(),
        title: "Names of products and service plans".to_owned(),
        format: FileFormat::Csv,
        required_columns: [name, code, guid].map(str::to_owned).to_vec(),
        help: format!(
            "Microsoft's CSV \"Product names and service plan identifiers for licensing\", as it is published: {}. The \
             last three may be left out. Its names go before those that the connector brings: 620 products and 796 \
             service plans, as of 2026-06-24.\nExample:\n\
             {name},{code},{guid}\nMicrosoft 365 E3,SPE_E3,05e9a617-0261-4cee-bb44-138d3ef5d965",
            COLUMNS.join(", ")
        ),
    }
}

impl Names {
    /// Reads the customer's file, when there is one. A file that cannot be used is a gap, and the catalogue serves.
    ///
    /// # Errors
    /// `storage` when the host cannot give the file.
    pub fn read(store: &dyn Store) -> Result<(Self, Option<Gap>), Error> {
        let Some(bytes) = reference::file(store, FILE)? else { return Ok((Self::default(), None)) };
        let mut names = Self::default();
        let read = names.fill(&bytes);
        let mend = "Import the table as Microsoft publishes it: CSV with commas and its heading.";
        let unread = read.err().map(|cause| gap(subscriptions::ID, Some("name"), cause, mend));
        Ok((names, unread))
    }

    fn fill(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let mut file = Report::open(bytes, "The file of product names")?;
        let [name, code, guid, plan_name, plan, title] = COLUMNS;
        let (name, code, guid) = (file.required(name)?, file.required(code)?, file.required(guid)?);
        let [plan_name, plan, title] = [plan_name, plan, title].map(|column| file.column(column));
        while let Some(cells) = file.next_row()? {
            let text = |column: Option<_>| column.and_then(|column| cells.text(column));
            let key = |column| text(column).map(|text| text.to_ascii_lowercase());
            if let Some(name) = cells.text(name) {
                for key in [key(Some(guid)), key(Some(code))].into_iter().flatten() {
                    self.products.entry(key).or_insert_with(|| name.clone());
                }
            }
            if let (Some(plan), Some(title)) = (key(plan), text(title).or_else(|| text(plan_name))) {
                self.plans.entry(plan).or_insert(title);
            }
        }
        Ok(())
    }

    /// The name of a product, by its SKU id, else its string id.
    #[must_use]
    pub fn product(&self, id: &str, code: &str) -> Option<&str> {
        let own = |key: &str| self.products.get(&key.to_ascii_lowercase()).map(String::as_str);
        let built_in = || catalogue::product(id, code).map(|known| known.name);
        own(id).or_else(|| own(code)).or_else(built_in)
    }

    /// The name of a service plan, by its id.
    #[must_use]
    pub fn plan(&self, id: &str) -> Option<&str> {
        let own = self.plans.get(&id.to_ascii_lowercase()).map(String::as_str);
        own.or_else(|| catalogue::service_plan(id).map(|plan| plan.title))
    }

    /// As [`catalogue::tier`]; what only the customer's file knows is paid for unless its name says otherwise.
    #[must_use]
    pub fn tier(&self, id: &str, code: &str, seats: u64) -> Tier {
        let tier = catalogue::tier(id, code, seats);
        if tier != Tier::Unknown || catalogue::product(id, code).is_some() {
            return tier;
        }
        let Some(name) = self.product(id, code) else { return tier };
        let words = name.to_ascii_lowercase();
        match words.split(|letter: char| !letter.is_ascii_alphanumeric()).find(|word| ["trial", "free"].contains(word))
        {
            Some("trial") => Tier::Trial,
            Some(_) => Tier::Free,
            None => Tier::Paid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Bench;
    use crate::wire::Wire;

    /// As Microsoft publishes it: a byte order mark, `CRLF`, letters of Windows-1252, and a plan in a line of its own.
    const PUBLISHED: &str = "\u{feff}Product_Display_Name,String_Id,GUID,Service_Plan_Name,Service_Plan_Id,\
        Service_Plans_Included_Friendly_Names\r\n\
        Shop E3,SPE_E3,05E9A617-0261-4cee-bb44-138d3ef5d965,EXCHANGE_S_ENTERPRISE,EFB87545-963c-4e0d-99df-69c6916d9eb0,\
        Shop Mail\r\n\
        Shop E3,SPE_E3,05e9a617-0261-4cee-bb44-138d3ef5d965,SWAY,a23b959c-7ce8-4e57-9140-b90eb88a9e97,Shop Sway\r\n\
        Brand New Plan,BRAND_NEW,11111111-2222-3333-4444-555555555555,,,\r\n\
        Brand New Trial,BRAND_NEW_T,11111111-2222-3333-4444-666666666666,,,\r\n\
        Freedom,FREEDOM,11111111-2222-3333-4444-777777777777,,,\r\n";

    fn names(file: Option<&'static str>) -> (Names, Option<Gap>) {
        let mut bench = Bench::new(Wire::default());
        bench.product_names = file;
        Names::read(&bench).unwrap()
    }

    #[test]
    fn names_of_the_file_go_before_those_of_the_catalogue() {
        let (own, gap) = names(Some(PUBLISHED));
        assert_eq!(gap, None);
        let e3 = "05e9a617-0261-4cee-bb44-138d3ef5d965";
        assert_eq!(own.product(e3, "OTHER"), Some("Shop E3"));
        assert_eq!(own.product("other", "spe_e3"), Some("Shop E3"));
        assert_eq!(own.product("other", "SPE_E5"), Some("Microsoft 365 E5"));
        assert_eq!(own.plan("efb87545-963C-4e0d-99df-69c6916d9eb0"), Some("Shop Mail"));
        assert_eq!(own.plan("a23b959c-7ce8-4e57-9140-b90eb88a9e97"), Some("Shop Sway"));
        assert_eq!(own.plan("41781fb2-bc02-4b7c-bd55-b576c07bb09d"), Some("Microsoft Entra ID P1"));
        let (none, gap) = names(None);
        assert_eq!((none.product(e3, "OTHER"), gap), (Some("Microsoft 365 E3"), None));
    }

    #[test]
    fn what_only_the_file_knows_is_paid_for_unless_its_name_says_otherwise() {
        let (own, _) = names(Some(PUBLISHED));
        let (none, _) = names(None);
        for (code, tier) in [
            ("BRAND_NEW", Tier::Paid),
            ("BRAND_NEW_T", Tier::Trial),
            ("FREEDOM", Tier::Paid),
            ("NOBODY_KNOWS", Tier::Unknown),
            ("FLOW_FREE", Tier::Free),
        ] {
            assert_eq!(own.tier("x", code, 5), tier, "{code}");
        }
        assert_eq!(none.tier("x", "BRAND_NEW", 5), Tier::Unknown);
        // The catalogue says of a preview that it does not know, and a file of names does not know more.
        assert_eq!(own.tier("x", "CPC_LVL_1", 25), Tier::Unknown);
    }

    #[test]
    fn the_help_says_what_the_connector_brings() {
        let brought = format!(
            "{} products and {} service plans",
            catalogue::products().count(),
            catalogue::service_plans().count()
        );
        assert!(reference_file().help.contains(&brought), "{brought}");
    }

    #[test]
    fn a_file_without_its_columns_is_told_and_the_catalogue_serves() {
        let (own, gap) = names(Some("name;guid\nx;y\n"));
        assert_eq!(own.product("x", "SPE_E3"), Some("Microsoft 365 E3"));
        let Some(Gap { cause: Error::Protocol(fault), .. }) = &gap else { panic!("{gap:?}") };
        assert!(fault.message.contains("Product_Display_Name"), "{}", fault.message);
    }
}
