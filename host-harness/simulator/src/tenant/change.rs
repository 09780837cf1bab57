//! What is changed in a tenant after it was made from its seed: licences given and taken, seats bought and given up, and
//! terms that went by.

use crate::id::Id;
use crate::tenant::Tenant;
use crate::tenant::group::LicenceGroup;
use crate::tenant::product::Role;
use crate::tenant::seats::Subscription;

/// A change of a tenant. A person is named by the object id, a product by the SKU id.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// The person gets a product, directly.
    Give {
        /// The person.
        user: String,
        /// The product.
        product: String,
    },
    /// Every assignment of the product is taken from the person: the direct one, and the membership in its group.
    Take {
        /// The person.
        user: String,
        /// The product.
        product: String,
    },
    /// So many seats of a product more, or fewer.
    Seats {
        /// The product.
        product: String,
        /// More when positive, fewer when negative.
        by: i64,
    },
    /// So many days go by. What people did goes with them; purchases whose term ends are renewed for a year.
    Pass {
        /// Days.
        days: i32,
    },
}

impl Tenant {
    /// Makes changes, in their order. What names nobody or nothing of this tenant changes nothing.
    pub(super) fn change(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Give { user, product } => self.seat(user, product, true),
                Change::Take { user, product } => self.seat(user, product, false),
                Change::Seats { product, by } => self.buy(product, *by),
                Change::Pass { days } => {
                    let all = self.contracts.iter_mut().flat_map(|contract| &mut contract.subscriptions);
                    all.for_each(|subscription| pass(subscription, *days));
                }
            }
        }
    }

    fn role(&self, product: &str) -> Option<Role> {
        let id = Id::parse(product)?;
        self.products.iter().find(|each| each.sku == id).map(|each| each.role)
    }

    fn seat(&mut self, user: &str, product: &str, give: bool) {
        let place = Id::parse(user).and_then(|id| self.place(id));
        let (Some(role), Some(place)) = (self.role(product), place) else { return };
        let Some(user) = self.users.get_mut(place as usize) else { return };
        if give {
            user.direct = user.direct.with(role);
            return;
        }
        user.direct = user.direct.without(role);
        for group in LicenceGroup::all().filter(|group| group.product() == role) {
            user.groups &= !group.bit();
        }
        user.obstacle = user.obstacle.filter(|(blocked, _)| *blocked != role);
    }

    fn buy(&mut self, product: &str, by: i64) {
        let Some(role) = self.role(product) else { return };
        let contracts = self.products.iter().zip(&mut self.contracts);
        for (_, contract) in contracts.filter(|(each, _)| each.role == role) {
            let changed = |seats: u32, by: i64| u32::try_from((i64::from(seats) + by).max(0)).unwrap_or(u32::MAX);
            contract.seats = changed(contract.seats, by);
            let mut left = by;
            for subscription in contract.subscriptions.iter_mut().rev() {
                let before = subscription.seats;
                subscription.seats = changed(before, left);
                left -= i64::from(subscription.seats) - i64::from(before);
            }
        }
    }
}

fn pass(subscription: &mut Subscription, days: i32) {
    /// Days of a term.
    const TERM: i32 = 365;
    subscription.created_ago += days;
    if let Some(ends_in) = &mut subscription.ends_in {
        *ends_in -= days;
        while *ends_in < 0 {
            *ends_in += TERM;
        }
    }
}
