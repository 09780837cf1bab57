//! Applications that people sign in to, as service principals of the tenant.

use crate::dice::{Dice, Topic};
use crate::id::Id;
use crate::tenant::catalogue::{FIRST_PARTY, HOME_MADE, Listing, SAAS};

/// The tenant that Microsoft's own applications belong to.
pub(crate) const MICROSOFT: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";

/// Whose application it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Origin {
    /// Microsoft's own.
    Microsoft,
    /// From the gallery, registered in this tenant, with SAML or a password.
    Gallery,
    /// Registered in its publisher's tenant, with OpenID Connect.
    Publisher,
    /// The tenant's own.
    Home,
}

/// An application of the tenant.
pub(crate) struct Application {
    /// The client id.
    pub(crate) app_id: Id,
    /// The id of its service principal here.
    pub(crate) principal_id: Id,
    /// The id of its registration, when it is registered here.
    pub(crate) registration_id: Id,
    /// Its gallery template.
    pub(crate) template: Option<Id>,
    /// Whose it is.
    pub(crate) origin: Origin,
    /// The tenant that it is registered in; absent for this one.
    pub(crate) owner: Option<Id>,
    /// Its name, publisher and address.
    pub(crate) listing: &'static Listing,
    /// Days from when it is first signed in to until the simulator's start; negative when that is still to come.
    pub(crate) appears_ago: Option<i32>,
    /// Days since its service principal was made.
    pub(crate) created_ago: i32,
}

impl Application {
    /// True once people can sign in to it.
    pub(crate) fn is_there(&self, days_after_start: i32) -> bool {
        self.appears_ago.is_none_or(|ago| days_after_start >= -ago)
    }

    /// True when users are assigned to it before they use it.
    pub(crate) fn is_assigned(&self) -> bool {
        self.origin == Origin::Gallery
    }
}

/// The applications of a tenant: Microsoft's first, then SaaS, then its own.
pub(crate) struct Shelf {
    /// All, in order.
    pub(crate) all: Vec<Application>,
    /// The place of the first that is not Microsoft's.
    pub(crate) first_foreign: usize,
    /// How often each of Microsoft's own is signed in to, against each other.
    pub(crate) common: Vec<u32>,
}

impl Shelf {
    /// The applications of the tenant with this seed.
    pub(crate) fn new(seed: u64) -> Shelf {
        let mut all = Vec::new();
        for listing in FIRST_PARTY.iter().chain(SAAS).chain(HOME_MADE) {
            let number = u64::try_from(all.len()).unwrap_or(0);
            let mut dice = Dice::new(seed, Topic::Application, number, 0);
            all.push(Application::new(listing, &mut dice));
        }
        let common = FIRST_PARTY.iter().map(|listing| listing.weight).collect();
        Shelf { all, first_foreign: FIRST_PARTY.len(), common }
    }

    /// The application at a place.
    pub(crate) fn at(&self, place: usize) -> Option<&Application> {
        self.all.get(place)
    }

    /// The SaaS applications that somebody of a department uses.
    pub(crate) fn choose(&self, dice: &mut Dice, department: u8) -> [u8; 6] {
        let foreign = self.all.get(self.first_foreign..).unwrap_or_default();
        let weigh = |application: &Application| match application.listing.department {
            Some(only) if only == department => application.listing.weight * 4,
            Some(_) => application.listing.weight / 8,
            None => application.listing.weight,
        };
        let weights: Vec<u32> = foreign.iter().map(weigh).collect();
        let mut chosen = [u8::MAX; 6];
        for slot in &mut chosen {
            let place = u8::try_from(self.first_foreign + dice.weighed(&weights)).unwrap_or(u8::MAX);
            if dice.chance(700) {
                *slot = place;
            }
        }
        chosen
    }
}

impl Application {
    fn new(listing: &'static Listing, dice: &mut Dice) -> Application {
        let (own, principal_id, registration_id) = (dice.id(), dice.id(), dice.id());
        let origin = listing.origin;
        let published = || Id::named(&format!("application {}", listing.name));
        let app_id = match origin {
            Origin::Microsoft => listing.app_id.and_then(Id::parse).unwrap_or_else(published),
            Origin::Publisher => published(),
            Origin::Gallery | Origin::Home => own,
        };
        let owner = match origin {
            Origin::Microsoft => Id::parse(MICROSOFT),
            Origin::Publisher => Some(Id::named(&format!("publisher {}", listing.publisher))),
            Origin::Gallery | Origin::Home => None,
        };
        let template = (origin == Origin::Gallery).then(|| Id::named(&format!("template {}", listing.name)));
        let created_ago = listing.appears_ago.unwrap_or_else(|| dice.between(90, 2000));
        Application {
            app_id,
            principal_id,
            registration_id,
            template,
            origin,
            owner,
            listing,
            appears_ago: listing.appears_ago,
            created_ago,
        }
    }
}
