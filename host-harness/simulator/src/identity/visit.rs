//! A person's visit to the sign-in pages, from the first page to the redirect back. All of it is kept in the pages'
//! forms, sealed, so that any number of visits go on at once.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::exchange::{Fields, Request, Response};
use crate::id::Id;
use crate::identity::code::{self, Challenge};
use crate::identity::errors::Refusal;
use crate::identity::ledger::Answer;
use crate::identity::registration::Registration;
use crate::identity::resource::Scopes;
use crate::identity::{client, consent, pages, password};
use crate::world::World;

const PURPOSE: &str = "visit";
const SESSION: &str = "session";
const COOKIE: &str = "ESTSAUTH";

/// What a visit is for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Aim {
    /// An authorization code.
    Code,
    /// An administrator's consent for everybody.
    AdminConsent,
    /// To let a device in that shows this code.
    Device(String),
}

/// How an answer is carried back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Mode {
    /// In the query.
    Query,
    /// In the fragment.
    Fragment,
    /// In a form that the browser posts.
    Form,
}

/// A visit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Visit {
    /// What for.
    pub(crate) aim: Aim,
    /// The client that sent the person here.
    pub(crate) client: Id,
    /// Where the person goes back to; empty for a device.
    pub(crate) redirect: String,
    /// What the client wants back unchanged.
    pub(crate) state: Option<String>,
    /// How the answer is carried back.
    pub(crate) mode: Mode,
    /// What is asked for.
    pub(crate) scopes: Scopes,
    /// What the client must show when it redeems the code.
    pub(crate) challenge: Option<Challenge>,
    /// What goes into the id token unchanged.
    pub(crate) nonce: Option<String>,
    /// The claims that the person shows with the sign-in.
    pub(crate) shown: Option<String>,
    /// A name to begin with.
    pub(crate) hint: Option<String>,
    /// Always asks for consent.
    pub(crate) ask_consent: bool,
    /// The user's place, once signed in.
    pub(crate) user: Option<u32>,
    /// The user's place, while the second factor is still to be shown.
    pub(crate) half: Option<u32>,
}

impl Visit {
    /// The visit in a form.
    pub(crate) fn sealed(&self, world: &World) -> String {
        world.seal.close(PURPOSE, self)
    }

    fn read(world: &World, form: &Fields) -> Option<Visit> {
        world.seal.open(PURPOSE, form.get("ctx")?)
    }

    /// Sends the person back with these fields.
    pub(crate) fn back(&self, fields: &[(&str, &str)]) -> Response {
        let state = self.state.as_deref().map(|state| ("state", state));
        let fields: Vec<(&str, &str)> = fields.iter().copied().chain(state).collect();
        if self.mode == Mode::Form {
            return pages::post_back(&self.redirect, &fields);
        }
        let Ok(mut url) = Url::parse(&self.redirect) else { return Response::empty(400) };
        match self.mode {
            Mode::Fragment => {
                let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
                url.set_fragment(Some(&text));
            }
            Mode::Query | Mode::Form => {
                url.query_pairs_mut().extend_pairs(&fields);
            }
        }
        Response::empty(302).with("location", url.as_str()).with("cache-control", "no-store")
    }

    /// Sends the person back with a refusal.
    pub(crate) fn refuse(&self, world: &World, refusal: &Refusal) -> Response {
        let told = refusal.description(world).text;
        let mut fields = vec![("error", refusal.error), ("error_description", told.as_str())];
        if self.aim == Aim::AdminConsent {
            fields.insert(0, ("admin_consent", "True"));
        }
        if let Aim::Device(_) = self.aim {
            return pages::message("The device was not let in", &told);
        }
        self.back(&fields)
    }
}

/// The user who signed in with this browser before.
pub(crate) fn session(world: &World, request: &Request) -> Option<u32> {
    let cookies = request.header("cookie")?.split(';');
    let value = cookies.filter_map(|cookie| cookie.trim().split_once('=')).find(|(name, _)| *name == COOKIE)?.1;
    world.seal.open(SESSION, value)
}

/// Answers a page's form.
pub(crate) fn answer(world: &World, request: &Request, step: &str) -> Response {
    let form = request.form_fields();
    let Some(visit) = Visit::read(world, &form) else {
        return pages::message("This page has expired", "Go back to the application and begin again.");
    };
    match client::find(world, &visit.client.to_string()) {
        Err(refusal) => pages::refusal(world, &refusal),
        Ok(registration) => match step {
            "login" => sign_in(world, &registration, visit, &form),
            "factor" => second_factor(world, &registration, visit, &form),
            _ => consent::decide(world, &registration, &visit, &form),
        },
    }
}

fn sign_in(world: &World, registration: &Registration, mut visit: Visit, form: &Fields) -> Response {
    let name = form.get("login").unwrap_or_default();
    match password::check(world, name, form.get("passwd").unwrap_or_default()) {
        Ok(known) if known.second_factor => {
            visit.half = Some(known.place);
            pages::second_factor(world, &visit, None)
        }
        Ok(known) => signed_in(world, registration, visit, known.place),
        Err(refusal) => {
            visit.hint = Some(name.to_owned());
            pages::sign_in(world, registration, &visit, Some(&refusal))
        }
    }
}

fn second_factor(world: &World, registration: &Registration, mut visit: Visit, form: &Fields) -> Response {
    let Some(place) = visit.half.take() else { return pages::sign_in(world, registration, &visit, None) };
    if form.get("otc") == Some(password::SECOND_FACTOR) {
        return signed_in(world, registration, visit, place);
    }
    visit.half = Some(place);
    pages::second_factor(world, &visit, Some("That code was not right. Try again."))
}

fn signed_in(world: &World, registration: &Registration, mut visit: Visit, place: u32) -> Response {
    visit.user = Some(place);
    let cookie = format!("{COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=None", world.seal.close(SESSION, &place));
    proceed(world, registration, &visit).with("set-cookie", cookie)
}

/// The next page of a visit, or its end.
pub(crate) fn proceed(world: &World, registration: &Registration, visit: &Visit) -> Response {
    let Some(user) = visit.user else { return pages::sign_in(world, registration, visit, None) };
    match consent::need(world, registration, visit, user) {
        consent::Need::Nothing => finish(world, visit, user),
        consent::Need::Ask(wanted) => {
            pages::consent(world, registration, visit, &wanted, consent::is_administrator(world, user))
        }
        consent::Need::Administrator(wanted) => pages::approval(world, registration, visit, &wanted),
    }
}

/// Ends a visit with what it was for.
pub(crate) fn finish(world: &World, visit: &Visit, user: u32) -> Response {
    match &visit.aim {
        Aim::Code => {
            let code = code::issue(world, visit, user);
            let session = world.seal.id().to_string();
            visit.back(&[("code", code.as_str()), ("session_state", session.as_str())])
        }
        Aim::AdminConsent => {
            let tenant = world.tenant.id.to_string();
            let scope = format!("https://{}/.default", world.options.cloud.graph());
            visit.back(&[("admin_consent", "True"), ("tenant", tenant.as_str()), ("scope", scope.as_str())])
        }
        Aim::Device(code) => {
            if let Some(device) = world.state().ledger.devices.get_mut(code) {
                device.answer = Answer::Approved(user);
            }
            pages::message("You have signed in", "You can close this page and go back to your device.")
        }
    }
}
