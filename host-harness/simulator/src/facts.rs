//! What a client must know of the simulated tenant.

use serde::Serialize;

use crate::hosts::{HOSTS, REPORTS};
use crate::identity::password::SECOND_FACTOR;
use crate::identity::registration::REDIRECT;
use crate::tenant::census::ACTORS;
use crate::world::World;

/// What a client must know to connect. Nothing in it is a secret anywhere but in the simulator.
#[derive(Clone, Debug, Serialize)]
pub struct Facts {
    /// The tenant's id.
    pub tenant_id: String,
    /// The organisation's name.
    pub organization: String,
    /// The domain of its people.
    pub domain: String,
    /// The domain that the tenant was made with.
    pub initial_domain: String,
    /// The client id of a confidential application that was consented to.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The id of that secret, which people paste in place of it.
    pub client_secret_id: String,
    /// The client id of a public application that was consented to.
    pub public_client_id: String,
    /// The client id of a confidential application that nobody consented to yet.
    pub fresh_client_id: String,
    /// Its secret.
    pub fresh_client_secret: String,
    /// The redirect address of the applications; any port is taken.
    pub redirect: String,
    /// An administrator.
    pub administrator: Account,
    /// A user without any directory role.
    pub user: Account,
    /// A user whose sign-in demands a second factor.
    pub user_with_second_factor: Account,
    /// The hosts that the simulator answers for.
    pub hosts: Vec<&'static str>,
    /// The host of Graph in the tenant's cloud.
    pub graph: &'static str,
    /// The host of sign-in in the tenant's cloud.
    pub authority: &'static str,
    /// The host of report files.
    pub reports: &'static str,
    /// The code that everybody's second factor shows.
    pub second_factor: &'static str,
}

/// Somebody who can sign in at the simulator's pages.
#[derive(Clone, Debug, Serialize)]
pub struct Account {
    /// The principal name.
    pub principal_name: String,
    /// The password.
    pub password: String,
}

impl Facts {
    pub(crate) fn new(world: &World) -> Facts {
        let tenant = &world.tenant;
        let (confidential, fresh) = (&world.prepared.confidential, &world.prepared.fresh);
        let mut accounts = ACTORS.iter().zip(&tenant.users).map(|((_, _, password), user)| Account {
            principal_name: user.principal_name(&tenant.domains),
            password: password.text.to_owned(),
        });
        let nobody = || Account { principal_name: String::new(), password: String::new() };
        let mut account = || accounts.next().unwrap_or_else(nobody);
        let secret = confidential.secrets.first();
        Facts {
            tenant_id: tenant.id.to_string(),
            organization: tenant.name.to_owned(),
            domain: tenant.domains.own.clone(),
            initial_domain: tenant.domains.initial.clone(),
            client_id: confidential.app_id.to_string(),
            client_secret: secret.map(|secret| secret.text.clone()).unwrap_or_default(),
            client_secret_id: secret.map(|secret| secret.id.to_string()).unwrap_or_default(),
            public_client_id: world.prepared.public.app_id.to_string(),
            fresh_client_id: fresh.app_id.to_string(),
            fresh_client_secret: fresh.secrets.first().map(|secret| secret.text.clone()).unwrap_or_default(),
            redirect: REDIRECT.to_owned(),
            administrator: account(),
            user: account(),
            user_with_second_factor: account(),
            hosts: HOSTS.to_vec(),
            graph: world.options.cloud.graph(),
            authority: world.options.cloud.authority(),
            reports: REPORTS,
            second_factor: SECOND_FACTOR,
        }
    }
}
