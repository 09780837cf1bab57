//! What set-up asks for and what it reaches.

use super::wish::{chosen, value};
use crate::contract::manifest::{Entry, Field, Origin};
use crate::contract::set_up::Described;
use crate::contract::types::Setting;
use crate::form::builder::{Form, Kind, choice};
use crate::manifest;
use crate::{cloud::Cloud, form};

/// Which features are wanted.
pub const FEATURES: &str = "features";
/// How long the credential is good.
pub(super) const CREDENTIAL_DAYS: &str = "credential-days";
/// Whether a user is made: [`NONE`], [`READER`] or [`CLASSIC`].
pub(super) const USER: &str = "restricted-user";
/// How the user is called.
pub(super) const USER_NAME: &str = "restricted-user-name";
/// Who signs in to the connector and is given the role for it: a principal name or an id.
pub const GIVE_ROLE_TO: &str = "give-role-to";
/// Whether names in usage reports are shown: [`AS_THEY_ARE`] or [`SHOWN`].
pub const REPORT_NAMES: &str = "report-names";
/// How the application is called.
pub(super) const NAME: &str = "application-name";
/// How the administrator signs in: [`BROWSER`] or [`DEVICE`].
pub(super) const SIGN_IN: &str = "administrator-sign-in";
/// The client through which the administrator signs in.
pub(super) const CLIENT: &str = "administrator-client";

/// The field of the settings form that holds the certificate, and the way of signing in with it.
pub(super) const CERTIFICATE: &str = "certificate";
/// The way of signing in with the token of another identity provider.
pub(super) const FEDERATED: &str = "federated";
/// The fields of the settings form for the sign-in with a password, and that way itself.
pub(super) const USER_FIELD: &str = "user-name";
pub(super) const PASSWORD: &str = "password";

pub(super) const NONE: &str = "none";
pub(super) const READER: &str = "reports-reader";
pub(super) const CLASSIC: &str = "classic";
pub(super) const AS_THEY_ARE: &str = "as-they-are";
/// Names in usage reports are shown from now on.
pub const SHOWN: &str = "shown";
pub(super) const BROWSER: &str = "browser";
pub(super) const DEVICE: &str = "device-code";

/// Microsoft Graph Command Line Tools, the public client that most tenants have for work like this.
pub(super) const TOOLS: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";
/// The name that the application is given.
pub(super) const DEFAULT_NAME: &str = "Binadox Office 365 connector";
/// Half a year: long enough not to be a burden, short enough that a lost secret does not live for years.
pub(super) const DEFAULT_DAYS: u32 = 180;
/// The longest that the portal gives.
pub(super) const MOST_DAYS: u32 = 730;

/// Settings that set-up fills in.
pub(super) const MAKES: [&str; 8] = [
    form::APPLICATION_ID,
    form::CLIENT_SECRET,
    form::SECRET_ENDS,
    form::CONSENT,
    form::SET_UP_RECORD,
    CERTIFICATE,
    USER_FIELD,
    PASSWORD,
];

/// What set-up asks for and reaches.
#[must_use]
pub fn describe(settings: &[Setting]) -> Described {
    let id = chosen(settings, form::CLOUD, "");
    let cloud = Cloud::ALL.into_iter().find(|cloud| cloud.id() == id);
    let clouds = cloud.map_or_else(|| Cloud::ALL.to_vec(), |cloud| vec![cloud]);
    let cloud = if settings.is_empty() { clouds } else { vec![cloud.unwrap_or(Cloud::Global)] };
    // Pages on which a code is entered.
    let pages = manifest::describe().origins.into_iter().filter(|origin| origin.browse && origin.methods.is_empty());
    Described {
        fields: fields(value(settings, form::APPLICATION_ID).is_some()),
        makes: MAKES.map(str::to_owned).to_vec(),
        origins: cloud.into_iter().flat_map(origins).chain(pages).collect(),
    }
}

/// The origins of the connection; at Microsoft Graph things are made, changed and taken away as well.
fn origins(cloud: Cloud) -> Vec<Origin> {
    let wider = |origin: Origin| {
        if origin.host != cloud.graph_host() {
            return origin;
        }
        Origin {
            methods: ["GET", "POST", "PATCH", "DELETE"].map(str::to_owned).to_vec(),
            why:
                "Microsoft Graph, for set-up alone: makes the application, grants it permissions, and takes both away."
                    .to_owned(),
            ..origin
        }
    };
    manifest::origins(cloud).into_iter().map(wider).collect()
}

/// The questions. The main ones are asked of a person, although they have a default; the features only of a new
/// application, because one that is there keeps its own unless others are named.
fn fields(is_there: bool) -> Vec<Field> {
    let mut form = Form::of(USER);
    form.add(FEATURES, Entry::Text, (!is_there).then_some("spend,use,activity,applications"), Kind::Optional, &[]);
    form.add(CREDENTIAL_DAYS, Entry::Number((1, i64::from(MOST_DAYS))), Some("180"), Kind::Optional, &[]);
    form.add(
        USER,
        choice(&[
            (NONE, "None"),
            (READER, "With the role Reports Reader"),
            (CLASSIC, "With Billing Administrator and Security Reader"),
        ]),
        Some(NONE),
        Kind::Optional,
        &[],
    );
    form.add(USER_NAME, Entry::Text, Some("binadox-reader"), Kind::Optional, &[READER, CLASSIC]);
    form.add(GIVE_ROLE_TO, Entry::Text, None, Kind::Optional, &[]);
    form.add(
        REPORT_NAMES,
        choice(&[(AS_THEY_ARE, "As they are"), (SHOWN, "Shown")]),
        Some(AS_THEY_ARE),
        Kind::Optional,
        &[],
    );
    form.add(NAME, Entry::Text, Some(DEFAULT_NAME), Kind::Optional, &[]);
    form.add(
        SIGN_IN,
        choice(&[(BROWSER, "In the browser"), (DEVICE, "With a code on another device")]),
        Some(BROWSER),
        Kind::Optional,
        &[],
    );
    form.add(CLIENT, Entry::Text, Some(TOOLS), Kind::Optional, &[]);
    for field in &mut form.fields {
        let is_main = [FEATURES, USER, USER_NAME].contains(&field.name.as_str());
        field.required = is_main && field.default.is_some();
    }
    form.fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::given as settings;

    #[test]
    fn features_are_asked_for_once() {
        let asked = |own: &[(&str, &str)]| {
            let field = describe(&settings(own)).fields.into_iter().find(|field| field.name == FEATURES).unwrap();
            (field.required, field.default.is_some())
        };
        assert_eq!(asked(&[]), (true, true));
        assert_eq!(asked(&[(form::APPLICATION_ID, "00001111-aaaa-2222-bbbb-3333cccc4444")]), (false, false));
    }

    #[test]
    fn only_graph_of_the_chosen_cloud_may_be_changed_and_nothing_else_is_reached() {
        let described = describe(&settings(&[(form::CLOUD, "china")]));
        let writes: Vec<&str> = described
            .origins
            .iter()
            .filter(|origin| origin.methods.iter().any(|method| method == "DELETE"))
            .map(|origin| origin.host.as_str())
            .collect();
        assert_eq!(writes, [Cloud::China.graph_host()]);
        let known = manifest::describe();
        assert!(described.origins.iter().all(|origin| known.origins.iter().any(|own| own.host == origin.host)));
        let names: Vec<&str> = known.fields.iter().map(|field| field.name.as_str()).collect();
        assert!(described.fields.iter().all(|field| !names.contains(&field.name.as_str())));
    }
}
