//! Webhooks: CloudEvents in structured mode, signed by Standard Webhooks.

use std::error::Error as _;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, StatusCode};

use super::event::{Event, MEDIA_TYPE};
use super::round::Refusal;
use super::target::{WebhookSecret, judge};
use crate::clock::until;
use crate::egress::client::OnlyPrivate;

/// How long a receiver may take: the middle of what Standard Webhooks recommends.
const ANSWER: Duration = Duration::from_secs(20);

/// Sends an event. Only an answer from 200 to 299 counts as taken; its body is not read.
pub(super) async fn send(
    client: &Client,
    secret: &WebhookSecret,
    private: bool,
    event: &Event,
    now: Timestamp,
) -> Result<(), Refusal> {
    judge(&secret.url, private).map_err(|error| Refusal::new(error.to_string()))?;
    let body = event.json();
    let at = now.as_second();
    let signature = secret.key.sign(event.id(), at, body.as_bytes());
    let request = client
        .post(secret.url.clone())
        .timeout(ANSWER)
        .header(CONTENT_TYPE, MEDIA_TYPE)
        .header("webhook-id", event.id())
        .header("webhook-timestamp", at)
        .header("webhook-signature", signature)
        .body(body);
    let answer = request.send().await.map_err(|error| Refusal::new(sentence(&error)))?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let asked = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    Err(Refusal {
        cause: refused(status),
        asked: asked.and_then(|text| retry_after(text, now)),
        gone: status == StatusCode::GONE,
    })
}

fn refused(status: StatusCode) -> String {
    let name = status.canonical_reason().map(|name| format!(" {name}")).unwrap_or_default();
    match status {
        StatusCode::GONE => format!("The receiver wants nothing any more ({}{name}).", status.as_u16()),
        status if status.is_redirection() => {
            format!("The receiver is elsewhere ({}{name}); redirects are not followed.", status.as_u16())
        }
        _ => format!("The receiver answered {}{name}.", status.as_u16()),
    }
}

/// Seconds, or a date.
fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text.trim()).ok()?;
    Some(until(now, Timestamp::try_from(date).ok()?))
}

/// Why nothing was answered, without the address: it may carry a permission.
fn sentence(error: &reqwest::Error) -> String {
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(inner) = cause {
        if inner.is::<OnlyPrivate>() {
            return "The address leads to a private network. Add the destination with --allow-private if it is meant."
                .to_owned();
        }
        causes.push(inner.to_string());
        cause = inner.source();
    }
    if error.is_timeout() {
        return format!("The receiver did not answer within {} seconds.", ANSWER.as_secs());
    }
    let last = causes.pop().unwrap_or_else(|| "no connection".to_owned());
    format!("The receiver could not be reached ({}).", last.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_named_in_seconds_or_as_a_date() {
        let now = "2026-11-20T10:00:00Z".parse().unwrap();
        let seconds = |text| retry_after(text, now).map(|wait| wait.as_secs());
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds("Fri, 20 Nov 2026 10:05:00 GMT"), Some(300));
        assert_eq!(seconds("Fri, 20 Nov 2026 09:00:00 GMT"), Some(0));
        assert_eq!(seconds("soon"), None);
    }
}
