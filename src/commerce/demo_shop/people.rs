//! The customers of the demo's shop. All are invented.

/// A customer. The id is the part of the address before the `@`.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// Full name.
    pub name: &'static str,
    /// Address.
    pub email: &'static str,
    /// E.164, from ranges kept for fiction where the country has them.
    pub phone: &'static str,
    /// The language they write.
    pub language: &'static str,
    /// ISO 3166 country code.
    pub country: &'static str,
    /// Street and number.
    pub street: &'static str,
    /// Postal code.
    pub postal_code: &'static str,
    /// Town.
    pub city: &'static str,
}

impl Person {
    /// The shop's id, and how texts of the demo name them.
    pub fn id(&self) -> &'static str {
        self.email.split('@').next().unwrap_or(self.email)
    }
}

/// The customer with this id.
pub fn find(id: &str) -> Option<&'static Person> {
    PEOPLE.iter().find(|person| person.id() == id)
}

#[rustfmt::skip]
#[expect(clippy::too_many_arguments, reason = "one line of the table below")]
const fn person(
    name: &'static str, email: &'static str, phone: &'static str, language: &'static str, country: &'static str,
    street: &'static str, postal_code: &'static str, city: &'static str,
) -> Person {
    Person { name, email, phone, language, country, street, postal_code, city }
}

/// Those whose orders the demo tells stories about come first; the others only fill the shop.
#[rustfmt::skip]
pub const PEOPLE: [Person; 60] = [
    person("Sofie Keller", "sofie.keller@example.org", "+4915117147720", "en", "DE", "Talstraße 18", "79102", "Freiburg"),
    person("Étienne Marchal", "etienne.marchal@example.net", "+33639980112", "fr", "FR", "12 rue des Tanneurs", "74000", "Annecy"),
    person("Giulia Ferraro", "giulia.ferraro@example.com", "+393399900218", "it", "IT", "Via del Borgo 41", "39100", "Bolzano"),
    person("Jeroen de Wit", "jeroen.dewit@example.net", "+31635020425", "nl", "NL", "Korte Gracht 7", "3511 AB", "Utrecht"),
    person("Bergsport Hartmann GmbH", "einkauf.hartmann@example.com", "+4989990333", "de", "DE", "Werkhof 5", "87527", "Sonthofen"),
    person("Anna Lindqvist", "anna.lindqvist@example.org", "+46701740429", "sv", "SE", "Björkvägen 22", "903 25", "Umeå"),
    person("Tom Okafor", "tom.okafor@example.com", "+447700900102", "en", "GB", "3 Millbrook Lane", "LS6 2QT", "Leeds"),
    person("Lukas Brandt", "lukas.brandt@example.org", "+4915117140366", "de", "DE", "Eichenweg 9", "34117", "Kassel"),
    person("Carmen Ruiz", "carmen.ruiz@example.com", "+34699000388", "es", "ES", "Calle del Olmo 14", "18009", "Granada"),
    person("Leonie Brandt", "l.brandt@example.net", "+4915117140391", "en", "DE", "Am Speicher 2", "28195", "Bremen"),
    person("Noor Haddad", "noor.haddad@example.com", "+31635020421", "ar", "NL", "Havenkade 31", "2513 CD", "Den Haag"),
    person("Maja Nowak", "maja.nowak@example.org", "+48699000430", "pl", "PL", "ul. Lipowa 6/12", "80-244", "Gdańsk"),
    person("Oliver Grant", "oliver.grant@example.net", "+447700900427", "en", "GB", "27 Harbour Row", "EH6 6NB", "Edinburgh"),
    person("Hannah Cole", "hannah.cole@example.org", "+353850000410", "en", "IE", "5 Weaver's Court", "T12 X2P8", "Cork"),
    person("Youssef Amrani", "youssef.amrani@example.com", "+32470000408", "ar", "BE", "Rue du Marché 19", "1000", "Bruxelles"),
    person("Klara Svensson", "klara.svensson@example.net", "+46701740405", "sv", "SE", "Skolgatan 3B", "753 12", "Uppsala"),
    person("Miguel Torres", "miguel.torres@example.org", "+34699000399", "es", "ES", "Avenida del Puerto 8", "33201", "Gijón"),
    person("Sanne Visser", "sanne.visser@example.com", "+31635020396", "nl", "NL", "Molenpad 44", "9712 HM", "Groningen"),
    person("Paolo Conti", "paolo.conti@example.net", "+393399900394", "it", "IT", "Corso Nuovo 17", "10121", "Torino"),
    person("Ben Harris", "ben.harris@example.com", "+447700900392", "en", "GB", "61 Orchard Street", "S11 8ZN", "Sheffield"),
    person("Ingrid Hansen", "ingrid.hansen@example.org", "+4745000390", "en", "NO", "Fjellveien 12", "5019", "Bergen"),
    person("Chloé Bernard", "chloe.bernard@example.org", "+33639980386", "fr", "FR", "8 place du Lavoir", "38000", "Grenoble"),
    person("Jan Kowalczyk", "jan.kowalczyk@example.com", "+48699000384", "pl", "PL", "ul. Zamkowa 15", "30-001", "Kraków"),
    person("Marta López", "marta.lopez@example.net", "+34699000380", "es", "ES", "Calle Nueva 33", "22700", "Jaca"),
    person("David Osei", "david.osei@example.org", "+447700900377", "en", "GB", "14 Station Parade", "BS1 6QF", "Bristol"),
    person("Lena Vogel", "lena.vogel@example.com", "+4915117140374", "de", "DE", "Gartenstraße 71", "01099", "Dresden"),
    person("Priya Nair", "priya.nair@example.net", "+447700900372", "en", "GB", "9 Copper Mews", "M4 5JD", "Manchester"),
    person("Elena Rossi", "elena.rossi@example.org", "+393399900428", "it", "IT", "Via dei Mulini 5", "38122", "Trento"),
    person("Tomáš Novák", "tomas.novak@example.com", "+420601000426", "en", "CZ", "Nad Potokem 3", "602 00", "Brno"),
    person("Felix Maurer", "felix.maurer@example.net", "+436640000419", "de", "AT", "Innrain 88", "6020", "Innsbruck"),
    person("Nora Lindgren", "nora.lindgren@example.com", "+46701740420", "sv", "SE", "Strandvägen 51", "831 30", "Östersund"),
    person("Aoife Byrne", "aoife.byrne@example.net", "+353850000424", "en", "IE", "2 Quay View", "H91 E2K3", "Galway"),
    person("Henrik Dahl", "henrik.dahl@example.net", "+4520000033", "en", "DK", "Havnegade 10", "8000", "Aarhus"),
    person("Grace Whitfield", "grace.whitfield@example.net", "+447700900051", "en", "GB", "33 Fell Road", "LA9 4RT", "Kendal"),
    person("Mona Farid", "mona.farid@example.org", "+4915117140053", "ar", "DE", "Brunnenweg 11", "68159", "Mannheim"),
    person("Mathis Leroy", "mathis.leroy@example.com", "+33639980031", "fr", "FR", "5 chemin du Bois", "69005", "Lyon"),
    person("Isabel Prado", "isabel.prado@example.org", "+34699000032", "es", "ES", "Plaza Mayor 2", "37001", "Salamanca"),
    person("Katrin Wolff", "katrin.wolff@example.com", "+4915117140034", "de", "DE", "Ringstraße 4", "99084", "Erfurt"),
    person("Piotr Zieliński", "piotr.zielinski@example.org", "+48699000035", "pl", "PL", "ul. Szkolna 9", "50-140", "Wrocław"),
    person("Luca Moretti", "luca.moretti@example.net", "+393399900036", "it", "IT", "Via Alta 27", "24121", "Bergamo"),
    person("Emma Fischer", "emma.fischer@example.com", "+4915117140037", "de", "DE", "Lindenallee 63", "45127", "Essen"),
    person("Aleksi Virtanen", "aleksi.virtanen@example.org", "+358400000038", "en", "FI", "Rantatie 16", "33100", "Tampere"),
    person("Sara Nilsson", "sara.nilsson@example.net", "+46701740039", "sv", "SE", "Kyrkogatan 8", "411 15", "Göteborg"),
    person("Daan Bakker", "daan.bakker@example.com", "+31635020040", "nl", "NL", "Dorpsstraat 101", "6511 KL", "Nijmegen"),
    person("Camille Girard", "camille.girard@example.org", "+33639980041", "fr", "FR", "40 avenue des Pins", "31000", "Toulouse"),
    person("Rhys Morgan", "rhys.morgan@example.net", "+447700900042", "en", "GB", "8 Chapel Hill", "CF10 3AT", "Cardiff"),
    person("Julia Steiner", "julia.steiner@example.com", "+41790000043", "de", "CH", "Seestrasse 29", "6004", "Luzern"),
    person("Samir Bouzid", "samir.bouzid@example.org", "+33639980044", "fr", "FR", "16 rue du Four", "13002", "Marseille"),
    person("Freya Larsen", "freya.larsen@example.net", "+4520000045", "en", "DK", "Møllevej 5", "9000", "Aalborg"),
    person("Andrea Colombo", "andrea.colombo@example.com", "+393399900046", "it", "IT", "Viale Verde 12", "20121", "Milano"),
    person("Jonas Becker", "jonas.becker@example.org", "+4915117140047", "de", "DE", "Hafenstraße 33", "24103", "Kiel"),
    person("Wiktoria Mazur", "wiktoria.mazur@example.net", "+48699000048", "pl", "PL", "ul. Kwiatowa 20", "61-001", "Poznań"),
    person("Pablo Navarro", "pablo.navarro@example.com", "+34699000049", "es", "ES", "Calle Sol 6", "50001", "Zaragoza"),
    person("Lotte Jansen", "lotte.jansen@example.org", "+31635020050", "nl", "NL", "Veldweg 18", "5611 EM", "Eindhoven"),
    person("Antoine Roussel", "antoine.roussel@example.com", "+33639980052", "fr", "FR", "3 quai Haut", "67000", "Strasbourg"),
    person("Erik Johansson", "erik.johansson@example.net", "+46701740054", "sv", "SE", "Torggatan 2", "972 31", "Luleå"),
    person("Beatriz Sousa", "beatriz.sousa@example.com", "+351910000055", "en", "PT", "Rua da Fonte 24", "4000-001", "Porto"),
    person("Markus Gruber", "markus.gruber@example.org", "+436640000056", "de", "AT", "Bergweg 7", "5020", "Salzburg"),
    person("Niamh Kelly", "niamh.kelly@example.net", "+353850000057", "en", "IE", "19 Abbey Close", "V94 F2W1", "Limerick"),
    person("Olivier Dumont", "olivier.dumont@example.com", "+32470000058", "fr", "BE", "Rue Basse 46", "4000", "Liège"),
];

/// How many of [`PEOPLE`] the demo tells stories about.
pub const CAST: usize = 35;
