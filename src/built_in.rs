//! What the connector brings in the place of a reference file: its own tables, in the form of that file.

use crate::catalogue;
use crate::data::{self, Table};
use crate::datasets::prices;
use crate::integrations::own;
use crate::product_names;

/// The table behind a reference file, as CSV; `None` for a name that the manifest does not have.
#[must_use]
pub fn table(file: &str) -> Option<String> {
    match file {
        own::FILE => Some(data::text(Table::Applications).to_owned()),
        prices::FILE => Some(list_prices()),
        product_names::FILE => Some(names()),
        _ => None,
    }
}

fn list_prices() -> String {
    let mut text = "product,amount,currency,valid-from,valid-to,seen,uncertain,source,market,provenance\n".to_owned();
    for price in data::text(Table::ListPrices).lines() {
        for cell in price.split('\t') {
            add(&mut text, cell, ",");
        }
        text.push_str("US,list\n");
    }
    text
}

fn names() -> String {
    let mut text = product_names::COLUMNS.join(",");
    text.push('\n');
    for product in catalogue::products() {
        for plan in product.plans() {
            for cell in [product.name, product.code, product.id, plan.name, plan.id] {
                add(&mut text, cell, ",");
            }
            add(&mut text, plan.title, "\n");
        }
    }
    text
}

/// Adds a cell. None of the tables holds a quotation mark.
fn add(text: &mut String, cell: &str, end: &str) {
    let quote = if cell.contains(',') { "\"" } else { "" };
    for part in [quote, cell, quote, end] {
        text.push_str(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Bench;
    use crate::contract::rows::Row;
    use crate::integrations::catalogue as integrations;
    use crate::manifest;
    use crate::product_names::Names;
    use crate::wire::Wire;

    fn leaked(file: &str) -> Option<&'static str> {
        Some(Box::leak(table(file).unwrap().into_boxed_str()))
    }

    #[test]
    fn every_reference_file_of_the_manifest_has_its_table_and_no_other_name_has_one() {
        for file in manifest::describe().reference_files {
            let table = table(&file.name).unwrap();
            let head: Vec<&str> = table.lines().next().unwrap().split(',').collect();
            assert!(file.required_columns.iter().all(|column| head.contains(&column.as_str())), "{head:?}");
        }
        assert_eq!(table("nothing"), None);
    }

    #[test]
    fn list_prices_that_are_imported_as_they_are_exported_price_the_same() {
        let book = |prices| {
            let mut bench = Bench::new(Wire::default());
            bench.prices = prices;
            let done = bench.finish(prices::ID).unwrap();
            let rows = done.rows.into_iter().map(|row| if let Row::Price(row) = row { row } else { panic!() });
            let rows = rows.map(|row| {
                let of = (row.product, row.amount.micros, row.amount.currency, row.market);
                format!("{of:?} {:?} {:?} {:?}", row.valid_from, row.valid_to, row.provenance)
            });
            let mut rows: Vec<String> = rows.collect();
            rows.sort();
            (rows, done.gaps)
        };
        let (listed, _) = book(None);
        assert!(listed.len() > 20);
        assert_eq!(book(leaked(prices::FILE)), (listed, Vec::new()));
    }

    #[test]
    fn names_that_are_imported_as_they_are_exported_are_those_of_the_catalogue() {
        let mut bench = Bench::new(Wire::default());
        bench.product_names = leaked(product_names::FILE);
        let (names, gap) = Names::read(&bench).unwrap();
        assert_eq!(gap, None);
        let (own, built_in) = (|id: &str| names.product(id, ""), Names::default());
        for product in catalogue::products() {
            assert_eq!(own(product.id), Some(product.name));
            assert!(product.plans().iter().all(|plan| names.plan(plan.id) == built_in.plan(plan.id)));
        }
        assert_eq!(table(product_names::FILE).unwrap().lines().count(), 1 + 5971);
    }

    #[test]
    fn applications_are_imported_as_they_are_exported() {
        let (own, flaws) = integrations::read(table(own::FILE).unwrap().as_bytes());
        assert_eq!(flaws, []);
        assert!(own.len() > 400);
    }
}
