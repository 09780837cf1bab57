//! What a seat costs: the customer's own prices where there are any, and Microsoft's list prices elsewhere.
//!
//! No network: products come from the store, list prices from the connector's dated table, and own prices from the
//! reference file `prices`. All of them are written that hold today or later, each with where it comes from: who asks for
//! the price of a day takes a contract before an invoice, and an invoice before a list. Free products and trials have no
//! price.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use thiserror::Error as Explain;

use crate::catalogue;
use crate::contract::connector::{Gap, Outcome, Step, Task};
use crate::contract::manifest::{Dataset, FileFormat, ReferenceFile, Verb};
use crate::contract::rows::{Kind, Price, Provenance, Row, Tier};
use crate::contract::types::{Day, Error, Money};
use crate::datasets::{columns, gap, permissions};
use crate::fault;
use crate::money::{self, AmountError};
use crate::order;
use crate::reference;
use crate::reports::csv::{Cells, Column, Report};
use crate::step::{self, Env};
use crate::time;

/// The id of the dataset.
pub const ID: &str = "prices";

/// The name of the customer's price file.
pub const FILE: &str = "prices";

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
    #[error("\"{0}\" is no country of two letters")]
    Market(String),
    #[error("the last day lies before the first")]
    Backwards,
    #[error("\"{0}\" is neither contract nor invoice nor list")]
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
        help:
            "The price of one seat for one month, with its time and where it comes from: the customer's own, and list \
               prices in US dollars."
                .to_owned(),
        verb: Verb::Collect,
        kinds: vec![Kind::Price],
        columns: columns(&[
            ("product", "The SKU id."),
            ("amount", "The price of one seat for one month."),
            ("market", "The country for which it holds; empty: everywhere."),
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
               such as 34.50) and currency (such as EUR) are required; market (two letters), term-months, billing, \
               valid-from, valid-to (days such as 2026-07-01), provenance (contract, invoice or list; contract when \
               empty) and source may be left out. A contract goes before an invoice, and an invoice before a list.\n\
               Example:\nproduct,amount,currency,valid-from,provenance,source\n\
               SPE_E3,34.50,EUR,2026-01-01,contract,Agreement 4711"
            .to_owned(),
    }
}

/// Writes the price book: every price that holds today or later, of the products of the tenant and of those that the
/// list or the file prices.
///
/// # Errors
/// `storage` when the host cannot give products or the price file.
pub fn step(env: &Env, _: &Task, _: Option<&[u8]>, _: Option<&[u8]>) -> Result<Step, Error> {
    let today = env.today();
    let (mut own, mut gaps) = match reference::file(env.store, FILE)? {
        Some(bytes) => Own::read(&bytes),
        None => (Own::default(), Vec::new()),
    };
    let (mut rows, mut unpriced, mut known) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for row in step::all(env.store, Kind::Product)? {
        let Row::Product(product) = row else { continue };
        known.extend([product.id.to_ascii_lowercase(), product.code.to_ascii_lowercase()]);
        let prices = own.book(&product.id, &product.code, today);
        if product.tier != Tier::Paid {
            continue;
        }
        if !prices.iter().any(|price| money::holds(price, today)) {
            unpriced.insert(product.code);
        }
        rows.extend(prices.into_iter().map(Row::Price));
    }
    // What the tenant has not bought is priced as well: it may be what takes the place of something dearer.
    for listed in catalogue::products() {
        if known.contains(listed.id) || known.contains(&listed.code.to_ascii_lowercase()) {
            continue;
        }
        let prices = own.book(listed.id, listed.code, today);
        if !prices.is_empty() && catalogue::tier(listed.id, listed.code, 0) == Tier::Paid {
            rows.extend(prices.into_iter().map(Row::Price));
        }
    }
    env.sink.emit(rows)?;
    gaps.extend(own.problems());
    gaps.extend(no_price(&unpriced));
    Ok(Step { outcome: Outcome::Done(None), gaps })
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

/// A line of the customer's file.
struct Entry {
    line: usize,
    price: Price,
}

/// The customer's file.
#[derive(Default)]
struct Own {
    /// By product as it is written, in lower case.
    prices: BTreeMap<String, Vec<Entry>>,
    /// Products that were asked for.
    met: BTreeSet<String>,
    /// What is wrong, by line.
    wrong: BTreeMap<usize, String>,
}

impl Own {
    /// Reads the file, and says why it cannot be read when it cannot.
    fn read(bytes: &[u8]) -> (Self, Vec<Gap>) {
        let mut own = Self::default();
        let read = Report::open(bytes, "The price file").and_then(|mut file| {
            let columns = Columns::find(&file)?;
            while let Some(cells) = file.next_row()? {
                let line = reference::line(bytes, cells.start());
                match columns.price(&cells) {
                    Ok(price) => {
                        let of_product = own.prices.entry(price.product.to_ascii_lowercase()).or_default();
                        of_product.push(Entry { line, price });
                    }
                    Err(error) => own.tell(line, &error.to_string()),
                }
            }
            Ok(())
        });
        let mend = "Give the file a heading with product, amount and currency, and separate cells by commas.";
        let unread = read.err().map(|cause| gap(ID, Some("amount"), cause, mend));
        (own, unread.into_iter().collect())
    }

    fn tell(&mut self, line: usize, wrong: &str) {
        self.wrong.insert(line, format!("In line {line} of the price file, {wrong}."));
    }

    /// The prices of a product that hold on a day or later: its own and those of the list. Of lines that price the same
    /// thing, the lowest counts, whatever their order.
    fn book(&mut self, id: &str, code: &str, today: Day) -> Vec<Price> {
        let mut names = BTreeSet::new();
        names.extend([id.to_ascii_lowercase(), code.to_ascii_lowercase()]);
        let entries: Vec<&Entry> = names.iter().filter_map(|name| self.prices.get(name)).flatten().collect();
        // Equal lines differ in nothing but their number.
        let order = order::places(&entries, &|one, other| {
            let prices = key(&one.price).cmp(&key(&other.price)).then(rest(&one.price).cmp(&rest(&other.price)));
            prices.then(one.line.cmp(&other.line))
        });
        let entries = order.iter().filter_map(|place| entries.get(*place).copied());
        let (mut book, mut again): (Vec<Price>, Vec<(usize, usize)>) = (Vec::new(), Vec::new());
        let mut last: Option<&Entry> = None;
        for entry in entries {
            match last.filter(|last| key(&last.price) == key(&entry.price)) {
                Some(first) => again.push((entry.line, first.line)),
                None => {
                    last = Some(entry);
                    book.push(Price { product: id.to_owned(), ..entry.price.clone() });
                }
            }
        }
        for (line, first) in again {
            self.tell(line, &format!("the same is priced as in line {first}; the lower price is used"));
        }
        self.met.extend(names);
        let mut listed = catalogue::price_list(id, code);
        listed.retain(|listed| !book.iter().any(|own| key(own) == key(listed)));
        book.extend(listed);
        book.retain(|price| price.valid_to.is_none_or(|to| today <= to));
        book
    }

    /// What is wrong with the file, once all products were asked for.
    fn problems(&mut self) -> Option<Gap> {
        let strange = self.prices.iter().filter(|(product, _)| !self.met.contains(*product));
        let strange: Vec<(usize, String)> = strange
            .flat_map(|(_, entries)| entries)
            .map(|entry| (entry.line, format!("\"{}\" is no product that is known", entry.price.product)))
            .collect();
        for (line, wrong) in strange {
            self.tell(line, &wrong);
        }
        let wrong = mem::take(&mut self.wrong).into_values().collect();
        reference::refused(ID, "amount", FILE, wrong)
    }
}

/// What tells one price of a product from another: the key of its row without the product.
type Key<'a> = (u8, &'a str, Option<&'a str>, Option<u16>, Option<&'a str>, Option<Day>);

fn key(price: &Price) -> Key<'_> {
    let provenance = price.provenance as u8;
    let (market, billing) = (price.market.as_deref(), price.billing.as_deref());
    (provenance, &price.amount.currency, market, price.term_months, billing, price.valid_from)
}

/// What decides between two prices of one key.
fn rest(price: &Price) -> (i64, Option<Day>, &str) {
    (price.amount.micros, price.valid_to, &price.source)
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
        let (valid_from, valid_to) = (day(text(self.valid_from))?, day(text(self.valid_to))?);
        if valid_from.zip(valid_to).is_some_and(|(from, to)| to < from) {
            return Err(LineError::Backwards);
        }
        Ok(Price {
            product: needed(self.product, "product")?,
            amount: Money { micros, currency },
            market: match text(self.market).map(|market| market.to_ascii_uppercase()) {
                Some(market) if market.len() != 2 => return Err(LineError::Market(market)),
                market => market,
            },
            term_months: match text(self.term_months) {
                None => None,
                Some(months) => Some(months.parse().map_err(|_| LineError::Term(months))?),
            },
            billing: text(self.billing).map(|billing| billing.to_ascii_lowercase()),
            valid_from,
            valid_to,
            provenance: match text(self.provenance) {
                None => Provenance::Contract,
                Some(word) if word.eq_ignore_ascii_case("contract") => Provenance::Contract,
                Some(word) if word.eq_ignore_ascii_case("invoice") => Provenance::Invoice,
                Some(word) if word.eq_ignore_ascii_case("list") => Provenance::ListPrice,
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
