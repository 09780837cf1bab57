//! What a seat costs: the customer's own prices where there are any, and Microsoft's list prices elsewhere.
//!
//! No network: products come from the store, list prices from the connector's dated table, and own prices from the
//! reference file `prices`. Where the customer gives prices of a product that hold today, list prices of it are left
//! out. Free products and trials have no price.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error as Explain;

use crate::catalogue;
use crate::contract::connector::{Gap, Outcome, Step, Task};
use crate::contract::manifest::{Dataset, FileFormat, ReferenceFile, Verb};
use crate::contract::rows::{Kind, Price, Product, Provenance, Row, Tier};
use crate::contract::types::{Day, Error, Money, Problem};
use crate::datasets::{columns, gap, permissions};
use crate::fault;
use crate::money::{self, AmountError};
use crate::reports::csv::{Cells, Column, Report};
use crate::step::{self, Env, Store};
use crate::time;

/// The id of the dataset.
pub const ID: &str = "prices";

/// The name of the customer's price file.
pub const FILE: &str = "prices";

/// The longest price file that is read.
const CAP: usize = 8 * 1024 * 1024;

/// Problems of the price file that are told one by one.
const TOLD: usize = 20;

/// The columns of the price file.
struct Columns {
    product: Column,
    amount: Column,
    currency: Column,
    market: Option<Column>,
    term_months: Option<Column>,
    billing: Option<Column>,
    valid_from: Option<Column>,
    valid_to: Option<Column>,
    provenance: Option<Column>,
    source: Option<Column>,
}

/// Why a line of the price file is no price.
#[derive(Debug, Explain)]
enum LineError {
    #[error("the amount \"{0}\" {1}")]
    Amount(String, AmountError),
    #[error("\"{0}\" is no currency of three capital letters")]
    Currency(String),
    #[error("\"{0}\" is no number of months")]
    Term(String),
    #[error("\"{0}\" is no day such as 2026-11-20")]
    Day(String),
    #[error("\"{0}\" is neither contract nor invoice")]
    Provenance(String),
    #[error("the {0} is missing")]
    Missing(&'static str),
}

/// What the dataset is.
#[must_use]
pub fn describe() -> Dataset {
    Dataset {
        id: ID.to_owned(),
        title: "Prices".to_owned(),
        help: "The price of one seat for one month: the customer's own, or else the list price in US dollars."
            .to_owned(),
        verb: Verb::Collect,
        kinds: vec![Kind::Price],
        columns: columns(&[
            ("product", "The SKU id."),
            ("amount", "The price of one seat for one month."),
            ("market", "The country for which a list price holds."),
            ("term-months", "The months of commitment for which it holds."),
            ("billing", "How it is paid."),
            ("valid-from", "The first day on which it holds."),
            ("valid-to", "The last day on which it holds."),
            ("provenance", "list-price, contract or invoice."),
            ("source", "Where the figure was read."),
            ("uncertain", "The source stands alone, is old, or is contradicted."),
        ]),
        permissions: permissions(&[&[]]),
        licence: None,
    }
}

/// The reference file with the customer's own prices.
#[must_use]
pub fn reference_file() -> ReferenceFile {
    ReferenceFile {
        name: FILE.to_owned(),
        title: "Own prices".to_owned(),
        format: FileFormat::Csv,
        required_columns: ["product", "amount", "currency"].map(str::to_owned).to_vec(),
        help: "CSV with a heading. product (string id such as SPE_E3, or SKU id), amount (of one seat for one month, \
               such as 34.50) and currency (such as EUR) are required; market, term-months, billing, valid-from, \
               valid-to (days such as 2026-07-01), provenance (contract or invoice; contract when empty) and source \
               may be left out.\nExample:\nproduct,amount,currency,valid-from,provenance,source\n\
               SPE_E3,34.50,EUR,2026-01-01,contract,Agreement 4711"
            .to_owned(),
    }
}

/// Writes the prices that hold today.
///
/// # Errors
/// `storage` when the host cannot give products or the price file.
pub fn step(env: &Env, _: &Task, _: Option<&[u8]>, _: Option<&[u8]>) -> Result<Step, Error> {
    let today = env.today();
    let (own, mut gaps) = match file(env.store)? {
        Some(bytes) => own_prices(&bytes, today),
        None => (BTreeMap::new(), Vec::new()),
    };
    let (mut rows, mut unpriced) = (Vec::new(), BTreeSet::new());
    for row in step::all(env.store, Kind::Product)? {
        let Row::Product(product) = row else { continue };
        if product.tier != Tier::Paid {
            continue;
        }
        let prices = prices(&product, &own, today);
        if prices.is_empty() {
            unpriced.insert(product.code);
        }
        rows.extend(prices.into_iter().map(Row::Price));
    }
    env.sink.emit(rows)?;
    gaps.extend(no_price(&unpriced));
    Ok(Step { outcome: Outcome::Done(None), gaps })
}

/// The prices of a product: its own, or else those of the list.
fn prices(product: &Product, own: &BTreeMap<String, Vec<Price>>, today: Day) -> Vec<Price> {
    let by = |name: &str| own.get(&name.to_ascii_lowercase()).into_iter().flatten();
    let own: Vec<Price> = by(&product.id)
        .chain(by(&product.code))
        .map(|price| Price { product: product.id.clone(), ..price.clone() })
        .collect();
    if own.is_empty() { catalogue::list_prices(&product.id, &product.code, today) } else { own }
}

fn no_price(codes: &BTreeSet<String>) -> Option<Gap> {
    if codes.is_empty() {
        return None;
    }
    let names: Vec<&str> = codes.iter().map(String::as_str).collect();
    let message = format!("No price is known of: {}.", names.join(", "));
    let mend = "Give their prices in the reference file \"prices\".";
    Some(gap(ID, Some("amount"), Error::NotFound(fault::sentence(&message)), mend))
}

/// The whole price file; `None` when the customer gave none.
fn file(store: &dyn Store) -> Result<Option<Vec<u8>>, Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = store.reference(FILE, bytes.len() as u64)? {
        if chunk.is_empty() {
            return Ok(Some(bytes));
        }
        bytes.extend(chunk);
        if bytes.len() > CAP {
            let message = format!("The reference file \"{FILE}\" is longer than {CAP} bytes.");
            return Err(fault::other(&message, "Leave out what is not needed."));
        }
    }
    Ok(if bytes.is_empty() { None } else { Some(bytes) })
}

/// The customer's prices that hold today, by product in lower case, and what is wrong with the file.
fn own_prices(bytes: &[u8], today: Day) -> (BTreeMap<String, Vec<Price>>, Vec<Gap>) {
    let (mut prices, mut problems) = (BTreeMap::<String, Vec<Price>>::new(), Vec::new());
    let read = Report::open(bytes, "The price file").and_then(|mut file| {
        let columns = Columns::find(&file)?;
        let mut place = 0;
        while let Some(cells) = file.next_row()? {
            place += 1;
            match columns.price(&cells) {
                Ok(price) if holds(&price, today) => {
                    prices.entry(price.product.to_ascii_lowercase()).or_default().push(price);
                }
                Ok(_) => {}
                Err(error) => problems.push(format!("In entry {place} of the price file, {error}.")),
            }
        }
        Ok(())
    });
    let mend = "Give the file a heading with product, amount and currency, and separate cells by commas.";
    let unread = read.err().map(|cause| gap(ID, Some("amount"), cause, mend));
    (prices, refused(problems).into_iter().chain(unread).collect())
}

fn refused(mut problems: Vec<String>) -> Vec<Gap> {
    if problems.is_empty() {
        return Vec::new();
    }
    let more = problems.len().saturating_sub(TOLD);
    problems.truncate(TOLD);
    if more > 0 {
        problems.push(format!("{more} more entries are wrong."));
    }
    let mend = "Correct these entries of the reference file \"prices\"; the others are used.";
    let problems = problems
        .into_iter()
        .map(|wrong| Problem { field: FILE.to_owned(), wrong, mend: "Correct the entry.".to_owned() })
        .collect();
    vec![gap(ID, Some("amount"), Error::InvalidSettings(problems), mend)]
}

fn holds(price: &Price, on: Day) -> bool {
    price.valid_from.is_none_or(|from| from <= on) && price.valid_to.is_none_or(|to| on <= to)
}

impl Columns {
    fn find(file: &Report<'_>) -> Result<Self, Error> {
        Ok(Self {
            product: file.required("product")?,
            amount: file.required("amount")?,
            currency: file.required("currency")?,
            market: file.column("market"),
            term_months: file.column("term-months"),
            billing: file.column("billing"),
            valid_from: file.column("valid-from"),
            valid_to: file.column("valid-to"),
            provenance: file.column("provenance"),
            source: file.column("source"),
        })
    }

    fn price(&self, cells: &Cells<'_>) -> Result<Price, LineError> {
        let text = |column: Option<Column>| column.and_then(|column| cells.text(column));
        let needed = |column, name| cells.text(column).ok_or(LineError::Missing(name));
        let amount = needed(self.amount, "amount")?;
        let micros = money::micros(&amount).map_err(|error| LineError::Amount(amount, error))?;
        let currency = needed(self.currency, "currency")?;
        if currency.len() != 3 || !currency.bytes().all(|letter| letter.is_ascii_uppercase()) {
            return Err(LineError::Currency(currency));
        }
        Ok(Price {
            product: needed(self.product, "product")?,
            amount: Money { micros, currency },
            market: text(self.market),
            term_months: match text(self.term_months) {
                None => None,
                Some(months) => Some(months.parse().map_err(|_| LineError::Term(months))?),
            },
            billing: text(self.billing),
            valid_from: day(text(self.valid_from))?,
            valid_to: day(text(self.valid_to))?,
            provenance: match text(self.provenance) {
                None => Provenance::Contract,
                Some(word) if word.eq_ignore_ascii_case("contract") => Provenance::Contract,
                Some(word) if word.eq_ignore_ascii_case("invoice") => Provenance::Invoice,
                Some(word) => return Err(LineError::Provenance(word)),
            },
            source: text(self.source).unwrap_or_else(|| format!("reference file \"{FILE}\"")),
            uncertain: false,
        })
    }
}

fn day(text: Option<String>) -> Result<Option<Day>, LineError> {
    match text {
        None => Ok(None),
        Some(text) => time::day(&text).map(Some).ok_or(LineError::Day(text)),
    }
}

#[cfg(test)]
#[path = "prices_tests.rs"]
mod tests;
