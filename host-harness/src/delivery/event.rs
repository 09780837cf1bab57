//! A notification as a CloudEvent 1.0 in JSON (structured mode).
//!
//! <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md>

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::contract::rows::Notification;
use crate::storage::Connection;
use crate::text::clean;

/// The media type of a structured event.
pub(super) const MEDIA_TYPE: &str = "application/cloudevents+json; charset=utf-8";

/// How the type of every event begins; the topic follows.
const TYPE: &str = "com.binadox.connector.notification";

/// Bytes of a hash that make an id: no two of a million events meet by chance.
const ID_BYTES: usize = 18;

/// A notification on its way. Attributes stand in the order of the specification.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    specversion: &'static str,
    /// The same in every attempt and at every destination; also the `webhook-id`. Without a full stop, because a
    /// signature joins by those.
    id: String,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    subject: String,
    time: String,
    datacontenttype: &'static str,
    data: Data,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Data {
    /// By which it is acknowledged.
    notification: String,
    topic: String,
    connection: String,
    account: Option<String>,
    title: String,
    body: String,
}

impl Event {
    /// The event of a notification of a connection.
    pub fn new(connection: &Connection, notification: &Notification) -> Self {
        let segment = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        // What tells installations apart is the account: a name is given anew on each machine.
        let account = connection.account_id.as_deref().unwrap_or_default();
        let mut source = format!("/connectors/{}/connections/{}", segment(&connection.plugin_id), connection.name);
        if !account.is_empty() {
            source.push_str(&format!("/accounts/{}", segment(account)));
        }
        let hash = Sha256::digest(format!("{source}\0{}", notification.id));
        let id = hash.iter().copied().take(ID_BYTES).collect::<Vec<u8>>();
        Event {
            specversion: "1.0",
            id: format!("msg_{}", BASE64.encode(id)),
            source,
            kind: format!("{TYPE}.{}", notification.topic),
            subject: notification.subject.clone(),
            time: Timestamp::from_second(notification.at).unwrap_or_default().to_string(),
            datacontenttype: "application/json",
            data: Data {
                notification: notification.id.clone(),
                topic: notification.topic.clone(),
                connection: connection.name.clone(),
                account: connection.account.clone(),
                title: notification.title.clone(),
                body: notification.body.clone(),
            },
        }
    }

    /// The same in every attempt.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The whole event, in one line.
    pub(super) fn json(&self) -> String {
        // Texts alone: nothing that JSON cannot hold.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The connection that it is about.
    pub(super) fn connection(&self) -> &str {
        &self.data.connection
    }

    /// What happened, in one line without anything that could steer a terminal or a mail.
    pub(super) fn title(&self) -> String {
        clean(&self.data.title)
    }

    /// More about it, in one line.
    pub(super) fn body(&self) -> String {
        clean(&self.data.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::ConnectionId;

    fn connection() -> Connection {
        Connection {
            id: ConnectionId(1),
            name: "acme".into(),
            plugin_path: "p".into(),
            digest: "d".into(),
            plugin_id: "paper clip".into(),
            settings: Vec::new(),
            origins: Vec::new(),
            account: Some("Acme Ltd".into()),
            account_id: Some("42".into()),
            capabilities: Vec::new(),
            created: Timestamp::UNIX_EPOCH,
            connected: None,
            baseline_ended: None,
        }
    }

    fn notification(id: &str) -> Notification {
        Notification {
            id: id.into(),
            topic: "new-application".into(),
            subject: "app-1".into(),
            title: "A \"new\" one".into(),
            body: "More.".into(),
            at: 1_700_000_000,
            baseline: false,
        }
    }

    #[test]
    fn an_event_has_the_attributes_that_the_specification_demands() {
        let event = Event::new(&connection(), &notification("n.1"));
        let json = event.json();
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["specversion"], "1.0");
        assert_eq!(read["type"], "com.binadox.connector.notification.new-application");
        assert_eq!(read["source"], "/connectors/paper+clip/connections/acme/accounts/42");
        assert_eq!(read["subject"], "app-1");
        assert_eq!(read["time"], "2023-11-14T22:13:20Z");
        assert_eq!(read["datacontenttype"], "application/json");
        assert_eq!(read["data"]["notification"], "n.1");
        assert_eq!(read["data"]["title"], "A \"new\" one");
        assert!(json.starts_with(r#"{"specversion":"1.0","id":"msg_"#), "{json}");
        assert!(!json.contains('\n'));
    }

    #[test]
    fn an_id_is_stable_and_differs_by_notification_and_by_account() {
        let id = |connection: &Connection, notification: &str| {
            Event::new(connection, &self::notification(notification)).id().to_owned()
        };
        let other = Connection { account_id: Some("43".into()), ..connection() };
        assert_eq!(id(&connection(), "a"), id(&connection(), "a"));
        assert_ne!(id(&connection(), "a"), id(&connection(), "b"));
        assert_ne!(id(&connection(), "a"), id(&other, "a"));
        assert!(!id(&connection(), "a.b").contains('.'));
    }
}
