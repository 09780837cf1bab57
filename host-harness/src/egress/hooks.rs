//! Where requests of a guest leave the sandbox.

use super::body::Bounded;
use super::client::Network;
use super::failure::{failure, sentence};
use super::policy::{self, Granted};
use super::redirects::Redirects;
use super::target::{self, Refusal, Target};
use crate::clock::{Clock, until};
use crate::credentials::{Bearer, CredentialError};
use crate::limits::{BETWEEN_BYTES, FIRST_BYTE, HEADERS, REQUEST_BODY, RESPONSE_BODY, RETRY_AFTER};
use crate::quota::Bucket;
use crate::sandbox::{BearerSource, Call, Meter, Scrub, Stopwatch};
use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, COOKIE, HOST, HeaderMap, LOCATION, RETRY_AFTER as RETRY_AFTER_FIELD,
};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use jiff::Timestamp;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use url::Url;
use wasmtime_wasi_http::{
    DEFAULT_FORBIDDEN_HEADERS, Error, ForbiddenHeaderFilter, RequestOptions, WasiBody, WasiHttpHooks,
};

/// What the implementation of `wasi:http` asks the host.
pub(crate) struct Hooks {
    network: Arc<Network>,
    traffic: Arc<Traffic>,
}

impl Hooks {
    pub(crate) fn new(network: Arc<Network>, traffic: Traffic) -> Self {
        Self { network, traffic: Arc::new(traffic) }
    }

    /// What the call sends and may send.
    pub(crate) fn traffic(&self) -> &Traffic {
        &self.traffic
    }
}

/// The answer, and a task that would have to run for it: there is none.
type Answer = Result<(Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>), Error>;

impl WasiHttpHooks for Hooks {
    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        let authorization_is_forbidden = !self.traffic.guest_authorization;
        Arc::new(move |name: &HeaderName| {
            DEFAULT_FORBIDDEN_HEADERS.contains(name)
                || *name == COOKIE
                || (authorization_is_forbidden && *name == AUTHORIZATION)
        })
    }

    fn set_host_header(&mut self) -> bool {
        false
    }

    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _processed: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Answer> + Send> {
        let (network, traffic) = (self.network.clone(), self.traffic.clone());
        Box::new(async move {
            let response = traffic.send(&network, request, options.unwrap_or_default()).await?;
            let nothing: Box<dyn Future<Output = Result<(), Error>> + Send> = Box::new(std::future::ready(Ok(())));
            Ok((response, nothing))
        })
    }
}

/// Everything that one call sends, and what it may send.
pub(crate) struct Traffic {
    // Absent: the call has no network.
    origins: Option<Vec<Granted>>,
    redirects: Mutex<Redirects>,
    bearer: Option<Arc<dyn BearerSource>>,
    guest_authorization: bool,
    quota: Option<Arc<Bucket>>,
    meter: Arc<Meter>,
    clock: Arc<dyn Clock>,
    watch: Arc<Stopwatch>,
    scrub: Arc<Scrub>,
    failed: Mutex<Option<CredentialError>>,
}

/// Why a request may be sent.
enum Permit<'a> {
    Origin(&'a Granted),
    Redirect,
}

impl Traffic {
    pub(crate) fn new(
        call: &Call,
        network: bool,
        clock: Arc<dyn Clock>,
        watch: Arc<Stopwatch>,
        scrub: Arc<Scrub>,
    ) -> Self {
        // The origins of a manifest were read when it was loaded; of others, one that does not fit grants nothing.
        let origins = network.then(|| policy::read(&call.origins).unwrap_or_default());
        Self {
            origins,
            redirects: Mutex::new(Redirects::new(clock.clone())),
            bearer: call.bearer.clone(),
            guest_authorization: call.guest_authorization,
            quota: call.quota.clone(),
            meter: call.meter.clone(),
            clock,
            watch,
            scrub,
            failed: Mutex::new(None),
        }
    }

    /// Why a request of this call got no credential; absent when each got one or none was needed.
    pub(crate) fn credential_failure(&self) -> Option<CredentialError> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn send(
        &self,
        network: &Network,
        request: Request<WasiBody>,
        options: RequestOptions,
    ) -> Result<Response<WasiBody>, Error> {
        let (parts, body) = request.into_parts();
        let target = target::read(&parts.uri).map_err(|refusal| self.refuse(refusal))?;
        let permit = self.permit(&target, &parts.method).map_err(|refusal| self.refuse(refusal))?;
        let has_own = parts.headers.contains_key(AUTHORIZATION);
        if has_own && (!self.guest_authorization || matches!(permit, Permit::Redirect)) {
            return Err(self.refuse(Refusal::Authorization(target.host)));
        }
        let body = Limited::new(body, REQUEST_BODY).collect().await;
        let body = body.map_err(|_| self.refuse(Refusal::Body(target.host.clone())))?.to_bytes();
        if let Some(quota) = &self.quota {
            let _excuse = self.watch.excuse();
            if let Err(left) = quota.acquire().await {
                return self.incoming(as_before(left)?, BETWEEN_BYTES);
            }
        }
        // After the quota: a credential may end while a request waits for its turn.
        let bearer = match permit {
            Permit::Origin(origin) if origin.bearer && !has_own => self.credential().await?,
            _ => None,
        };
        let first_byte = options.first_byte_timeout.map_or(FIRST_BYTE, |asked| asked.min(FIRST_BYTE));
        let headers = outgoing(parts.headers, bearer.as_ref())?;
        self.meter.count_request();
        let sent = network.client().request(parts.method, target.url.clone()).headers(headers).body(body).send();
        let response = match tokio::time::timeout(first_byte, sent).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                self.meter.remark(self.scrub.text(&sentence(&target.host, &error)));
                return Err(failure(&error));
            }
            Err(_) => {
                self.meter.remark(format!("{} did not answer within {} seconds", target.host, first_byte.as_secs()));
                return Err(Error::HttpResponseTimeout);
            }
        };
        self.notice(&response, &target, &permit, bearer).await;
        let patience = options.between_bytes_timeout.map_or(BETWEEN_BYTES, |asked| asked.min(BETWEEN_BYTES));
        self.incoming(response.into(), patience)
    }

    fn permit(&self, target: &Target, method: &Method) -> Result<Permit<'_>, Refusal> {
        let origins = self.origins.as_ref().ok_or(Refusal::NoNetwork)?;
        let mut redirects = self.redirects.lock().unwrap_or_else(PoisonError::into_inner);
        if *method == Method::GET && redirects.take(&target.url) {
            return Ok(Permit::Redirect);
        }
        target::origin(origins, &target.host, method).map(Permit::Origin)
    }

    fn refuse(&self, refusal: Refusal) -> Error {
        self.meter.remark(refusal.to_string());
        Error::HttpRequestDenied
    }

    async fn credential(&self) -> Result<Option<Bearer>, Error> {
        let Some(source) = &self.bearer else { return Ok(None) };
        let excuse = self.watch.excuse();
        let answer = source.bearer().await;
        drop(excuse);
        match answer {
            Ok(bearer) => {
                bearer.token().expose_text().into_iter().for_each(|token| self.scrub.learn(token));
                Ok(Some(bearer))
            }
            Err(error) => {
                *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                Err(Error::HttpRequestDenied)
            }
        }
    }

    /// Draws the consequences of an answer before the guest sees it.
    async fn notice(&self, response: &reqwest::Response, target: &Target, permit: &Permit<'_>, bearer: Option<Bearer>) {
        match (response.status(), permit) {
            (StatusCode::TOO_MANY_REQUESTS, _) => {
                self.meter.count_throttled();
                if let (Some(quota), Some(wait)) = (&self.quota, retry_after(response.headers(), self.clock.now())) {
                    quota.close_for(wait);
                }
            }
            (StatusCode::UNAUTHORIZED, _) => {
                if let (Some(source), Some(used)) = (&self.bearer, &bearer) {
                    source.reject(used).await;
                }
            }
            (StatusCode::FOUND, Permit::Origin(origin)) if !origin.redirects_to.is_empty() => {
                let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
                location.into_iter().for_each(|location| self.follow(&target.url, location, origin));
            }
            _ => {}
        }
    }

    fn follow(&self, request: &Url, location: &str, origin: &Granted) {
        let mut redirects = self.redirects.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(granted) = redirects.grant(request, location, &origin.redirects_to) {
            // Whoever has the address has the file: it is as secret as a credential.
            self.scrub.learn(granted.as_str());
            self.scrub.learn(location);
            granted.query().into_iter().for_each(|query| self.scrub.learn(query));
        }
    }

    fn incoming(&self, response: Response<reqwest::Body>, patience: Duration) -> Result<Response<WasiBody>, Error> {
        let (mut parts, body) = response.into_parts();
        let size: usize = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        if size > HEADERS {
            return Err(Error::HttpResponseHeaderSectionSize(u32::try_from(size).ok()));
        }
        for name in &DEFAULT_FORBIDDEN_HEADERS {
            parts.headers.remove(name);
        }
        let body = Bounded::new(body, RESPONSE_BODY, patience, self.meter.clone());
        Ok(Response::from_parts(parts, body.boxed_unsync()))
    }
}

/// The header fields that leave: the guest's, without those that are the client's own, and the credential.
fn outgoing(mut headers: HeaderMap, bearer: Option<&Bearer>) -> Result<HeaderMap, Error> {
    // The client asks for compressed answers and unpacks them; it leaves them packed when the guest asks itself.
    for own in [ACCEPT_ENCODING, CONTENT_LENGTH, HOST] {
        headers.remove(own);
    }
    if let Some(bearer) = bearer {
        let value = Bytes::from([b"Bearer ", bearer.token().expose()].concat());
        let mut value = HeaderValue::from_maybe_shared(value).map_err(|_| Error::HttpRequestDenied)?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    Ok(headers)
}

/// The answer that the service has given to another request already: it wants silence, and for so long that nobody waits.
fn as_before(left: Duration) -> Result<Response<reqwest::Body>, Error> {
    let seconds = left.as_secs().saturating_add(1);
    let answer = Response::builder().status(StatusCode::TOO_MANY_REQUESTS).header(RETRY_AFTER_FIELD, seconds);
    answer.body(reqwest::Body::from("")).map_err(|_| Error::HttpRequestDenied)
}

/// How long the service asks to wait: seconds, or a date (RFC 9110, section 10.2.3).
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER_FIELD)?.to_str().ok()?.trim();
    let wait = match value.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => until(now, jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?),
    };
    Some(wait.min(RETRY_AFTER))
}

#[cfg(test)]
mod tests;
