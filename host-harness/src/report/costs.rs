//! What is paid for, by whom it is used: by person, department, company, cost centre, country or product.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::Transaction;

use super::prices::{Prices, provenance};
use super::sums::Sums;
use super::{CONNECTION, Cell, Column, Question, Report, Unit, cell, column};
use crate::contract::rows::{EntitlementState, Kind, Product, Row, Tier, User};
use crate::contract::types::Money;
use crate::storage::{Connection, Database, Failure, StorageError, each};
use crate::text::counted;

/// What costs are summed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// The person who holds the seat.
    User,
    /// The person's department.
    Department,
    /// The person's company.
    Company,
    /// The person's cost centre.
    CostCentre,
    /// The person's country.
    Country,
    /// What is bought.
    Product,
}

const SEATS: &str = "seats";
const COST: &str = "monthly_cost";
const SPARE_COST: &str = "spare_cost";

/// The words for seats that belong to no group of a dimension. They stand in brackets, so that no group is taken for one.
const NOBODY: &str = "(not held by anybody)";
const ELSEWHERE: &str = "(assigned, but not to a person who was collected)";
const WHOLE: &str = "(for the whole customer)";
const NOT_SAID: &str = "(not said)";

impl Dimension {
    /// Every dimension.
    pub const ALL: [Self; 6] =
        [Self::User, Self::Department, Self::Company, Self::CostCentre, Self::Country, Self::Product];

    fn column(self) -> Column {
        let (name, title) = match self {
            Self::User => ("principal_name", "Principal name"),
            Self::Department => ("department", "Department"),
            Self::Company => ("company", "Company"),
            Self::CostCentre => ("cost_centre", "Cost centre"),
            Self::Country => ("country", "Country"),
            Self::Product => ("product", "Product"),
        };
        column(name, title, Unit::Text)
    }

    /// The group of a person.
    fn of(self, user: &User) -> String {
        let text = match self {
            Self::User => Some(&user.principal_name),
            Self::Department => user.department.as_ref(),
            Self::Company => user.company.as_ref(),
            Self::CostCentre => user.cost_centre.as_ref(),
            Self::Country => user.country.as_ref(),
            Self::Product => None,
        };
        text.map(|text| text.trim()).filter(|text| !text.is_empty()).unwrap_or(NOT_SAID).to_owned()
    }
}

impl Database {
    /// The cost of one month, summed by a dimension: the dearest group first.
    ///
    /// Only what is paid for counts. A seat is one product of one person, however often it is assigned. Seats that nobody
    /// holds are a group of their own; by product they stand beside those that are held. So the two sums of a currency are
    /// the same whatever they are summed by. Seats without a known price are counted and not valued.
    ///
    /// # Errors
    /// A connection is unknown, or the database cannot be read.
    pub fn costs_report(&self, question: Question<'_>, by: Dimension) -> Result<Report, StorageError> {
        self.read(|tx| {
            let columns = [
                CONNECTION,
                by.column(),
                column(SEATS, "Seats", Unit::Count),
                column(COST, "Cost a month", Unit::Money),
                column("spare", "Spare", Unit::Count),
                column(SPARE_COST, "Of spare seats", Unit::Money),
                column("unpriced", "Unpriced", Unit::Count),
                column("provenance", "Prices from", Unit::Text),
            ];
            let mut report = Report::new("Costs", &columns);
            let mut sums = Sums::default();
            for connection in question.connections(tx)? {
                let groups = groups(tx, &question, &connection, by, &mut report.notes)?;
                report.rows.extend(groups.lines(&connection, &mut sums));
            }
            report.totals = sums.rows(&columns);
            question.cut(&mut report);
            Ok(report)
        })
    }
}

/// What a group holds in one currency.
#[derive(Default)]
struct Line {
    seats: u64,
    /// Absent: none of the seats has a price.
    cost: Option<i128>,
    spare: u64,
    spare_cost: Option<i128>,
    unpriced: u64,
    from: BTreeSet<String>,
}

/// Lines by group and currency. What has no price has no currency, and joins the first of its group in the end.
#[derive(Default)]
struct Groups(BTreeMap<String, BTreeMap<Option<String>, Line>>);

/// A product that is paid for.
struct Bought {
    product: Product,
    price: Option<(Money, String)>,
    held: u64,
}

impl Groups {
    fn add(&mut self, group: &str, bought: &Bought, seats: u64, spare: u64) {
        if seats == 0 && spare == 0 {
            return;
        }
        let currency = bought.price.as_ref().map(|(price, _)| price.currency.clone());
        if !self.0.contains_key(group) {
            self.0.insert(group.to_owned(), BTreeMap::new());
        }
        let Some(line) = self.0.get_mut(group).map(|lines| lines.entry(currency).or_default()) else { return };
        line.seats = line.seats.saturating_add(seats);
        line.spare = line.spare.saturating_add(spare);
        match &bought.price {
            Some((price, from)) => {
                let add = |sum: &mut Option<i128>, seats: u64| {
                    if seats > 0 {
                        let value = i128::from(price.micros).saturating_mul(i128::from(seats));
                        *sum = Some(sum.unwrap_or(0).saturating_add(value));
                    }
                };
                add(&mut line.cost, seats);
                add(&mut line.spare_cost, spare);
                line.from.insert(from.clone());
            }
            None => line.unpriced = line.unpriced.saturating_add(seats).saturating_add(spare),
        }
    }

    /// The cells, the dearest first in each currency, and last what has no price.
    fn lines(self, connection: &Connection, sums: &mut Sums) -> Vec<Vec<Cell>> {
        let mut lines = Vec::new();
        for (group, mut of_group) in self.0 {
            if let Some(unpriced) = of_group.remove(&None) {
                let first = of_group.keys().next().cloned().flatten();
                let line = of_group.entry(first).or_default();
                line.seats = line.seats.saturating_add(unpriced.seats);
                line.spare = line.spare.saturating_add(unpriced.spare);
                line.unpriced = unpriced.unpriced;
            }
            for (currency, line) in of_group {
                let both = line.cost.unwrap_or(0).saturating_add(line.spare_cost.unwrap_or(0));
                let order = (currency.is_none(), currency.clone(), Reverse(both));
                let mut value = |column, micros: Option<i128>| match (&currency, micros) {
                    (Some(currency), Some(micros)) => {
                        sums.add(column, micros, currency);
                        cell::amount(micros, currency)
                    }
                    _ => Cell::Absent,
                };
                let cells = vec![
                    Cell::Text(connection.name.clone()),
                    Cell::Text(group.clone()),
                    cell::count(line.seats),
                    value(COST, line.cost),
                    cell::count(line.spare),
                    value(SPARE_COST, line.spare_cost),
                    cell::count(line.unpriced),
                    if line.from.is_empty() {
                        Cell::Absent
                    } else {
                        Cell::Text(line.from.into_iter().collect::<Vec<_>>().join(", "))
                    },
                ];
                lines.push((order, group.clone(), cells));
            }
        }
        lines.sort_by(|(one, one_name, _), (other, other_name, _)| (one, one_name).cmp(&(other, other_name)));
        lines.into_iter().map(|(_, _, cells)| cells).collect()
    }
}

fn groups(
    tx: &Transaction<'_>,
    question: &Question<'_>,
    connection: &Connection,
    by: Dimension,
    notes: &mut Vec<String>,
) -> Result<Groups, Failure> {
    let mut bought = bought(tx, question, connection, notes)?;
    let mut people: HashMap<String, String> = HashMap::new();
    each(tx, connection.id, Kind::User, |row| {
        if let Row::User(user) = row {
            people.insert(user.id.to_lowercase(), by.of(&user));
        }
    })?;
    let mut groups = Groups::default();
    // Rows of one person follow each other, so that the products of one are all that is kept.
    let (mut person, mut seen) = (String::new(), BTreeSet::new());
    each(tx, connection.id, Kind::Entitlement, |row| {
        let Row::Entitlement(seat) = row else { return };
        let (user, product) = (seat.user.to_lowercase(), seat.product.to_lowercase());
        if user != person {
            person.clone_from(&user);
            seen.clear();
        }
        let Some(group) = people.get(&user) else { return };
        // An assignment that failed takes no seat.
        if seat.state == EntitlementState::Error {
            return;
        }
        if let Some(bought) = bought.get_mut(&product)
            && bought.product.per_user
            && seen.insert(product)
        {
            bought.held = bought.held.saturating_add(1);
            let group = if by == Dimension::Product { &bought.product.name } else { group };
            groups.add(group, bought, 1, 0);
        }
    })?;
    for bought in bought.values() {
        let product = &bought.product;
        let group = |other| if by == Dimension::Product { product.name.as_str() } else { other };
        if product.per_user {
            let assigned = product.seats_assigned.max(bought.held);
            groups.add(group(ELSEWHERE), bought, assigned - bought.held, 0);
            groups.add(group(NOBODY), bought, 0, product.seats_enabled.saturating_sub(assigned));
        } else {
            groups.add(group(WHOLE), bought, product.seats_enabled, 0);
        }
    }
    Ok(groups)
}

/// The products that are paid for, by id in lower case, with the prices of the day.
fn bought(
    tx: &Transaction<'_>,
    question: &Question<'_>,
    connection: &Connection,
    notes: &mut Vec<String>,
) -> Result<HashMap<String, Bought>, Failure> {
    let prices = Prices::read(tx, connection.id, question.today())?;
    let (mut bought, mut unknown, mut unpriced, mut over) = (HashMap::new(), 0_u64, Vec::new(), Vec::new());
    each(tx, connection.id, Kind::Product, |row| {
        let Row::Product(product) = row else { return };
        unknown += u64::from(product.tier == Tier::Unknown);
        if product.tier != Tier::Paid {
            return;
        }
        let price = prices.of(&product).map(|price| (price.amount.clone(), provenance(price)));
        if price.is_none() {
            unpriced.push(product.name.clone());
        }
        if product.per_user && product.seats_assigned > product.seats_enabled {
            over.push(product.name.clone());
        }
        bought.insert(product.id.to_lowercase(), Bought { product, price, held: 0 });
    })?;
    let name = &connection.name;
    if unknown > 0 {
        let one = "product is left out: nothing says whether it is paid for";
        let many = "products are left out: nothing says whether they are paid for";
        notes.push(format!("{name}: {}.", counted(unknown, one, many)));
    }
    if !unpriced.is_empty() {
        notes.push(format!("{name}: no price is known of {}.", unpriced.join(", ")));
    }
    if !over.is_empty() {
        notes.push(format!("{name}: more seats are assigned than bought of {}; all are valued.", over.join(", ")));
    }
    Ok(bought)
}
