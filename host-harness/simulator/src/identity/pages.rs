//! The pages that a person sees. They work without scripts, and nothing on them comes from elsewhere.

use crate::exchange::Response;
use crate::identity::errors::Refusal;
use crate::identity::registration::Registration;
use crate::identity::visit::{Aim, Visit};
use crate::world::World;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;background:#eef1f5;color:#1b1b1b;margin:0}\
    main{max-width:26rem;margin:8vh auto;background:#fff;padding:2rem;box-shadow:0 2px 8px #0002}\
    h1{font-size:1.4rem;margin-top:0}label{display:block;margin:.8rem 0 .2rem}\
    input[type=text],input[type=password],input[type=email]{width:100%;padding:.5rem;box-sizing:border-box;font:inherit}\
    button{margin:1.2rem .5rem 0 0;padding:.5rem 1.4rem;font:inherit}\
    .error{color:#a80000}.note{color:#555;font-size:.9rem}";

/// A text as it may stand in a page.
fn safe(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

fn page(status: u16, title: &str, body: &str) -> Response {
    let title = safe(title);
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head>\n\
         <body><main>\n<h1>{title}</h1>\n{body}\n<p class=\"note\">This is a simulated sign-in page.</p></main></body>\n</html>\n"
    );
    Response::html(status, page).with("cache-control", "no-store")
}

fn error(text: Option<&str>) -> String {
    text.map(|text| format!("<p class=\"error\" role=\"alert\">{}</p>\n", safe(text))).unwrap_or_default()
}

fn form(action: &str, visit: &str, fields: &str) -> String {
    format!(
        "<form method=\"post\" action=\"/{action}\">\n<input type=\"hidden\" name=\"ctx\" value=\"{visit}\">\n{fields}</form>"
    )
}

/// Asks for name and password.
pub(crate) fn sign_in(
    world: &World,
    registration: &Registration,
    visit: &Visit,
    refusal: Option<&Refusal>,
) -> Response {
    let told = refusal.map(|refusal| format!("AADSTS{}: {}", refusal.code, refusal.text));
    let name = safe(visit.hint.as_deref().unwrap_or_default());
    let fields = format!(
        "<label for=\"login\">User name</label>\n\
         <input type=\"email\" id=\"login\" name=\"login\" value=\"{name}\" autocomplete=\"username\" required>\n\
         <label for=\"passwd\">Password</label>\n\
         <input type=\"password\" id=\"passwd\" name=\"passwd\" autocomplete=\"current-password\" required>\n\
         <button type=\"submit\" id=\"submit\">Sign in</button>\n"
    );
    let intro = format!("<p>to continue to <strong>{}</strong></p>\n", safe(&registration.name));
    let body = intro + &error(told.as_deref()) + &form("login", &visit.sealed(world), &fields);
    page(200, "Sign in", &body)
}

/// Asks for the second factor.
pub(crate) fn second_factor(world: &World, visit: &Visit, told: Option<&str>) -> Response {
    let fields = "<label for=\"otc\">Code from your authenticator</label>\n\
         <input type=\"text\" id=\"otc\" name=\"otc\" inputmode=\"numeric\" autocomplete=\"one-time-code\" required>\n\
         <button type=\"submit\" id=\"submit\">Verify</button>\n";
    page(200, "Verify your identity", &(error(told) + &form("factor", &visit.sealed(world), fields)))
}

fn list(wanted: &[String]) -> String {
    let items: String = wanted.iter().map(|each| format!("<li>{}</li>", safe(each))).collect();
    format!("<ul>{items}</ul>\n")
}

/// Asks for consent.
pub(crate) fn consent(
    world: &World,
    registration: &Registration,
    visit: &Visit,
    wanted: &[String],
    administrator: bool,
) -> Response {
    let everybody = if administrator && visit.aim != Aim::AdminConsent {
        "<label><input type=\"checkbox\" id=\"everybody\" name=\"everybody\" value=\"1\"> Consent on behalf of your organization</label>\n"
    } else {
        ""
    };
    let title = if visit.aim == Aim::AdminConsent {
        "Permissions requested: review for your organization"
    } else {
        "Permissions requested"
    };
    let buttons = "<button type=\"submit\" id=\"accept\" name=\"decision\" value=\"accept\">Accept</button>\n\
         <button type=\"submit\" id=\"cancel\" name=\"decision\" value=\"cancel\">Cancel</button>\n";
    let intro = format!("<p><strong>{}</strong> would like to:</p>\n", safe(&registration.name));
    let fields = format!("{everybody}{buttons}");
    page(200, title, &(intro + &list(wanted) + &form("consent", &visit.sealed(world), &fields)))
}

/// Says that an administrator must consent.
pub(crate) fn approval(world: &World, registration: &Registration, visit: &Visit, wanted: &[String]) -> Response {
    let intro = format!(
        "<p>AADSTS90094: <strong>{}</strong> needs permission to access resources in your organization that only an \
         administrator can grant.</p>\n",
        safe(&registration.name)
    );
    let button = "<button type=\"submit\" id=\"cancel\" name=\"decision\" value=\"cancel\">Return to the application \
         without granting consent</button>\n";
    page(200, "Need admin approval", &(intro + &list(wanted) + &form("consent", &visit.sealed(world), button)))
}

/// Asks for the code that a device shows.
pub(crate) fn enter_code(told: Option<&str>) -> Response {
    let fields = "<form method=\"post\" action=\"/common/oauth2/deviceauth\">\n\
         <label for=\"code\">Code</label>\n\
         <input type=\"text\" id=\"code\" name=\"code\" autocomplete=\"off\" required>\n\
         <button type=\"submit\" id=\"submit\">Next</button>\n</form>";
    page(200, "Enter code to allow access", &(error(told) + fields))
}

/// Says something.
pub(crate) fn message(title: &str, text: &str) -> Response {
    page(200, title, &format!("<p>{}</p>", safe(text)))
}

/// Says why the person cannot be sent back.
pub(crate) fn refusal(world: &World, refusal: &Refusal) -> Response {
    let text = safe(&refusal.description(world).text).replace("\r\n", "<br>");
    page(400, "Sorry, but we're having trouble signing you in", &format!("<p class=\"error\">{text}</p>"))
}

/// Sends the person back by a form, which a browser without scripts sends at a click.
pub(crate) fn post_back(address: &str, fields: &[(&str, &str)]) -> Response {
    let inputs: String = fields
        .iter()
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">\n", safe(name), safe(value)))
        .collect();
    let body = format!(
        "<form method=\"post\" action=\"{}\">\n{inputs}<button type=\"submit\" id=\"submit\">Continue</button></form>\n\
         <script>document.forms[0].submit()</script>",
        safe(address)
    );
    page(200, "Working...", &body)
}
