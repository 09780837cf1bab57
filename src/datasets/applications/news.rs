//! What is news about an application: what differs from the merge before.
//!
//! Until the first run has ended everything is the baseline: kept, and told by the host in one summary. Afterwards an application is
//! new when its first success falls on the day of the baseline or later; earlier ones come from days that were read later
//! on, and join the baseline.

use crate::contract::rows::{Application, Consent, Notification, Risk, Row};
use crate::contract::types::Instant;
use crate::premium;
use crate::reach;
use crate::time;

/// The topic of an application that was not seen before.
pub(super) const NEW_APPLICATION: &str = "new-application";

/// An application has grown when its sign-ins have doubled and are at least so many.
const GROWN: (i32, u64) = (100, 20);

/// Who looks for news.
pub(super) struct News {
    pub(super) now: Instant,
    pub(super) baseline_ended: Option<Instant>,
    /// Rights were known to the merge before: what it did not have is new.
    pub(super) rights_known: bool,
}

/// A piece of news about an application: topic, what its id ends with, what happened and more about it.
type Piece = (&'static str, String, String, String, Instant, bool);

impl News {
    /// The news about an application, as it was before and is now.
    pub(super) fn of(&self, before: Option<&Application>, now: &Application) -> Vec<Row> {
        let foreign = !now.first_party && !now.home_made;
        let mut pieces = Vec::new();
        if foreign {
            pieces.extend(self.first_seen(before, now));
        }
        if !now.first_party {
            pieces.extend(self.change(now));
            self.rights(before, now, &mut pieces);
        }
        let row = |(topic, end, title, body, at, baseline): Piece| {
            notification(format!("{topic}/{}{end}", now.id), topic, &now.id, title, body, at, baseline)
        };
        pieces.into_iter().map(row).collect()
    }

    fn first_seen(&self, before: Option<&Application>, now: &Application) -> Vec<Piece> {
        let Some(first) = now.first_seen else { return Vec::new() };
        let (name, id) = (&now.name, &now.id);
        let day = time::day_of(first);
        let baseline = self.baseline_ended.is_none_or(|ended| day < time::day_of(ended));
        let publisher = now.publisher.as_deref().unwrap_or("an unknown publisher");
        let day = time::day_text(day);
        let body = format!("{name} by {publisher} was used for the first time on {day}. Application id: {id}.");
        let mut found =
            vec![(NEW_APPLICATION, String::new(), format!("New application: {name}"), body, first, baseline)];
        let connectable =
            |one: &Application| one.integration.as_ref().is_some_and(|with| !with.ends_with(super::UNCONNECTED));
        if let (Some(with), Some(because)) = (&now.integration, &now.integration_match)
            && connectable(now)
        {
            // What has been in use for long may become one that can be integrated.
            let became = before.is_some_and(|one| !connectable(one));
            let baseline = if became { self.baseline_ended.is_none() } else { baseline };
            let title = format!("{name} can be integrated");
            let body = format!("{with}. How sure: {because}. Application id: {id}.");
            found.push(("integration-available", String::new(), title, body, first, baseline));
        }
        found
    }

    /// Doubled, or no longer used. The history must be long enough for a trend.
    fn change(&self, now: &Application) -> Option<Piece> {
        let (trend, last) = (now.trend?, now.last_seen?);
        let (name, id, sign_ins) = (&now.name, &now.id, now.sign_ins.unwrap_or_default());
        let baseline = self.baseline_ended.is_none();
        // The trend is rounded: one sign-in after thousands is -100 too.
        if sign_ins == 0 {
            let day = time::day_text(time::day_of(last));
            let body = format!("Nobody has signed in to {name} since {day}. Application id: {id}.");
            return Some((
                "application-died",
                format!("/{day}"),
                format!("{name} is no longer used"),
                body,
                self.now,
                baseline,
            ));
        }
        if trend < GROWN.0 || sign_ins < GROWN.1 {
            return None;
        }
        let month: String = time::day_text(time::day_of(self.now)).chars().take(7).collect();
        let body =
            format!("{sign_ins} sign-ins in 30 days, {trend} % more than in the 30 before. Application id: {id}.");
        Some(("application-grew", format!("/{month}"), format!("{name} is used much more"), body, self.now, baseline))
    }

    fn rights(&self, before: Option<&Application>, now: &Application, pieces: &mut Vec<Piece>) {
        if now.consent == Consent::Unknown {
            return;
        }
        let (name, id) = (&now.name, &now.id);
        let baseline = self.baseline_ended.is_none() || !self.rights_known;
        let by_user = |one: &Application| matches!(one.consent, Consent::User | Consent::Both);
        let held = |right: &String| before.is_some_and(|one| one.scopes.contains(right));
        let risky = |right: &&String| reach::of(right).0 == Risk::High && !held(right);
        let risky: Vec<&str> = now.scopes.iter().filter(risky).map(String::as_str).collect();
        if !risky.is_empty() {
            let list = risky.join(", ");
            let note = now.risk_note.as_deref().unwrap_or_default();
            let body = format!("{name} was given {list}. {note} Application id: {id}.");
            pieces.push((
                "risky-grant",
                format!("/{list}"),
                format!("{name} has far-reaching rights"),
                body,
                self.now,
                baseline,
            ));
        }
        if by_user(now) && !before.is_some_and(by_user) {
            let body = format!("A user gave {name} rights without an administrator. Application id: {id}.");
            pieces.push((
                "user-consent",
                String::new(),
                format!("A user consented to {name}"),
                body,
                self.now,
                baseline,
            ));
        }
    }

    /// Sign-ins cannot be read for want of a licence.
    pub(super) fn not_premium(&self) -> Row {
        let title = format!("{} is missing", premium::PLAN);
        let body = "Sign-ins of users cannot be read without it: which applications are used is known only as far as \
                    Microsoft's own sums tell."
            .to_owned();
        notification("premium-missing".to_owned(), "premium-missing", "tenant", title, body, self.now, false)
    }
}

fn notification(
    id: String,
    topic: &str,
    subject: &str,
    title: String,
    body: String,
    at: Instant,
    baseline: bool,
) -> Row {
    let (topic, subject) = (topic.to_owned(), subject.to_owned());
    Row::Notification(Notification { id, topic, subject, title, body, at, baseline })
}
