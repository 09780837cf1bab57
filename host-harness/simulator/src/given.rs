//! Who was given which application.

use std::collections::BTreeSet;

use crate::tenant::application::Application;
use crate::tenant::group::{Group, Members};
use crate::tenant::people::User;
use crate::world::World;

/// The groups that were given an application: the department that uses it most, and for some applications everybody, or
/// one or both of the groups of projects.
pub(crate) fn groups<'a>(world: &'a World, place: usize, application: &Application) -> Vec<&'a Group> {
    let department = application.listing.department;
    let is_given = |group: &&Group| match group.members {
        Members::Department(each) => department == Some(each),
        Members::Everybody => place % 13 == 6,
        Members::Nested => place % 4 == 1,
        Members::Project => place % 6 == 1,
        Members::Licensed(_) => false,
    };
    world.tenant.groups.iter().filter(is_given).collect()
}

/// Whether a user was given an application by name: most of those who use it were, and some who never do.
pub(crate) fn by_name(place: usize, each: u32, user: &User) -> bool {
    let uses = user.apps.iter().any(|slot| usize::from(*slot) == place);
    (uses && !each.is_multiple_of(5)) || (each % 97 == u32::try_from(place).unwrap_or(0))
}

/// Every application with every user who was given it, by name or as a direct member of a group.
pub(crate) fn all(world: &World) -> BTreeSet<(String, String)> {
    let (removed, gone) = {
        let state = world.state();
        (state.removed.clone(), state.removed_applications.clone())
    };
    let mut found = BTreeSet::new();
    for (place, application) in world.tenant.shelf.all.iter().enumerate() {
        if !application.is_assigned() || gone.contains(&place) {
            continue;
        }
        let groups = groups(world, place, application);
        for (each, user) in (0u32..).zip(&world.tenant.users) {
            let through = groups.iter().any(|group| group.has(each, user));
            if (through || by_name(place, each, user)) && !removed.contains(&each) {
                found.insert((application.app_id.to_string(), user.id.to_string()));
            }
        }
    }
    found
}
