use super::*;
use crate::clock::{Clock, ManualClock};
use crate::contract::manifest::Entry;
use crate::contract::types::{Delay, Fault};
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

#[derive(Default)]
struct Memory(Mutex<HashMap<String, Vec<u8>>>);

impl Vault for Memory {
    fn get(&self, name: &str) -> Result<Option<Secret>, StorageError> {
        Ok(self.0.lock().unwrap().get(name).cloned().map(Secret::new))
    }

    fn put(&self, name: &str, value: &Secret) -> Result<(), StorageError> {
        self.0.lock().unwrap().insert(name.into(), value.expose().to_vec());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), StorageError> {
        self.0.lock().unwrap().remove(name);
        Ok(())
    }
}

/// What the connector was given: settings, and what was kept.
type Given = (Vec<Setting>, Option<Vec<u8>>);

/// A service whose credentials live so many seconds, or that refuses.
struct Service {
    clock: Arc<ManualClock>,
    life: i64,
    refuses: bool,
    fields: Vec<Field>,
    renewed: AtomicUsize,
    given: Mutex<Vec<Given>>,
}

impl Renewer for Service {
    fn fields(&self) -> &[Field] {
        &self.fields
    }

    fn renew<'a>(
        &'a self,
        call: &'a Call,
        settings: &'a [Setting],
        keep: Option<&'a [u8]>,
    ) -> Pending<'a, Result<Renewed, CallError>> {
        Box::pin(async move {
            assert!(call.guest_authorization && call.bearer.is_none());
            self.given.lock().unwrap().push((settings.to_vec(), keep.map(<[u8]>::to_vec)));
            tokio::task::yield_now().await;
            let number = self.renewed.fetch_add(1, Ordering::SeqCst) + 1;
            if self.refuses {
                return Err(CallError::Connector(Error::SignInNeeded(Fault::new("no", None))));
            }
            let expires = self.clock.now().as_second() + self.life;
            Ok(Renewed { bearer: format!("bearer-{number}"), expires, keep: Some(format!("keep-{number}").into()) })
        })
    }

    fn examine<'a>(
        &'a self,
        call: &'a Call,
        settings: &'a [Setting],
        keep: Option<&'a [u8]>,
    ) -> Pending<'a, Result<Examined, CallError>> {
        Box::pin(async move {
            let renewed = self.renew(call, settings, keep).await?;
            Ok(Examined { renewed, capabilities: Vec::new(), granted: Vec::new() })
        })
    }
}

struct Stage {
    clock: Arc<ManualClock>,
    service: Arc<Service>,
    vault: Arc<Memory>,
}

fn stage(life: i64, refuses: bool) -> Stage {
    let clock = ManualClock::new("2026-11-20T10:00:00Z".parse().unwrap());
    let fields = vec![Field {
        name: "client-secret".into(),
        label: String::new(),
        help: String::new(),
        entry: Entry::Text,
        secret: true,
        signs_in: true,
        required: false,
        default: None,
        only_when: None,
    }];
    let service =
        Service { clock: clock.clone(), life, refuses, fields, renewed: AtomicUsize::new(0), given: Mutex::default() };
    Stage { clock, service: Arc::new(service), vault: Arc::default() }
}

impl Stage {
    fn credentials(&self) -> Arc<Credentials> {
        Credentials::new(Parts {
            renewer: self.service.clone(),
            vault: self.vault.clone(),
            settings: vec![Setting::new("domain", "example.com")],
            origins: Vec::new(),
            baseline_ended: None,
            meter: Arc::default(),
            log: None,
            clock: self.clock.clone(),
        })
    }

    fn renewed(&self) -> usize {
        self.service.renewed.load(Ordering::SeqCst)
    }
}

fn text(bearer: &Bearer) -> &str {
    bearer.token().expose_text().unwrap()
}

#[tokio::test]
async fn eight_tasks_renew_one_credential_exactly_once() {
    let stage = stage(3600, false);
    let credentials = stage.credentials();
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let credentials = credentials.clone();
            tokio::spawn(async move { credentials.bearer().await.unwrap() })
        })
        .collect();
    for task in tasks {
        assert_eq!(text(&task.await.unwrap()), "bearer-1");
    }
    assert_eq!(stage.renewed(), 1);
}

#[tokio::test]
async fn a_credential_is_renewed_five_minutes_before_it_expires() {
    let stage = stage(3600, false);
    let credentials = stage.credentials();
    credentials.bearer().await.unwrap();
    stage.clock.advance(Duration::from_secs(3600 - 300 - 1));
    assert_eq!(text(&credentials.bearer().await.unwrap()), "bearer-1");
    stage.clock.advance(Duration::from_secs(1));
    assert_eq!(text(&credentials.bearer().await.unwrap()), "bearer-2");
}

#[tokio::test]
async fn a_credential_with_a_short_life_is_used_for_half_of_it() {
    let stage = stage(60, false);
    let credentials = stage.credentials();
    credentials.bearer().await.unwrap();
    stage.clock.advance(Duration::from_secs(29));
    credentials.bearer().await.unwrap();
    assert_eq!(stage.renewed(), 1);
    stage.clock.advance(Duration::from_secs(1));
    credentials.bearer().await.unwrap();
    assert_eq!(stage.renewed(), 2);
}

#[tokio::test]
async fn the_next_process_finds_the_credential_in_the_vault() {
    let stage = stage(3600, false);
    stage.credentials().bearer().await.unwrap();
    assert_eq!(text(&stage.credentials().bearer().await.unwrap()), "bearer-1");
    assert_eq!(stage.renewed(), 1);
}

#[tokio::test]
async fn a_vault_with_something_else_in_it_is_no_reason_to_fail() {
    let stage = stage(3600, false);
    for content in ["", "x", "1 2", "1 x t", "\u{0}"] {
        stage.vault.put(BEARER, &Secret::from(content.to_owned())).unwrap();
        assert!(stage.credentials().bearer().await.is_ok(), "{content:?}");
    }
}

#[tokio::test]
async fn late_answers_that_reject_the_same_credential_renew_it_once() {
    let stage = stage(3600, false);
    let credentials = stage.credentials();
    let used = credentials.bearer().await.unwrap();
    credentials.reject(&used).await;
    assert!(stage.vault.get(BEARER).unwrap().is_none());
    assert_eq!(text(&credentials.bearer().await.unwrap()), "bearer-2");
    credentials.reject(&used).await;
    assert_eq!(text(&credentials.bearer().await.unwrap()), "bearer-2");
    assert_eq!(stage.renewed(), 2);
}

#[tokio::test]
async fn the_connector_gets_the_secret_settings_and_what_it_wanted_kept() {
    let stage = stage(3600, false);
    stage.vault.put(&setting_name("client-secret"), &Secret::from("s3cret".to_owned())).unwrap();
    stage.vault.put(KEEP, &Secret::from("keep-0".to_owned())).unwrap();
    stage.credentials().bearer().await.unwrap();
    let given = stage.service.given.lock().unwrap().clone();
    let expected = vec![Setting::new("domain", "example.com"), Setting::new("client-secret", "s3cret")];
    assert_eq!(given, [(expected, Some(b"keep-0".to_vec()))]);
    assert_eq!(stage.vault.get(KEEP).unwrap().unwrap().expose(), b"keep-1");
}

#[tokio::test]
async fn a_refusal_is_told_to_all_who_wait_and_tried_again_only_later() {
    let stage = stage(3600, true);
    let credentials = stage.credentials();
    for _ in 0..8 {
        let error = credentials.bearer().await.err().unwrap();
        assert!(matches!(error.connector(), Some(Error::SignInNeeded(_))), "{error}");
    }
    assert_eq!(stage.renewed(), 1);
    stage.clock.advance(Duration::from_secs(10));
    assert!(credentials.bearer().await.is_err());
    assert_eq!(stage.renewed(), 2);
}

#[test]
fn a_failure_is_told_for_as_long_as_the_service_asked_for() {
    let held = |retry_after| {
        let delay = Delay { fault: Fault::new("Busy.", None), retry_after };
        hold(&CredentialError::Renew(Box::new(CallError::Connector(Error::Throttled(delay)))))
    };
    assert_eq!((held(None), held(Some(1)), held(Some(600))), (10, 1, 600));
}

#[tokio::test]
async fn what_is_found_out_with_a_new_credential_leaves_that_credential_behind() {
    let stage = stage(3600, false);
    let credentials = stage.credentials();
    credentials.bearer().await.unwrap();
    credentials.examine().await.unwrap();
    // A refresh token that was used is never used again: the next one is kept, and the credential is given to all.
    assert_eq!(stage.vault.get(KEEP).unwrap().unwrap().expose(), b"keep-2");
    assert_eq!(text(&credentials.bearer().await.unwrap()), "bearer-2");
    assert_eq!(text(&stage.credentials().bearer().await.unwrap()), "bearer-2");
    assert_eq!(stage.renewed(), 2);
}

#[tokio::test]
async fn what_another_process_has_renewed_is_used_and_not_renewed_again() {
    let stage = stage(3600, false);
    let (one, other) = (stage.credentials(), stage.credentials());
    let first = one.bearer().await.unwrap();
    one.reject(&first).await;
    assert_eq!(text(&other.bearer().await.unwrap()), "bearer-2");
    assert_eq!(text(&one.bearer().await.unwrap()), "bearer-2");
    assert_eq!(stage.renewed(), 2);
}
