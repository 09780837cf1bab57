//! What holds for all judgements of a run: prices and products, names of groups, and which rules have their data.

use std::collections::BTreeMap;

use crate::contract::connector::{Context, Gap};
use crate::contract::rows::{Entitlement, EntitlementState, Kind, Price, Product, Row, Subscription, Tier};
use crate::contract::store::Age;
use crate::contract::types::{Day, Error};
use crate::datasets::{activity, advice, gap, prices};
use crate::fault;
use crate::freshness::Freshness;
use crate::reports::active_user_detail;
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
