//! The properties of a user, as Graph names and writes them.

use serde_json::{Value, json};

use crate::clock::{instant, start_of};
use crate::dice::{Dice, Topic};
use crate::tenant::group::LicenceGroup;
use crate::tenant::people::{Blank, Kind, Obstacle, User};
use crate::tenant::product::{Product, Role};
use crate::world::World;

/// The properties that come without `$select`.
pub(crate) const USUAL: [&str; 11] = [
    "businessPhones",
    "displayName",
    "givenName",
    "id",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
];

/// Properties that only a single user has; asking a collection for them gives 501.
pub(crate) const SINGLE: [&str; 11] = [
    "aboutMe",
    "birthday",
    "hireDate",
    "interests",
    "mailboxSettings",
    "mySite",
    "pastProjects",
    "preferredName",
    "responsibilities",
    "schools",
    "skills",
];

/// Properties that `User.ReadBasic.All` opens.
pub(crate) const BASIC: [&str; 8] =
    ["id", "displayName", "givenName", "mail", "surname", "userPrincipalName", "userType", "photo"];

/// Second since 1970 of 2023-12-01, before which successful sign-ins were not noted.
const SUCCESS_KNOWN_SINCE: i64 = 1_701_388_800;

/// Reads properties of one user.
pub(crate) struct Reader<'a> {
    world: &'a World,
    place: u32,
    user: &'a User,
    now: i64,
}

/// A property's value, or why it is not in the row.
pub(crate) enum Field {
    /// The value.
    Value(Value),
    /// The property is left out of this row.
    Absent,
    /// There is no such property.
    Unknown,
}

impl<'a> Reader<'a> {
    /// Reads the user at a place, at an instant in seconds since 1970.
    pub(crate) fn new(world: &'a World, place: u32, user: &'a User, now: i64) -> Reader<'a> {
        Reader { world, place, user, now }
    }

    /// The value of a property.
    pub(crate) fn field(&self, name: &str) -> Field {
        let user = self.user;
        let person = matches!(user.kind, Kind::Employee | Kind::Guest);
        let country = user.country();
        let department = user.department();
        let own = |text: &str| if person { json!(text) } else { Value::Null };
        let employee = user.kind == Kind::Employee;
        Field::Value(match name {
            "id" => json!(user.id.to_string()),
            "displayName" => json!(user.display_name()),
            "userPrincipalName" => json!(user.principal_name(&self.world.tenant.domains)),
            "mail" => json!(user.mail(&self.world.tenant.domains)),
            "mailNickname" => json!(user.local_part()),
            "givenName" => own(user.given.text),
            "surname" => own(user.family.text),
            "jobTitle" => match department {
                Some(department) if employee => {
                    let place = self.place as usize % department.titles.len().max(1);
                    json!(department.titles.get(place))
                }
                _ => Value::Null,
            },
            "department" if employee => json!(department.map(|each| each.name)),
            "employeeOrgData" if employee => {
                json!({"costCenter": department.map(|each| each.cost_centre), "division": null})
            }
            "companyName" if employee => json!(self.world.tenant.name),
            "city" | "officeLocation" if employee => json!(country.map(|each| each.city)),
            "country" if employee => json!(country.map(|each| each.name)),
            "usageLocation" if user.kind != Kind::Guest => json!(country.map(|each| each.code)),
            "department" | "employeeOrgData" | "companyName" | "city" | "officeLocation" | "country"
            | "usageLocation" => Value::Null,
            "businessPhones" | "proxyAddresses" | "otherMails" => json!([]),
            "mobilePhone" | "preferredLanguage" | "deletedDateTime" | "employeeId" | "employeeType" | "state" => {
                Value::Null
            }
            "accountEnabled" => json!(user.enabled),
            "userType" => json!(if user.kind == Kind::Guest { "Guest" } else { "Member" }),
            "creationType" => json!((user.kind == Kind::Guest).then_some("Invitation")),
            "externalUserState" => json!((user.kind == Kind::Guest).then_some("Accepted")),
            "onPremisesSyncEnabled" => json!(user.synced.then_some(true)),
            "createdDateTime" => json!(self.ago(user.created_ago)),
            "lastPasswordChangeDateTime" => json!(self.ago(user.created_ago.min(120))),
            "assignedLicenses" => self.assigned_licenses(),
            "licenseAssignmentStates" => self.assignment_states(),
            "assignedPlans" => self.assigned_plans(),
            "signInActivity" => return self.sign_in_activity(),
            _ => return Field::Unknown,
        })
    }

    /// An instant so many days before the start, at an hour that belongs to the user.
    fn ago(&self, days: i32) -> String {
        instant(start_of(self.world.start - days) - i64::from(self.place % 40_000))
    }

    fn product(&self, role: Role) -> Option<&'a Product> {
        self.world.tenant.products.iter().find(|product| product.role == role)
    }

    /// Ids of the service plans that are switched off.
    fn disabled(&self, product: &Product) -> Vec<String> {
        let off = |name: &str| matches!(name, "SWAY" | "YAMMER_ENTERPRISE" | "KAIZALA_O365_P3" | "STREAM_O365_E3");
        let plans = product.plans.iter().filter(|plan| self.user.trimmed && off(plan.name));
        plans.map(|plan| plan.id.to_string()).collect()
    }

    fn assigned_licenses(&self) -> Value {
        let products = self.user.products().roles().filter_map(|role| self.product(role));
        products.map(|each| json!({"skuId": each.sku.to_string(), "disabledPlans": self.disabled(each)})).collect()
    }

    fn assignment_states(&self) -> Value {
        let updated = self.ago(self.user.licensed_ago);
        let state = |product: &Product, group: Option<String>, failure: Option<&str>| {
            json!({
                "skuId": product.sku.to_string(),
                "assignedByGroup": group,
                "disabledPlans": self.disabled(product),
                "error": failure.unwrap_or("None"),
                "state": if failure.is_some() { "Error" } else { "Active" },
                "lastUpdatedDateTime": updated,
            })
        };
        let direct = self.user.direct.roles().filter_map(|role| self.product(role)).map(|each| state(each, None, None));
        let member = LicenceGroup::all().filter(|group| group.has(self.user.groups));
        let inherited = member.filter_map(|group| {
            let product = self.product(group.product())?;
            let failure = match self.user.obstacle {
                Some((role, Obstacle::Count)) if role == product.role => Some("CountViolation"),
                Some((role, Obstacle::Exclusive)) if role == product.role => Some("MutuallyExclusiveViolation"),
                _ => None,
            };
            let by = self.world.tenant.groups.get(group as usize).map(|group| group.id.to_string());
            Some(state(product, by, failure))
        });
        direct.chain(inherited).collect()
    }

    fn assigned_plans(&self) -> Value {
        let assigned = self.ago(self.user.licensed_ago);
        let products = self.user.products().roles().filter_map(|role| self.product(role));
        let plans = products.flat_map(|product| {
            let disabled = self.disabled(product);
            product.plans.iter().map(move |plan| (plan, disabled.contains(&plan.id.to_string())))
        });
        plans
            .map(|(plan, off)| {
                json!({
                    "assignedDateTime": assigned,
                    "capabilityStatus": if off { "Deleted" } else { "Enabled" },
                    "service": plan.name,
                    "servicePlanId": plan.id.to_string(),
                })
            })
            .collect()
    }

    fn sign_in_activity(&self) -> Field {
        let latest = self.world.calendar().latest_sign_ins(self.place, self.user, self.now);
        let success = latest.success.filter(|at| *at >= SUCCESS_KNOWN_SINCE);
        if latest.attempt.is_none() && latest.renewal.is_none() {
            match self.user.blank {
                Blank::Absent => return Field::Absent,
                Blank::Null => return Field::Value(Value::Null),
                Blank::Empty | Blank::YearOne => {}
            }
        }
        let mut dice = Dice::new(self.world.tenant.seed, Topic::SignIn, u64::from(self.place), 0);
        let mut activity = serde_json::Map::new();
        for (name, at) in [("", latest.attempt), ("NonInteractive", latest.renewal), ("Successful", success)] {
            let (date, request) = match at {
                Some(at) => (json!(instant(at)), json!(dice.id().to_string())),
                None => self.blank(),
            };
            activity.insert(format!("last{name}SignInDateTime"), date);
            activity.insert(format!("last{name}SignInRequestId"), request);
        }
        Field::Value(Value::Object(activity))
    }

    /// A date that there is none of, and its request id.
    fn blank(&self) -> (Value, Value) {
        match self.user.blank {
            Blank::Absent | Blank::Null => (Value::Null, Value::Null),
            Blank::Empty => (json!(""), json!("")),
            Blank::YearOne => (json!("0001-01-01T00:00:00Z"), json!("")),
        }
    }
}
