//! What products can do, as abilities with levels, so that they can be compared by what a person uses.
//!
//! The table is `src/data/abilities.tsv`. A service plan that it does not name is an ability of its own, which cannot be
//! measured and so counts as needed: what nobody has looked at is never taken away.

use std::collections::BTreeMap;
use std::str::Split;

use crate::catalogue;
use crate::contract::rows::{Plan, Product};
use crate::data::{self, Table};
use crate::rules::levels::Levels;

/// Something that service plans give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ability {
    /// Lower-case words joined by hyphens, or the name of a service plan.
    pub name: String,
    /// For people.
    pub title: String,
    /// Features that tell of its use: groups of which the first that is known decides. Empty: it cannot be measured.
    /// `=` stands before a number of bytes that the level must hold, `#` before a count that means use when above 0, `+`
    /// before one whose last day must be recent besides.
    pub signals: Vec<Vec<&'static str>>,
}

/// All abilities, and which plans give them.
#[derive(Clone, Debug, Default)]
pub struct Abilities {
    all: Vec<Ability>,
    plans: BTreeMap<String, Levels>,
    /// Microsoft's names of plans, by their ids.
    codes: BTreeMap<&'static str, &'static str>,
    bases: Vec<(u16, Vec<u16>)>,
    ceilings: Vec<(u64, &'static str)>,
}

/// Whom the licence of a product is for, where that is not everybody. No report tells who that is.
#[must_use]
pub fn terms(code: &str) -> Option<&'static str> {
    let terms = |line: &'static str| line.strip_prefix("terms\t")?.strip_prefix(code)?.strip_prefix('\t');
    data::text(Table::Abilities).lines().find_map(terms)
}

impl Abilities {
    /// Reads the table, and adds the plans of products that it does not name.
    #[must_use]
    pub fn of(products: &[Product]) -> Self {
        let mut made = Self::default();
        for line in data::text(Table::Abilities).lines() {
            let cells: Vec<&'static str> = line.split('\t').collect();
            match cells.as_slice() {
                ["ability", name, title, how, signals] => {
                    let signals = signals.split('|').map(|group| group.split_whitespace().collect()).collect();
                    let signals = if *how == "measured" { signals } else { Vec::new() };
                    made.all.push(Ability { name: (*name).to_owned(), title: (*title).to_owned(), signals });
                }
                ["plan", name, gives] => {
                    let mut levels = Levels::default();
                    let gives = gives.split_whitespace().filter_map(|ability| made.level(ability));
                    gives.for_each(|(place, level)| levels.raise(place, level));
                    made.plans.insert(name.to_ascii_uppercase(), levels);
                }
                ["base", addon, bases] => {
                    let bases = bases.split_whitespace().filter_map(|base| made.place(base)).collect();
                    made.bases.extend(made.place(addon).map(|addon| (addon, bases)));
                }
                ["ceiling", seats, codes] => made.ceilings.extend(seats.parse().ok().map(|seats| (seats, *codes))),
                _ => {}
            }
        }
        made.codes.extend(catalogue::service_plans().map(|plan| (plan.id, plan.name)));
        for plan in products.iter().flat_map(|product| &product.plans) {
            let name = made.code(plan);
            if !made.plans.contains_key(&name) {
                let place = u16::try_from(made.all.len()).unwrap_or(u16::MAX);
                made.all.push(Ability { name: name.clone(), title: plan.name.clone(), signals: Vec::new() });
                made.plans.insert(name, Levels::one(place));
            }
        }
        made
    }

    /// Microsoft's name of a plan in upper case. Rows carry the name for people, so it is looked up by the id; of a plan
    /// that the catalogue does not know, the name of the row stands for it.
    fn code(&self, plan: &Plan) -> String {
        let id = plan.id.to_ascii_lowercase();
        self.codes.get(id.as_str()).copied().unwrap_or(&plan.name).to_ascii_uppercase()
    }

    fn level(&self, text: &str) -> Option<(u16, u32)> {
        let (name, level) = text.split_once(':').unwrap_or((text, "1"));
        Some((self.place(name)?, level.parse().ok()?))
    }

    /// The place of an ability.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<u16> {
        self.all
            .iter()
            .position(|ability| ability.name.eq_ignore_ascii_case(name))
            .and_then(|at| u16::try_from(at).ok())
    }

    /// The ability at a place.
    #[must_use]
    pub fn at(&self, place: u16) -> Option<&Ability> {
        self.all.get(usize::from(place))
    }

    /// The names of the abilities of the table that cannot be measured.
    #[must_use]
    pub fn unmeasured(&self) -> Vec<&str> {
        self.all.iter().filter(|ability| ability.signals.is_empty()).map(|ability| ability.name.as_str()).collect()
    }

    /// The places of the abilities whose level is a size.
    pub fn sized(&self) -> impl Iterator<Item = u16> {
        let sized = |ability: &Ability| ability.signals.iter().flatten().any(|signal| signal.starts_with('='));
        (0..).zip(&self.all).filter(move |(_, ability)| sized(ability)).map(|(place, _)| place)
    }

    /// The titles of abilities, joined by commas.
    pub fn titles(&self, places: impl Iterator<Item = u16>) -> String {
        let titles: Vec<&str> =
            places.filter_map(|place| self.at(place)).map(|ability| ability.title.as_str()).collect();
        titles.join(", ")
    }

    /// What plans give, but for those that are switched off.
    #[must_use]
    pub fn levels(&self, plans: &[Plan], off: &[String]) -> Levels {
        let mut levels = Levels::default();
        for plan in plans.iter().filter(|plan| !off.iter().any(|off| off.eq_ignore_ascii_case(&plan.id))) {
            if let Some(given) = self.plans.get(&self.code(plan)) {
                levels.join(given);
            }
        }
        levels
    }

    /// The abilities among these that are add-ons for which there is no base among these and those others.
    #[must_use]
    pub fn baseless(&self, levels: &Levels, others: &Levels) -> Vec<u16> {
        let has = |place: &u16| levels.has(*place) || others.has(*place);
        let baseless = |(addon, bases): &&(u16, Vec<u16>)| levels.has(*addon) && !bases.iter().any(has);
        self.bases.iter().filter(baseless).map(|(addon, _)| *addon).collect()
    }

    /// What the add-ons among these stand on.
    pub fn bases_of(&self, levels: &Levels) -> impl Iterator<Item = u16> {
        self.bases.iter().filter(|(addon, _)| levels.has(*addon)).flat_map(|(_, bases)| bases.iter().copied())
    }

    /// Whether a product gives nothing but add-ons, and what goes with every product.
    #[must_use]
    pub fn is_addon(&self, levels: &Levels) -> bool {
        let small = self.place("companions");
        let addon = |place: u16| Some(place) == small || self.bases.iter().any(|(addon, _)| *addon == place);
        levels.places().all(addon) && self.tells(levels)
    }

    /// Whether levels tell anything of what a product is for: a product without known plans, or with small apps alone, is
    /// never found to be needless.
    #[must_use]
    pub fn tells(&self, levels: &Levels) -> bool {
        let small = self.place("companions");
        levels.places().any(|place| Some(place) != small)
    }

    /// Limits of the seats that a customer can have of several products together.
    pub fn ceilings(&self) -> impl Iterator<Item = (u64, Split<'static, char>)> {
        self.ceilings.iter().map(|(seats, codes)| (*seats, codes.split(' ')))
    }

    /// The least level of an ability that any plan of the table gives and that holds so much.
    #[must_use]
    pub fn step(&self, place: u16, least: u32) -> u32 {
        let given = self.plans.values().filter_map(|levels| levels.get(place));
        given.filter(|level| *level >= least).min().unwrap_or(least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features;
    use crate::rules::sample;

    #[test]
    fn a_plan_is_known_by_its_id_whatever_the_row_calls_it() {
        let known = catalogue::service_plans().find(|plan| plan.name == "EXCHANGE_S_ENTERPRISE").unwrap();
        let plan = |name: &str| Plan { id: known.id.to_uppercase(), name: name.to_owned(), enabled: true };
        let made = Abilities::of(&[]);
        let levels = made.levels(&[plan("Exchange Online (Plan 2)")], &[]);
        assert!(!levels.is_empty());
        assert_eq!(levels, made.levels(&[plan("EXCHANGE_S_ENTERPRISE")], &[]));
    }

    #[test]
    fn every_line_of_the_table_is_read() {
        let made = Abilities::of(&[]);
        let lines = || data::text(Table::Abilities).lines();
        let conditional: Vec<_> = lines().filter_map(|line| line.strip_prefix("terms\t")?.split_once('\t')).collect();
        let read = made.all.len() + made.plans.len() + made.bases.len() + made.ceilings.len() + conditional.len();
        assert_eq!(read, lines().count());
        for (code, words) in &conditional {
            assert_eq!(terms(code), Some(*words));
            assert!(catalogue::product("", code).is_some(), "{code}");
        }
        assert_eq!(terms("SPE_F"), None);
        assert_eq!(made.ceilings().map(|(seats, codes)| (seats, codes.count())).collect::<Vec<_>>(), [(300, 4)]);
        for code in made.ceilings().flat_map(|(_, codes)| codes) {
            assert!(catalogue::product("", code).is_some(), "{code}");
        }
        assert!(made.plans.values().all(|levels| !levels.is_empty()));
        for signal in made.all.iter().flat_map(|ability| ability.signals.iter().flatten()) {
            let name = signal.trim_start_matches(['=', '#', '+']);
            assert!(features::ALL.iter().any(|feature| feature.id == name), "{name}");
        }
        let plans: Vec<String> = catalogue::service_plans().map(|plan| plan.name.to_ascii_uppercase()).collect();
        for name in made.plans.keys() {
            assert!(plans.contains(name), "{name}");
        }
    }

    #[test]
    fn a_suite_covers_a_smaller_one_by_levels_and_not_the_other_way_round() {
        let (small, large) = (sample::plans(&["EXCHANGE_S_STANDARD"]), sample::plans(&["EXCHANGE_S_ENTERPRISE"]));
        let made = Abilities::of(&[]);
        let (small, large) = (made.levels(&small, &[]), made.levels(&large, &[]));
        assert!(large.cover(&small) && !small.cover(&large));
        assert_eq!(made.step(0, 3), 50);
        assert_eq!(made.step(0, 51), 100);
    }

    #[test]
    fn a_plan_that_the_table_does_not_know_is_an_ability_of_its_own_and_cannot_be_measured() {
        let mut product = sample::offer().product;
        product.plans = sample::plans(&["BRAND_NEW"]);
        let made = Abilities::of(std::slice::from_ref(&product));
        let levels = made.levels(&product.plans, &[]);
        let place = levels.places().next().unwrap();
        assert_eq!(made.at(place).unwrap().name, "BRAND_NEW");
        assert!(made.at(place).unwrap().signals.is_empty());
        assert!(made.levels(&product.plans, &["brand_new".to_owned()]).is_empty());
    }

    #[test]
    fn an_add_on_needs_any_one_of_its_bases() {
        let made = Abilities::of(&[]);
        let levels = |names: &[&str]| made.levels(&sample::plans(names), &[]);
        let copilot = levels(&["M365_COPILOT_APPS"]);
        assert_eq!(made.baseless(&copilot, &Levels::default()).len(), 1);
        assert!(made.baseless(&copilot, &levels(&["SHAREPOINTWAC"])).is_empty());
        assert!(made.is_addon(&copilot) && !made.is_addon(&levels(&["TEAMS1", "MCOEV"])));
        assert!(!made.is_addon(&levels(&["SWAY"])));
    }
}
