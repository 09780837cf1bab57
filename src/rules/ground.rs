//! What holds for all judgements of a run: prices and products, names of groups, and which rules have their data.

use std::collections::BTreeMap;

use crate::catalogue::{self, Known};
use crate::contract::connector::{Context, Gap};
use crate::contract::rows::{Entitlement, EntitlementState, Kind, Price, Product, Provenance, Row, Subscription, Tier};
use crate::contract::store::Age;
use crate::contract::types::{Day, Error};
use crate::datasets::{activity, advice, gap, prices};
use crate::fault;
use crate::freshness::Freshness;
use crate::reports::active_user_detail;
use crate::rules::abilities;
use crate::rules::case::Market;
use crate::rules::levels::Levels;
use crate::rules::view::{Circumstances, Lists, Offer, Source};
use crate::rules::{Judge, Rule, judge};
use crate::settings::Settings;
use crate::step::{self, Store};
use crate::time;

/// What holds for all judgements.
#[derive(Debug)]
pub struct Ground {
    /// What can be bought, and what it can do.
    pub market: Market,
    /// Names of the groups that assign licences, by id.
    pub groups: BTreeMap<String, String>,
    /// All rules, each under its circumstances; absent where data is missing.
    pub ready: Vec<(&'static Rule, Option<Circumstances>)>,
    /// The circumstances without regard to a rule.
    pub now: Circumstances,
    sources: Vec<Freshness>,
}

impl Ground {
    /// Reads it from the store.
    ///
    /// # Errors
    /// `storage` when the host cannot read.
    pub fn read(store: &dyn Store, settings: &Settings, context: &Context) -> Result<Self, Error> {
        let today = time::day_of(context.now);
        let prices: Vec<Price> = step::all(store, Kind::Price)?
            .into_iter()
            .filter_map(|row| if let Row::Price(price) = row { Some(price) } else { None })
            .collect();
        let bought: Vec<Subscription> = step::all(store, Kind::Subscription)?
            .into_iter()
            .filter_map(|row| if let Row::Subscription(bought) = row { Some(bought) } else { None })
            .collect();
        let (mut offers, mut others) = (Vec::new(), Vec::new());
        for row in step::all(store, Kind::Product)? {
            let Row::Product(product) = row else { continue };
            match Offer::new(product.clone(), &prices, &bought, today) {
                Some(offer) => offers.push(offer),
                None => others.push(product),
            }
        }
        let unbought = unbought(&offers, &others, &prices, today);
        offers.extend(unbought);
        let group = |row| if let Row::Group(group) = row { Some((group.id, group.name)) } else { None };
        let mut groups = BTreeMap::new();
        groups.extend(step::all(store, Kind::Group)?.into_iter().filter_map(group));
        let sources =
            advice::NEEDS.iter().map(|dataset| Freshness::of(store, dataset)).collect::<Result<Vec<_>, _>>()?;
        let signed_in = source(&sources, activity::ID).and_then(|source| source.published).map(time::day_of);
        let now = Circumstances {
            today,
            inactive_days: Day::from(settings.inactive_days),
            grace_days: Day::from(settings.grace_days),
            renewal_days: Day::from(settings.renewal_days),
            excluded: Lists {
                users: settings.exclude_users.clone(),
                groups: settings.exclude_groups.clone(),
                products: settings.exclude_products.clone(),
            },
            activity: Source { age: age(&sources, activity::ID), as_of: signed_in },
            report: age(&sources, active_user_detail::ID),
            stale: 0,
        };
        let ready = judge::ready(|rule| {
            let stale = rule.needs.iter().any(|dataset| age(&sources, dataset) == Age::Stale);
            let there = lacking(&sources, rule).is_none();
            there.then(|| Circumstances { stale: usize::from(stale), ..now.clone() })
        });
        let market = Market::new(offers, others, &settings.not_needed);
        Ok(Self { market, groups, ready, now, sources })
    }

    /// Whether a rule has its data.
    #[must_use]
    pub fn judges(&self, rule: &str) -> bool {
        self.ready.iter().any(|(ready, now)| ready.id == rule && now.is_some())
    }

    /// Whether any rule about persons has its data.
    #[must_use]
    pub fn judges_persons(&self) -> bool {
        self.ready.iter().any(|(rule, now)| now.is_some() && !matches!(rule.judge, Judge::Product(_)))
    }

    /// The dataset for want of which a rule is skipped.
    #[must_use]
    pub fn lacking(&self, rule: &Rule) -> Option<&'static str> {
        lacking(&self.sources, rule)
    }

    /// What products can do that a person holds and nobody pays for: free ones, and those that have ended and still
    /// work. Trials end, so that nothing is built on them.
    #[must_use]
    pub fn rest(&self, held: &[Entitlement]) -> Levels {
        let mut levels = Levels::default();
        let active = held.iter().filter(|held| held.state == EntitlementState::Active);
        for held in active {
            let other =
                |product: &&Product| product.id.eq_ignore_ascii_case(&held.product) && product.tier != Tier::Trial;
            if let Some(product) = self.market.others.iter().find(other) {
                levels.join(&self.market.abilities.levels(&product.plans, &held.disabled_plans));
            }
        }
        levels
    }

    /// One gap of a dataset for each rule that is skipped.
    #[must_use]
    pub fn gaps(&self, dataset: &str) -> Vec<Gap> {
        let skipped = |(rule, _): &(&'static Rule, Option<Circumstances>)| {
            let message = format!(
                "The rule \"{}\" was skipped: there is nothing of the dataset \"{}\".",
                rule.id,
                self.lacking(rule)?
            );
            let mend = "Mend the gap of that dataset, and run collect again.";
            Some(gap(dataset, Some(rule.id), Error::NotFound(fault::sentence(&message)), mend))
        };
        let unpriced = (age(&self.sources, prices::ID) == Age::Missing).then(|| {
            let message = "Savings are told without amounts: there is nothing of the dataset \"prices\".";
            gap(dataset, Some("saving"), Error::NotFound(fault::sentence(message)), "Run collect again.")
        });
        self.ready.iter().filter_map(skipped).chain(unpriced).collect()
    }
}

/// Products that the tenant has not bought and that have a price. The price list counts only where the tenant buys from it:
/// governments and schools buy other products. What the list has on terms that nobody can check counts only at an own
/// price, which says that the tenant may buy it.
fn unbought(bought: &[Offer], others: &[Product], prices: &[Price], today: Day) -> Vec<Offer> {
    let listed = bought.iter().any(|offer| catalogue::is_listed(&offer.product.code));
    let is_there = |known: &Known| {
        let there = bought.iter().map(|offer| &offer.product).chain(others);
        there.into_iter().any(|one| one.id.eq_ignore_ascii_case(known.id) || one.code.eq_ignore_ascii_case(known.code))
    };
    let priced = |known: &Known| prices.iter().any(|price| price.product.eq_ignore_ascii_case(known.id));
    let known = catalogue::products().filter(|known| priced(known) && !is_there(known));
    let offers = known.filter_map(|known| Offer::unbought(&known, prices, today));
    let counts = |offer: &Offer| {
        let own = offer.price.as_ref().is_some_and(|price| price.provenance != Provenance::ListPrice);
        own || (listed && abilities::terms(&offer.product.code).is_none())
    };
    offers.filter(counts).collect()
}

fn source<'a>(sources: &'a [Freshness], dataset: &str) -> Option<&'a Freshness> {
    sources.iter().find(|source| source.dataset == dataset)
}

fn age(sources: &[Freshness], dataset: &str) -> Age {
    source(sources, dataset).map_or(Age::Missing, |source| source.age)
}

fn lacking(sources: &[Freshness], rule: &Rule) -> Option<&'static str> {
    let missing = |dataset: &&&'static str| age(sources, dataset) == Age::Missing;
    let needed = rule.needs.iter().find(missing);
    let one_of = rule.needs_one_of.iter().all(|dataset| missing(&dataset));
    needed.or_else(|| rule.needs_one_of.first().filter(|_| one_of)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::sample::{self, TODAY};

    /// The codes of what could be bought by somebody who pays for these, with the list and these prices of the customer.
    fn codes(bought: &[Offer], own: &[&str]) -> Vec<String> {
        let book = |known: Known| catalogue::list_prices(known.id, known.code, TODAY);
        let mut prices: Vec<Price> = catalogue::products().flat_map(book).collect();
        prices.extend(own.iter().map(|code| Price {
            product: catalogue::product("", code).unwrap().id.to_owned(),
            provenance: Provenance::Contract,
            ..sample::price(1_000_000)
        }));
        let free = Product { code: "power_bi_pro".to_owned(), ..sample::offer().product };
        unbought(bought, &[free], &prices, TODAY).into_iter().map(|offer| offer.product.code).collect()
    }

    #[test]
    fn what_the_list_prices_can_be_bought_but_for_what_is_there_and_what_is_not_for_everybody() {
        let codes = codes(&[sample::offer()], &[]);
        for code in ["SPE_E5", "EXCHANGESTANDARD", "OFFICESUBSCRIPTION", "O365_BUSINESS_ESSENTIALS"] {
            assert!(codes.iter().any(|known| known == code), "{code} in {codes:?}");
        }
        for code in ["SPE_E3", "POWER_BI_PRO", "SPE_F1", "M365_F1", "O365_w/o_Teams_Bundle_M5", "STANDARDPACK"] {
            assert!(!codes.iter().any(|known| known == code), "{code} in {codes:?}");
        }
    }

    #[test]
    fn who_buys_nothing_from_the_list_is_offered_only_what_has_an_own_price() {
        let school = Offer {
            product: Product { code: "M365EDU_A3_FACULTY".to_owned(), ..sample::offer().product },
            ..sample::offer()
        };
        assert_eq!(codes(std::slice::from_ref(&school), &[]), [""; 0]);
        assert_eq!(codes(std::slice::from_ref(&school), &["SPE_F1"]), ["SPE_F1"]);
    }

    #[test]
    fn what_can_be_bought_has_its_plans_and_no_seats() {
        let known = catalogue::product("", "EXCHANGEENTERPRISE").unwrap();
        let prices = [Price { product: known.id.to_uppercase(), ..sample::price(8_000_000) }];
        let offer = Offer::unbought(&known, &prices, TODAY).unwrap();
        assert_eq!((offer.bought, offer.product.seats_enabled, offer.price.as_ref()), (false, 0, Some(&prices[0])));
        let market = Market::new(vec![offer], Vec::new(), &[]);
        assert_eq!(market.offers[0].levels.get(market.abilities.place("mail").unwrap()), Some(100));
        let past = [Price { valid_to: Some(TODAY - 1), ..prices[0].clone() }];
        assert!(Offer::unbought(&known, &past, TODAY).is_none());
    }
}
