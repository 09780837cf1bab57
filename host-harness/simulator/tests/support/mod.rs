//! A client that trusts the simulator and reaches all of its hosts.
#![allow(dead_code, missing_docs, reason = "each test file uses its own part")]

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response};
use serde_json::Value;
use simulator::{Facts, Options, Simulator};

/// A running simulator and a client for it.
pub(crate) struct Site {
    pub(crate) simulator: Simulator,
    pub(crate) client: Client,
    pub(crate) facts: Facts,
}

/// Noon of a Friday, with the clock stopped.
pub(crate) fn options() -> Options {
    Options { users: 300, now: Some("2026-11-20T12:00:00Z".parse().unwrap()), stopped: true, ..Options::default() }
}

impl Site {
    pub(crate) async fn start(options: Options) -> Site {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let simulator = Simulator::start(options).await.unwrap();
        let facts = simulator.facts();
        let certificate = Certificate::from_pem(simulator.ca_pem().as_bytes()).unwrap();
        let mut builder = Client::builder().tls_certs_only([certificate]).redirect(Policy::none()).gzip(true);
        for host in &facts.hosts {
            builder = builder.resolve(host, simulator.address());
        }
        Site { client: builder.build().unwrap(), facts, simulator }
    }

    pub(crate) fn url(&self, rest: &str) -> String {
        if rest.starts_with("https://") {
            return rest.to_owned();
        }
        format!("https://{}{rest}", self.facts.graph)
    }

    pub(crate) async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let url = format!("https://{}{path}", self.facts.authority);
        let request = self.client.post(url).header("content-type", "application/x-www-form-urlencoded").body(body);
        Answer::read(request.send().await.unwrap()).await
    }

    pub(crate) async fn token(&self) -> String {
        let facts = self.facts.clone();
        self.token_of(&facts.client_id, &facts.client_secret).await.text("access_token")
    }

    pub(crate) async fn token_of(&self, client_id: &str, secret: &str) -> Answer {
        let path = format!("/{}/oauth2/v2.0/token", self.facts.tenant_id);
        let scope = format!("https://{}/.default", self.facts.graph);
        let fields = [
            ("client_id", client_id),
            ("client_secret", secret),
            ("grant_type", "client_credentials"),
            ("scope", scope.as_str()),
        ];
        self.form(&path, &fields).await
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Answer {
        let request = self.client.get(self.url(path)).header("authorization", format!("Bearer {token}"));
        Answer::read(request.send().await.unwrap()).await
    }

    pub(crate) async fn plain(&self, url: &str) -> Answer {
        Answer::read(self.client.get(url).send().await.unwrap()).await
    }

    /// All rows of a collection, following its links, and the number of pages.
    pub(crate) async fn walk(&self, token: &str, path: &str) -> (Vec<Value>, usize) {
        let (mut rows, mut pages, mut next) = (Vec::new(), 0, Some(path.to_owned()));
        while let Some(url) = next {
            let answer = self.get(token, &url).await;
            assert_eq!(answer.status, 200, "{}", answer.body_text());
            pages += 1;
            assert!(pages < 1000, "the links do not end");
            rows.extend(answer.json["value"].as_array().unwrap().iter().cloned());
            next = answer.json["@odata.nextLink"].as_str().map(str::to_owned);
        }
        (rows, pages)
    }
}

/// An answer, read whole.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) json: Value,
}

impl Answer {
    pub(crate) async fn read(response: Response) -> Answer {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.unwrap().to_vec();
        let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Answer { status, headers, body, json }
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.json[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", self.json)).to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(crate) fn body_text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The code of a Graph error.
    pub(crate) fn code(&self) -> &str {
        self.json["error"]["code"].as_str().unwrap_or_default()
    }

    /// The AADSTS code of a token error.
    pub(crate) fn aadsts(&self) -> u64 {
        self.json["error_codes"][0].as_u64().unwrap_or_default()
    }
}
