//! Where people work: departments, the organisation's name, its partners, mailboxes and machines, all made up.

/// A department, the cost centre that pays for it, and how many of a hundred people work there.
pub(crate) struct Department {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its cost centre.
    pub(crate) cost_centre: &'static str,
    /// How many of a hundred people work there.
    pub(crate) share: u32,
    /// Job titles in it.
    pub(crate) titles: &'static [&'static str],
}

/// The departments, in an order that never changes.
pub(crate) const DEPARTMENTS: &[Department] = &[
    Department {
        name: "Sales",
        cost_centre: "CC-1100",
        share: 18,
        titles: &["Account Executive", "Sales Manager", "Sales Engineer"],
    },
    Department {
        name: "Marketing",
        cost_centre: "CC-1200",
        share: 7,
        titles: &["Campaign Manager", "Designer", "Content Editor"],
    },
    Department {
        name: "Customer Support",
        cost_centre: "CC-1300",
        share: 13,
        titles: &["Support Engineer", "Team Lead"],
    },
    Department {
        name: "Engineering",
        cost_centre: "CC-2100",
        share: 22,
        titles: &["Software Engineer", "Staff Engineer", "Test Engineer"],
    },
    Department {
        name: "Research & Development",
        cost_centre: "CC-2200",
        share: 6,
        titles: &["Scientist", "Laboratory Lead"],
    },
    Department {
        name: "Production",
        cost_centre: "CC-3100",
        share: 15,
        titles: &["Operator", "Shift Lead", "Planner"],
    },
    Department { name: "Logistics", cost_centre: "CC-3200", share: 6, titles: &["Dispatcher", "Warehouse Clerk"] },
    Department { name: "Finance", cost_centre: "CC-4100", share: 5, titles: &["Accountant", "Controller"] },
    Department { name: "Human Resources", cost_centre: "CC-4200", share: 3, titles: &["Recruiter", "HR Partner"] },
    Department { name: "Legal", cost_centre: "CC-4300", share: 2, titles: &["Counsel", "Compliance Officer"] },
    Department {
        name: "IT",
        cost_centre: "CC-5100",
        share: 3,
        titles: &["Systems Administrator", "Service Desk Agent"],
    },
];

/// Names of the organisation that the tenant may belong to, with their domain's first label.
pub(crate) const COMPANIES: &[(&str, &str)] = &[
    ("Aldermoor Instruments", "aldermoor"),
    ("Brightwater Logistics", "brightwater"),
    ("Kestrel & Vane", "kestrelvane"),
    ("Larkfield Foods", "larkfield"),
    ("Meridian Optics", "meridianoptics"),
    ("Oakhaven Systems", "oakhaven"),
    ("Pellworm Marine", "pellworm"),
    ("Quarry Lane Pharma", "quarrylane"),
];

/// Organisations that guests come from, as the first label of their domain.
pub(crate) const PARTNERS: &[&str] = &["fernhill", "ostrava-tooling", "bluepeak", "tidewater-legal", "sunfield-agency"];

/// What shared mailboxes are for.
pub(crate) const MAILBOXES: &[&str] =
    &["Invoices", "Careers", "Support", "Reception", "Press", "Orders", "Returns", "Facilities", "Travel", "Security"];

/// What service accounts are for.
pub(crate) const SERVICES: &[&str] = &["backup", "scanner", "erp-sync", "monitoring", "print", "crm-import", "kiosk"];
