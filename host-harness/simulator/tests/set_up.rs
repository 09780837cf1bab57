//! Changes to the directory: what is made works at once, and what is wrong is refused as the service does.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by failing"
)]

mod support;

use serde_json::{Value, json};
use support::{Answer, Site, options};

const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
const REPORTS: &str = "230c1aed-a721-4c5d-9cb4-a90514e508ef";

struct Administrator {
    site: Site,
    token: String,
}

impl Administrator {
    async fn new(permissions: &[&str]) -> Administrator {
        let site = Site::start(options()).await;
        site.simulator.control().set_roles(&site.facts.client_id, permissions);
        let token = site.token().await;
        Administrator { site, token }
    }

    async fn ask(&self, method: &str, path: &str, body: &Value) -> Answer {
        let url = self.site.url(&format!("/v1.0/{path}"));
        let request = self.site.client.request(method.parse().unwrap(), url);
        let request = request.header("authorization", format!("Bearer {}", self.token));
        Answer::read(request.header("content-type", "application/json").body(body.to_string()).send().await.unwrap())
            .await
    }

    async fn make(&self, name: &str) -> Answer {
        let access = json!([{"resourceAppId": GRAPH, "resourceAccess": [{"id": REPORTS, "type": "Role"}]}]);
        let body = json!({"displayName": name, "signInAudience": "AzureADMyOrg", "requiredResourceAccess": access,
            "web": {"redirectUris": ["http://localhost/connect"]}, "tags": ["made"]});
        self.ask("POST", "applications", &body).await
    }
}

#[tokio::test]
async fn an_application_that_was_made_signs_in_with_its_secret_and_holds_what_was_granted() {
    let admin = Administrator::new(&["Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All"]).await;
    let made = admin.make("New").await;
    assert_eq!((made.status, made.json["tags"][0].as_str()), (201, Some("made")));
    let (id, app) = (made.text("id"), made.text("appId"));
    assert_ne!(id, app);
    let principal = admin.ask("POST", "servicePrincipals", &json!({"appId": app})).await;
    assert_eq!(principal.status, 201);
    let again = admin.ask("POST", "servicePrincipals", &json!({"appId": app})).await;
    assert_eq!((again.status, again.code()), (409, "Request_MultipleObjectsWithSameKeyValue"));

    let secret = admin.ask("POST", &format!("applications/{id}/addPassword"), &json!({})).await;
    let text = secret.text("secretText");
    assert_eq!((secret.status, secret.text("hint")), (200, text[..3].to_owned()));
    let graph = admin.site.get(&admin.token, &format!("/v1.0/servicePrincipals?$filter=appId eq '{GRAPH}'")).await;
    let graph = graph.json["value"][0]["id"].as_str().unwrap().to_owned();
    let assignment = json!({"principalId": principal.text("id"), "resourceId": graph, "appRoleId": REPORTS});
    let path = format!("servicePrincipals/{graph}/appRoleAssignedTo");
    assert_eq!(admin.ask("POST", &path, &assignment).await.status, 201);
    let twice = admin.ask("POST", &path, &assignment).await;
    assert_eq!((twice.status, twice.code()), (400, "Request_BadRequest"));
    assert!(twice.body_text().contains("already exists on the object"));
    assert_eq!(admin.site.token_of(&app, &text).await.status, 200);
    let control = admin.site.simulator.control();
    assert_eq!(control.granted(&app).unwrap().0, ["Reports.Read.All"]);

    let removed = json!({"keyId": secret.text("keyId")});
    assert_eq!(admin.ask("POST", &format!("applications/{id}/removePassword"), &removed).await.status, 204);
    assert_eq!(admin.site.token_of(&app, &text).await.aadsts(), 7_000_215);
    assert_eq!(admin.ask("DELETE", &format!("applications/{id}"), &Value::Null).await.status, 204);
    assert_eq!(admin.site.token_of(&app, &text).await.aadsts(), 700_016);
}

#[tokio::test]
async fn an_application_that_is_made_without_an_audience_is_for_everybody() {
    let admin = Administrator::new(&["Application.ReadWrite.All", "Directory.Read.All"]).await;
    for (body, audience) in [
        (json!({"displayName": "x"}), "AzureADandPersonalMicrosoftAccount"),
        (json!({"displayName": "x", "signInAudience": "AzureADMyOrg"}), "AzureADMyOrg"),
    ] {
        let made = admin.ask("POST", "applications", &body).await;
        assert_eq!((made.status, made.text("signInAudience").as_str()), (201, audience));
        let held = admin.site.get(&admin.token, &format!("/v1.0/applications/{}", made.text("id"))).await;
        assert_eq!(held.text("signInAudience"), audience);
        let (told, ..) = admin.site.simulator.control().last_registered().unwrap();
        assert_eq!(told, audience);
    }
}

#[tokio::test]
async fn what_is_misspelled_not_permitted_or_not_known_everywhere_yet_is_refused() {
    let admin = Administrator::new(&["Application.ReadWrite.All"]).await;
    for wrong in [
        json!({}),
        json!({"displayName": "x", "redirectUris": []}),
        json!({"displayName": "x", "web": {"redirectUris": ["http://127.0.0.1/connect"]}}),
        json!({"displayName": "x", "requiredResourceAccess": [{"resourceAppId": GRAPH,
            "resourceAccess": [{"id": REPORTS, "type": "Scope"}]}]}),
    ] {
        assert_eq!(admin.ask("POST", "applications", &wrong).await.status, 400, "{wrong}");
    }
    let strange = admin.ask("POST", "applications", &json!({"displayName": "x", "signInAudience": "Everybody"})).await;
    assert_eq!(strange.status, 400);
    let denied = admin.ask("POST", "oauth2PermissionGrants", &json!({})).await;
    assert_eq!((denied.status, denied.code()), (403, "Authorization_RequestDenied"));

    admin.site.simulator.control().replicate_after(1);
    let made = admin.make("New").await;
    let body = json!({"appId": made.text("appId")});
    let early = admin.ask("POST", "servicePrincipals", &body).await;
    assert_eq!((early.status, early.code()), (400, "Request_BadRequest"));
    assert_eq!(admin.ask("POST", "servicePrincipals", &body).await.status, 201);
    let reading = Administrator::new(&["Directory.Read.All"]).await;
    assert_eq!(reading.make("New").await.status, 403);
}

#[tokio::test]
async fn one_grant_for_everybody_is_made_once_and_changed_as_a_whole() {
    let permissions = ["Application.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All"];
    let admin = Administrator::new(&permissions).await;
    let made = admin.make("New").await;
    let principal = admin.ask("POST", "servicePrincipals", &json!({"appId": made.text("appId")})).await.text("id");
    let graph = admin.site.get(&admin.token, &format!("/v1.0/servicePrincipals?$filter=appId eq '{GRAPH}'")).await;
    let graph = graph.json["value"][0]["id"].as_str().unwrap().to_owned();
    let grant = json!({"clientId": principal, "consentType": "AllPrincipals", "principalId": null,
        "resourceId": graph, "scope": "Reports.Read.All openid"});
    let first = admin.ask("POST", "oauth2PermissionGrants", &grant).await;
    assert_eq!((first.status, first.text("scope")), (201, "Reports.Read.All openid".to_owned()));
    let second = admin.ask("POST", "oauth2PermissionGrants", &grant).await;
    assert_eq!((second.status, second.code()), (409, "Request_MultipleObjectsWithSameKeyValue"));
    let path = format!("oauth2PermissionGrants/{}", first.text("id"));
    assert_eq!(admin.ask("PATCH", &path, &json!({"scope": "User.Read.All"})).await.status, 204);
    let filter = format!("clientId eq '{principal}' and consentType eq 'AllPrincipals'");
    let listed = admin.site.get(&admin.token, &format!("/v1.0/oauth2PermissionGrants?$filter={filter}")).await;
    assert_eq!(listed.json["value"].as_array().unwrap().len(), 1);
    assert_eq!(listed.json["value"][0]["scope"], "User.Read.All");
    assert_eq!(admin.ask("DELETE", &path, &Value::Null).await.status, 204);
    assert!(admin.site.simulator.control().granted(&made.text("appId")).unwrap().1.is_empty());
}
