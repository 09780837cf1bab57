//! Proofs of a client by a signed token: with its own certificate, or with a token of another identity provider that
//! its registration trusts.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm};
use serde_json::{Value, json};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use crate::clock::instant;
use crate::exchange::Fields;
use crate::id::Id;
use crate::identity::errors::Refusal;
use crate::identity::registration::Registration;
use crate::world::World;

/// The value that `client_assertion_type` must have.
const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The audience of a token of another identity provider.
const EXCHANGE: &str = "api://AzureADTokenExchange";
/// The issuer of such tokens, which the simulator plays itself.
pub(crate) const ISSUER: &str = "https://tokens.identity-provider.example";
/// Seconds by which two clocks may differ.
pub(crate) const SKEW: i64 = 300;

/// An assertion, taken apart.
struct Assertion<'a> {
    text: &'a str,
    signature: Vec<u8>,
    header: Value,
    claims: Value,
}

impl<'a> Assertion<'a> {
    fn parse(token: &'a str) -> Option<Self> {
        let (text, signature) = token.rsplit_once('.')?;
        let (header, claims) = text.split_once('.')?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        Some(Assertion {
            text,
            signature: decode(signature)?,
            header: serde_json::from_slice(&decode(header)?).ok()?,
            claims: serde_json::from_slice(&decode(claims)?).ok()?,
        })
    }

    fn claim(&self, name: &str) -> &str {
        self.claims.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn instant(&self, name: &str) -> Option<i64> {
        self.claims.get(name).and_then(Value::as_i64)
    }
}

/// Checks the assertion of a request.
///
/// # Errors
/// Any part of it is missing or wrong.
pub(crate) fn verify(
    world: &World,
    registration: &Registration,
    form: &Fields,
    tenant: &str,
    host: &str,
) -> Result<(), Refusal> {
    if form.get("client_assertion_type") != Some(TYPE) {
        let text = "The request body must contain the following parameter: 'client_assertion_type' with the value \
                    'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'.";
        return Err(Refusal::new(900_144, "invalid_request", text));
    }
    let assertion = form
        .get("client_assertion")
        .and_then(Assertion::parse)
        .ok_or_else(|| Refusal::client(50_027, "JWT token is invalid or malformed."))?;
    if assertion.claim("iss") == registration.app_id.to_string() {
        by_certificate(world, registration, &assertion, tenant, host)
    } else {
        by_provider(world, registration, &assertion)
    }
}

fn by_certificate(
    world: &World,
    registration: &Registration,
    assertion: &Assertion<'_>,
    tenant: &str,
    host: &str,
) -> Result<(), Refusal> {
    let unknown = |why: &str| {
        Refusal::client(
            700_027,
            format!(
                "The certificate with identifier used to sign the client assertion is not registered on application. {why}"
            ),
        )
    };
    let algorithm: &'static dyn VerificationAlgorithm = match assertion.header.get("alg").and_then(Value::as_str) {
        Some("PS256") => &RSA_PSS_2048_8192_SHA256,
        Some("RS256") => &RSA_PKCS1_2048_8192_SHA256,
        _ => return Err(unknown("[Reason - The algorithm is not supported.]")),
    };
    if assertion.header.get("typ").and_then(Value::as_str) != Some("JWT") {
        return Err(unknown("[Reason - The type of the token is not JWT.]"));
    }
    let thumbprint = assertion.header.get("x5t#S256").and_then(Value::as_str).unwrap_or_default();
    let mut held = registration.keys.iter().filter_map(|key| STANDARD.decode(key.get("key")?.as_str()?).ok());
    let found = held.find(|der| digest_of(der) == thumbprint);
    let der = found.ok_or_else(|| unknown("[Reason - The key was not found.]"))?;
    let (_, certificate) = X509Certificate::from_der(&der).map_err(|_| unknown("[Reason - The key is unreadable.]"))?;
    let now = world.clock.now().as_second();
    if now >= certificate.validity().not_after.timestamp() {
        return Err(unknown("[Reason - The key used is expired.]"));
    }
    let key = UnparsedPublicKey::new(algorithm, &certificate.public_key().subject_public_key.data);
    if key.verify(assertion.text.as_bytes(), &assertion.signature).is_err() {
        return Err(unknown("[Reason - The signature does not match.]"));
    }
    // The tenant by its id or by a domain: the path is all that is shared beforehand.
    let audience = format!("https://{host}/{tenant}/oauth2/v2.0/token");
    let by_id = format!("https://{host}/{}/oauth2/v2.0/token", world.tenant.id);
    if ![&audience, &by_id].iter().any(|audience| audience.eq_ignore_ascii_case(assertion.claim("aud"))) {
        let text = format!("Client assertion audience claim does not match Realm issuer. Expected: {by_id}.");
        return Err(Refusal::client(700_023, text));
    }
    if assertion.claim("sub") != assertion.claim("iss") {
        return Err(Refusal::client(
            700_021,
            "Client assertion application identifier doesn't match 'client_id' parameter.",
        ));
    }
    timely(assertion, now)?;
    let id = assertion.claim("jti");
    if id.is_empty() || !world.state().ledger.assertions.insert(id.to_owned()) {
        return Err(Refusal::client(50_027, "JWT token is invalid or malformed: 'jti' is missing or was seen before."));
    }
    Ok(())
}

fn by_provider(world: &World, registration: &Registration, assertion: &Assertion<'_>) -> Result<(), Refusal> {
    let unmatched = |code: u32, what: &str, value: &str| {
        let text = format!("No matching federated identity record found for presented assertion {what} '{value}'.");
        Refusal::client(code, text)
    };
    if assertion.claim("iss") != ISSUER {
        return Err(unmatched(700_211, "issuer", assertion.claim("iss")));
    }
    let signature = URL_SAFE_NO_PAD.encode(&assertion.signature);
    if !world.seal.verify(assertion.text, &signature) {
        return Err(Refusal::client(50_027, "JWT token is invalid or malformed: the signature does not match."));
    }
    if assertion.claim("aud") != EXCHANGE {
        return Err(unmatched(700_212, "audience", assertion.claim("aud")));
    }
    let trusted = (registration.app_id, assertion.claim("sub").to_owned());
    if !world.state().ledger.trusted.contains(&trusted) {
        return Err(unmatched(700_213, "subject", assertion.claim("sub")));
    }
    timely(assertion, world.clock.now().as_second())
}

/// The service's clock and the client's may differ by five minutes.
fn timely(assertion: &Assertion<'_>, now: i64) -> Result<(), Refusal> {
    let begins = assertion.instant("nbf").or_else(|| assertion.instant("iat"));
    let good = begins.is_some_and(|begins| begins <= now + SKEW)
        && assertion.instant("exp").is_some_and(|ends| now <= ends + SKEW);
    if good {
        return Ok(());
    }
    let text = "Client assertion is not within its valid time range.";
    Err(Refusal::client(700_024, text))
}

/// `x5t#S256` of a certificate.
fn digest_of(der: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, der))
}

/// A certificate (base64 of its DER) as the directory writes it; nothing when it is none.
pub(crate) fn key_credential(key: &str, name: &Value) -> Option<Value> {
    let der = STANDARD.decode(key).ok()?;
    let (_, certificate) = X509Certificate::from_der(&der).ok()?;
    let validity = certificate.validity();
    Some(json!({
        "customKeyIdentifier": null,
        "displayName": name,
        "key": key,
        "keyId": Id::named(key).to_string(),
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
        "startDateTime": instant(validity.not_before.timestamp()),
        "endDateTime": instant(validity.not_after.timestamp()),
    }))
}

/// The body of the certificate in a PEM file; nothing when there is none.
pub(crate) fn certificate(pem: &str) -> Option<String> {
    let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
    Some(body.split_whitespace().collect())
}

/// A token of the other identity provider, good for so many seconds.
pub(crate) fn provider_token(world: &World, subject: &str, seconds: i64) -> String {
    let now = world.clock.now().as_second();
    let claims = json!({
        "iss": ISSUER,
        "sub": subject,
        "aud": EXCHANGE,
        "iat": now,
        "nbf": now,
        "exp": now + seconds,
        "jti": world.seal.id().to_string(),
    });
    let head = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"RS256","kid":"provider"}"#);
    let text = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let signature = world.seal.sign(&text);
    format!("{text}.{signature}")
}
