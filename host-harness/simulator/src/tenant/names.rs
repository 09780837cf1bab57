//! Names of people and places, made up, from many cultures.

/// A name as it is written and as it appears in a mail address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Name {
    /// As written.
    pub(crate) text: &'static str,
    /// In ASCII, for mail addresses.
    pub(crate) ascii: &'static str,
}

const fn same(text: &'static str) -> Name {
    Name { text, ascii: text }
}

const fn name(text: &'static str, ascii: &'static str) -> Name {
    Name { text, ascii }
}

/// A country where the tenant has people, with the names that are usual there.
pub(crate) struct Country {
    /// Two letters, as in `usageLocation`.
    pub(crate) code: &'static str,
    /// The country's name.
    pub(crate) name: &'static str,
    /// Where its office is.
    pub(crate) city: &'static str,
    /// Hours that its working day is ahead of UTC.
    pub(crate) ahead: i32,
    /// How many of a hundred people work there.
    pub(crate) share: u32,
    /// Given names.
    pub(crate) given: &'static [Name],
    /// Family names.
    pub(crate) family: &'static [Name],
}

/// The countries, in an order that never changes.
pub(crate) const COUNTRIES: &[Country] = &[
    Country {
        code: "US",
        name: "United States",
        city: "Denver",
        ahead: -6,
        share: 26,
        given: &[
            same("Olivia"),
            same("Liam"),
            same("Emma"),
            same("Noah"),
            same("Ava"),
            same("Mason"),
            same("Harper"),
            same("Ethan"),
            same("Grace"),
            same("Logan"),
            same("Jamal"),
            same("Keisha"),
            same("Tyler"),
            same("Megan"),
        ],
        family: &[
            same("Walker"),
            same("Bennett"),
            same("Carter"),
            same("Hayes"),
            same("Jefferson"),
            same("Parker"),
            same("Sullivan"),
            same("Reed"),
            same("Coleman"),
            same("Brooks"),
            same("Foster"),
            same("Washington"),
            name("O'Connor", "oconnor"),
            name("Smith-Lane", "smith-lane"),
        ],
    },
    Country {
        code: "GB",
        name: "United Kingdom",
        city: "Leeds",
        ahead: 0,
        share: 14,
        given: &[
            same("Amelia"),
            same("Oliver"),
            same("Isla"),
            same("Arthur"),
            same("Freya"),
            same("Alfie"),
            name("Siân", "sian"),
            same("Callum"),
            same("Niamh"),
            same("Rhys"),
            same("Poppy"),
            same("Aisha"),
            same("Imran"),
            same("Priya"),
        ],
        family: &[
            same("Hughes"),
            same("Ashworth"),
            same("Pritchard"),
            same("Campbell"),
            same("Fraser"),
            same("Whitaker"),
            same("Khan"),
            same("Patel"),
            same("Fairclough"),
            same("Llewellyn"),
            same("Begum"),
            same("Okafor"),
        ],
    },
    Country {
        code: "DE",
        name: "Germany",
        city: "Hamburg",
        ahead: 1,
        share: 14,
        given: &[
            same("Hannah"),
            same("Lukas"),
            name("Jürgen", "juergen"),
            same("Lena"),
            name("Sören", "soeren"),
            same("Greta"),
            same("Felix"),
            name("Käthe", "kaethe"),
            same("Moritz"),
            same("Emre"),
            same("Ayla"),
            same("Anke"),
        ],
        family: &[
            name("Müller", "mueller"),
            same("Schneider"),
            name("Schröder", "schroeder"),
            same("Wagner"),
            name("Groß", "gross"),
            same("Hoffmann"),
            name("Yılmaz", "yilmaz"),
            same("Brandt"),
            name("Köhler", "koehler"),
            same("Lindner"),
            same("Voss"),
            name("von Berg", "vonberg"),
        ],
    },
    Country {
        code: "FR",
        name: "France",
        city: "Lyon",
        ahead: 1,
        share: 8,
        given: &[
            name("Chloé", "chloe"),
            same("Louis"),
            name("Zoé", "zoe"),
            name("Raphaël", "raphael"),
            same("Manon"),
            name("Jérôme", "jerome"),
            name("Anaïs", "anais"),
            same("Hugo"),
            name("Maëlle", "maelle"),
            same("Karim"),
        ],
        family: &[
            same("Dubois"),
            same("Moreau"),
            name("Lefèvre", "lefevre"),
            same("Girard"),
            name("Bérenger", "berenger"),
            same("Roussel"),
            same("Benali"),
            name("D'Aubigné", "daubigne"),
            same("Chevalier"),
            name("Noël", "noel"),
        ],
    },
    Country {
        code: "PL",
        name: "Poland",
        city: "Wrocław",
        ahead: 1,
        share: 8,
        given: &[
            name("Łukasz", "lukasz"),
            same("Zofia"),
            name("Paweł", "pawel"),
            same("Hanna"),
            name("Michał", "michal"),
            name("Małgorzata", "malgorzata"),
            same("Jakub"),
            same("Oliwia"),
            name("Stanisław", "stanislaw"),
            same("Iga"),
        ],
        family: &[
            same("Kowalski"),
            name("Wiśniewska", "wisniewska"),
            name("Wójcik", "wojcik"),
            name("Zieliński", "zielinski"),
            same("Nowak"),
            name("Dąbrowska", "dabrowska"),
            name("Kozłowski", "kozlowski"),
            same("Mazur"),
        ],
    },
    Country {
        code: "ES",
        name: "Spain",
        city: "Valencia",
        ahead: 1,
        share: 6,
        given: &[
            name("José", "jose"),
            name("Lucía", "lucia"),
            same("Alejandro"),
            name("Martín", "martin"),
            same("Carmen"),
            name("Iñigo", "inigo"),
            same("Sergio"),
            name("Inés", "ines"),
            name("Begoña", "begona"),
            same("Mateo"),
        ],
        family: &[
            name("García", "garcia"),
            name("Muñoz", "munoz"),
            name("Fernández López", "fernandezlopez"),
            same("Ortega"),
            name("Ibáñez", "ibanez"),
            same("Navarro"),
            name("Peña", "pena"),
            name("Sáez", "saez"),
        ],
    },
    Country {
        code: "IN",
        name: "India",
        city: "Pune",
        ahead: 5,
        share: 14,
        given: &[
            same("Aarav"),
            same("Ananya"),
            same("Vivaan"),
            same("Diya"),
            same("Arjun"),
            same("Kavya"),
            same("Rohan"),
            same("Meera"),
            same("Siddharth"),
            same("Lakshmi"),
            same("Farhan"),
            same("Harpreet"),
        ],
        family: &[
            same("Sharma"),
            same("Iyer"),
            same("Reddy"),
            same("Chatterjee"),
            same("Singh"),
            same("Desai"),
            same("Nair"),
            same("Kulkarni"),
            same("Gupta"),
            same("Fernandes"),
            same("Qureshi"),
            same("Bose"),
        ],
    },
    Country {
        code: "JP",
        name: "Japan",
        city: "Osaka",
        ahead: 9,
        share: 5,
        given: &[
            name("陽葵", "himari"),
            name("蓮", "ren"),
            name("さくら", "sakura"),
            name("大翔", "hiroto"),
            name("結衣", "yui"),
            name("健太", "kenta"),
            name("美咲", "misaki"),
            name("悠真", "yuma"),
        ],
        family: &[
            name("佐藤", "sato"),
            name("鈴木", "suzuki"),
            name("高橋", "takahashi"),
            name("田中", "tanaka"),
            name("渡辺", "watanabe"),
            name("山本", "yamamoto"),
            name("小林", "kobayashi"),
            name("松本", "matsumoto"),
        ],
    },
    Country {
        code: "BR",
        name: "Brazil",
        city: "Curitiba",
        ahead: -3,
        share: 5,
        given: &[
            name("João", "joao"),
            same("Beatriz"),
            same("Thiago"),
            name("Luíza", "luiza"),
            same("Gustavo"),
            name("Antônio", "antonio"),
            name("Letícia", "leticia"),
            same("Caio"),
        ],
        family: &[
            same("Silva"),
            name("Gonçalves", "goncalves"),
            same("Oliveira"),
            name("Araújo", "araujo"),
            same("Ribeiro"),
            name("dos Santos", "dossantos"),
            same("Moraes"),
            name("Falcão", "falcao"),
        ],
    },
];

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
