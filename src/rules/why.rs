//! Why something is recommended or not: what each rule says of a person or a product, with what it looked at.

use crate::contract::connector::{Context, Explanation};
use crate::contract::rows::{Kind, Recommendation, Row, User};
use crate::contract::types::Error;
use crate::fault;
use crate::rules::ground::Ground;
use crate::rules::judge::{self, Told};
use crate::rules::view::{self, Offer};
use crate::rules::{self, Judge, Rule, Verdict};
use crate::settings::Settings;
use crate::step::Store;
use crate::stream::{Position, Stream};

/// Explains a person, by principal name or id, or a product, by SKU id, string id or name.
///
/// # Errors
/// `not-found` when there is no such person or product; `storage` when the host cannot read rows.
pub fn explain(
    store: &dyn Store,
    settings: &Settings,
    subject: &str,
    context: &Context,
) -> Result<Vec<Explanation>, Error> {
    let ground = Ground::read(store, settings, context)?;
    let is = |name: &str| name.eq_ignore_ascii_case(subject);
    if let Some(offer) = ground
        .market
        .offers
        .iter()
        .find(|offer| is(&offer.product.id) || is(&offer.product.code) || is(&offer.product.name))
    {
        return Ok(if offer.bought { of_product(&ground, offer) } else { vec![unbought(offer)] });
    }
    if let Some(product) = ground.market.others.iter().find(|one| is(&one.id) || is(&one.code) || is(&one.name)) {
        let verdict = "Excluded, because it is free, tried out, ended, bought for the whole tenant, or nobody knows whether \
                       it is paid for. Only paid subscriptions enter advice.";
        return Ok(vec![plain(&product.id, &product.name, verdict)]);
    }
    match user(store, subject)? {
        Some(user) => of_person(store, &ground, user),
        None => Err(Error::NotFound(fault::sentence(&format!(
            "Nothing is known of \"{subject}\": it is neither the principal name or id of a person, nor the SKU id, string id \
             or name of a product."
        )))),
    }
}

fn unbought(offer: &Offer) -> Explanation {
    let verdict = "No rule fires, because no seat of it is bought. It is looked at where it could take the place of something \
                   dearer.";
    Explanation {
        evidence: vec![rules::price_evidence(offer)],
        ..plain(&offer.product.id, &offer.product.name, verdict)
    }
}

fn of_product(ground: &Ground, offer: &Offer) -> Vec<Explanation> {
    let told = judge::product(offer, &ground.ready).into_iter().map(|told| explanation(told, false));
    told.chain(skipped(ground, |rule| matches!(rule.judge, Judge::Product(_)))).collect()
}

fn of_person(store: &dyn Store, ground: &Ground, user: User) -> Result<Vec<Explanation>, Error> {
    let find = |kind| store.find(kind, &user.principal_name);
    let (activity, held, usage) = (find(Kind::Activity)?, find(Kind::Entitlement)?, find(Kind::Usage)?);
    let (person, held) = view::person(user, activity, held, usage);
    let seats = view::seats(&held, &ground.market.offers, &ground.groups);
    if seats.is_empty() {
        return Ok(vec![plain(
            &person.user.id,
            person.name(),
            "No rule fires, because the person holds no paid seat.",
        )]);
    }
    let rest = ground.rest(&held);
    let judged = judge::person(&person, &seats, &rest, &ground.market, &ground.ready);
    let told = judged.told.into_iter().map(|told| explanation(told, true));
    Ok(told.chain(skipped(ground, |rule| !matches!(rule.judge, Judge::Product(_)))).collect())
}

/// A user by principal name, or by id: for that all of them are looked through.
fn user(store: &dyn Store, subject: &str) -> Result<Option<User>, Error> {
    for row in store.find(Kind::User, subject)? {
        if let Row::User(user) = row {
            return Ok(Some(user));
        }
    }
    let mut users = Stream::open(store, Kind::User, Position::default())?;
    while let Some(row) = users.take_if(|_| true)? {
        if let Row::User(user) = row
            && user.id.eq_ignore_ascii_case(subject)
        {
            return Ok(Some(user));
        }
    }
    Ok(None)
}

fn explanation(told: Told<'_>, named: bool) -> Explanation {
    let title =
        if named { format!("{}: {}", told.rule.title, told.offer.product.name) } else { told.rule.title.to_owned() };
    let mut evidence = Vec::new();
    let verdict = match told.verdict {
        Verdict::Fires(found) => {
            let said = fires(&found);
            evidence = found.evidence;
            said
        }
        Verdict::Not(because) => format!("Does not fire, because {because}."),
        Verdict::Excluded(because) => format!("Excluded, because {because}."),
        Verdict::Unknown(because) => format!("Too little is known, because {because}."),
    };
    Explanation { subject: told.rule.id.to_owned(), title, verdict, evidence }
}

fn fires(found: &Recommendation) -> String {
    format!("Fires. {} {}", found.action, found.safe_because)
}

/// Rules without their data.
fn skipped(ground: &Ground, about: impl Fn(&Rule) -> bool) -> impl Iterator<Item = Explanation> {
    let skipped = ground.ready.iter().filter(move |(rule, now)| now.is_none() && about(rule));
    skipped.map(|(rule, _)| {
        let lacking = ground.lacking(rule).unwrap_or("of its datasets");
        let verdict = format!("Too little is known, because there is nothing of the dataset \"{lacking}\".");
        plain(rule.id, rule.title, &verdict)
    })
}

fn plain(subject: &str, title: &str, verdict: &str) -> Explanation {
    Explanation {
        subject: subject.to_owned(),
        title: title.to_owned(),
        verdict: verdict.to_owned(),
        evidence: Vec::new(),
    }
}

#[cfg(test)]
#[path = "why_tests.rs"]
mod tests;
