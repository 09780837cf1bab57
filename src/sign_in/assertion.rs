//! How the application proves that it is itself by a certificate: an assertion, signed with a key that the host holds.
//!
//! Facts: `certificate-credentials` of the Entra documentation; RFC 7515, RFC 7518 section 3.5, RFC 7523.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::token::endpoint;
use crate::contract::types::Error;
use crate::form;
use crate::http::Transport;
use crate::random;
use crate::settings::Settings;

/// The value of `client_assertion_type`.
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Seconds that an assertion is good for: the 5 to 10 minutes that are advised.
const LIFE: i64 = 600;

/// `x5t#S256` of a certificate in PEM: base64url of the SHA-256 of its DER. `None` when it is none.
#[must_use]
pub fn thumbprint(pem: &str) -> Option<String> {
    let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
    let body: String = body.split_whitespace().collect();
    let der = STANDARD.decode(body).ok().filter(|der| !der.is_empty())?;
    Some(URL_SAFE_NO_PAD.encode(Sha256::digest(der)))
}

/// An assertion for the token endpoint of the tenant, good for one use.
///
/// # Errors
/// `invalid-settings` when the host holds no key for the certificate.
pub fn make(transport: &dyn Transport, settings: &Settings, certificate: &str, now: i64) -> Result<String, Error> {
    let header = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint(certificate).unwrap_or_default() });
    let claims = json!({
        "aud": endpoint(settings, "oauth2/v2.0/token"),
        "iss": settings.application_id,
        "sub": settings.application_id,
        "jti": random::guid()?,
        "nbf": now,
        "iat": now,
        "exp": now.saturating_add(LIFE),
    });
    let text = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
    let signature = transport.sign(form::CERTIFICATE, text.as_bytes())?;
    Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{CERTIFICATE, Wire, settings};

    #[test]
    fn the_thumbprint_is_that_of_the_der_whatever_the_line_ends() {
        // openssl x509 -fingerprint -sha256 gives the same bytes in hexadecimal.
        let expected = URL_SAFE_NO_PAD.encode(Sha256::digest(b"not a real certificate"));
        assert_eq!(thumbprint(CERTIFICATE).as_deref(), Some(expected.as_str()));
        assert_eq!(thumbprint(&CERTIFICATE.replace('\n', "\r\n  ")).as_deref(), Some(expected.as_str()));
        for bad in ["", "-----BEGIN CERTIFICATE-----\n%%\n-----END CERTIFICATE-----", "-----BEGIN PRIVATE KEY-----"] {
            assert_eq!(thumbprint(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_assertion_says_who_asks_whom_until_when_and_is_signed_as_a_whole() {
        let settings = settings(&[("sign-in", "certificate"), ("certificate", CERTIFICATE)]);
        let one = make(&Wire::default(), &settings, CERTIFICATE, 1_800_000_000).unwrap();
        let parts: Vec<&str> = one.split('.').collect();
        let read = |part: &str| -> serde_json::Value {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
        };
        let (header, claims) = (read(parts[0]), read(parts[1]));
        assert_eq!(header["alg"], "PS256");
        assert_eq!(header["typ"], "JWT");
        assert_eq!(header["x5t#S256"].as_str(), thumbprint(CERTIFICATE).as_deref());
        assert_eq!(claims["aud"], "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token");
        assert_eq!((&claims["iss"], &claims["sub"]), (&claims["sub"], &claims["iss"]));
        assert_eq!(claims["iss"].as_str(), Some(settings.application_id.as_str()));
        assert_eq!((claims["nbf"].as_i64(), claims["exp"].as_i64()), (Some(1_800_000_000), Some(1_800_000_600)));
        // The made-up host signs by naming the field and giving back what it was given.
        let signed = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
        assert_eq!(signed, format!("certificate:{}.{}", parts[0], parts[1]).into_bytes());
        let other = make(&Wire::default(), &settings, CERTIFICATE, 1_800_000_000).unwrap();
        assert_ne!(read(other.split('.').nth(1).unwrap())["jti"], claims["jti"]);
    }
}
