//! Cities and countries that customers ask about, and unknown names after "deliver to".

use std::collections::HashSet;
use std::sync::LazyLock;

use super::phrases::plain_words;

/// A place name with its position in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) is_country: bool,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Whether these words name a place we know.
pub(crate) fn is_place(words: &str) -> bool {
    let key = plain_words(words).join(" ");
    table(true).contains(key.as_str()) || table(false).contains(key.as_str())
}

/// All places in a text: known names anywhere, unknown capitalised names right after "to", "from" and the like.
pub(crate) fn find(text: &str) -> Vec<Place> {
    let spans = spans(text);
    let mut places = Vec::new();
    let mut index = 0;
    while index < spans.len() {
        let known = (1..=3).rev().find_map(|length| known_at(text, &spans, index, length).map(|place| (place, length)));
        if let Some((place, length)) = known {
            places.push(place);
            index += length;
        } else {
            places.extend(unknown_at(text, &spans, index));
            index += 1;
        }
    }
    places
}

type Span = (usize, usize);

fn known_at(text: &str, spans: &[Span], index: usize, length: usize) -> Option<Place> {
    let words = spans.get(index..index + length)?;
    let (start, end) = (words.first()?.0, words.last()?.1);
    let written = text.get(start..end)?;
    let key = plain_words(written).join(" ");
    let is_country = table(true).contains(key.as_str());
    if !is_country && !table(false).contains(key.as_str()) {
        return None;
    }
    // Words that also mean something else count only when written as names or after a preposition.
    let capital = written.chars().next().is_some_and(char::is_uppercase);
    (capital || after_preposition(text, spans, index)).then_some(Place { is_country, start, end })
}

fn unknown_at(text: &str, spans: &[Span], index: usize) -> Option<Place> {
    const NOT_PLACES: &[&str] = &[
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "christmas",
        "easter",
        "mr",
        "mrs",
        "ms",
        "dr",
        "my",
        "the",
        "a",
        "an",
        "this",
        "that",
        "your",
        "our",
        "her",
        "his",
        "their",
        "i",
        "me",
        "you",
        "us",
        "them",
        "amazon",
        "ebay",
        "dhl",
        "ups",
        "fedex",
        "dpd",
        "gls",
        "home",
        "work",
        "packstation",
        "monsieur",
        "madame",
        "herr",
        "frau",
        "paypal",
        "klarna",
    ];
    let (start, end) = *spans.get(index)?;
    let word = text.get(start..end)?;
    let lower = word.to_lowercase();
    let is_name = word.chars().next().is_some_and(char::is_uppercase) && word.chars().any(char::is_lowercase);
    let fits = is_name && word.chars().count() >= 3 && !NOT_PLACES.contains(&lower.as_str());
    let previous =
        index.checked_sub(1).and_then(|before| spans.get(before)).and_then(|span| text.get(span.0..span.1))?;
    let directed = matches!(previous.to_lowercase().as_str(), "to" | "nach" | "naar");
    let next = spans.get(index + 1).and_then(|span| text.get(span.0..span.1)).unwrap_or_default();
    // "to Anna Freeman" is a person, "to Packstation 12" a locker.
    let followed = next.chars().next().is_some_and(|letter| letter.is_uppercase() || letter.is_ascii_digit());
    (fits && directed && !followed).then_some(Place { is_country: false, start, end })
}

fn after_preposition(text: &str, spans: &[Span], index: usize) -> bool {
    const PREPOSITIONS: &[&str] = &[
        "to", "from", "in", "for", "frm", "too", "at", "into", "nach", "aus", "naar", "en", "à", "au", "a", "para",
        "do", "na",
    ];
    let previous = index.checked_sub(1).and_then(|before| spans.get(before)).and_then(|span| text.get(span.0..span.1));
    previous.is_some_and(|word| PREPOSITIONS.contains(&word.to_lowercase().as_str()))
}

fn spans(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut start = None;
    for (index, letter) in text.char_indices().chain(std::iter::once((text.len(), ' '))) {
        let inside = letter.is_alphanumeric() || (start.is_some() && matches!(letter, '\'' | '’' | '-'));
        match (start, inside) {
            (None, true) => start = Some(index),
            (Some(from), false) => {
                spans.push((from, index));
                start = None;
            }
            _ => {}
        }
    }
    spans
}

fn table(countries: bool) -> &'static HashSet<&'static str> {
    static COUNTRY_TABLE: LazyLock<HashSet<&str>> = LazyLock::new(|| split(COUNTRIES));
    static CITY_TABLE: LazyLock<HashSet<&str>> = LazyLock::new(|| split(CITIES));
    if countries { &COUNTRY_TABLE } else { &CITY_TABLE }
}

fn split(names: &'static str) -> HashSet<&'static str> {
    names.split(',').map(str::trim).collect()
}

// Folded: lower case without accents.
const COUNTRIES: &str = "afghanistan,albania,algeria,andorra,angola,argentina,armenia,australia,austria,azerbaijan,bahamas,\
bahrain,bangladesh,barbados,belarus,belgium,belize,bolivia,bosnia,botswana,brazil,bulgaria,cambodia,cameroon,canada,chile,\
china,colombia,costa rica,croatia,cuba,cyprus,czechia,czech republic,denmark,dominican republic,ecuador,egypt,el salvador,\
england,estonia,ethiopia,fiji,finland,france,georgia,germany,ghana,great britain,greece,guatemala,haiti,honduras,hong kong,\
hungary,iceland,india,indonesia,iran,iraq,ireland,israel,italy,jamaica,japan,jordan,kazakhstan,kenya,kosovo,kuwait,latvia,\
lebanon,libya,liechtenstein,lithuania,luxembourg,malaysia,malta,mauritius,mexico,moldova,monaco,mongolia,montenegro,morocco,\
mozambique,namibia,nepal,netherlands,new zealand,nicaragua,nigeria,north macedonia,northern ireland,norway,oman,pakistan,\
panama,paraguay,peru,philippines,poland,portugal,puerto rico,qatar,romania,russia,rwanda,saudi arabia,scotland,senegal,serbia,\
singapore,slovakia,slovenia,south africa,south korea,korea,spain,sri lanka,sudan,sweden,switzerland,syria,taiwan,tanzania,\
thailand,tunisia,turkey,uganda,ukraine,united arab emirates,uae,united kingdom,uk,united states,usa,u s a,uruguay,uzbekistan,\
venezuela,vietnam,wales,yemen,zambia,zimbabwe,holland,america,deutschland,osterreich,schweiz,frankreich,italien,spanien,\
niederlande,belgien,polen,danemark,schweden,norwegen,allemagne,belgique,suisse,espagne,italie,autriche,pays bas,alemania,\
francia,italia,suiza,belgica,paises bajos,mexico,espana,spagna,germania,svizzera,austria,belgio,duitsland,frankrijk,belgie,\
spanje,zwitserland,oostenrijk,alemanha,franca,espanha,suica,brasil,portugalia,niemcy,niemiec,francja,francji,hiszpania,czechy,\
litwa,litwe,szwajcaria";

const CITIES: &str = "aberdeen,amsterdam,ankara,antwerp,athens,atlanta,auckland,austin,baltimore,bangkok,barcelona,basel,beijing,\
belfast,belgrade,berlin,bern,bilbao,birmingham,bogota,bologna,bonn,bordeaux,boston,bratislava,bremen,bristol,brooklyn,brno,\
bruges,brussels,bucharest,budapest,buenos aires,buffalo,cairo,calgary,cambridge,cape town,cardiff,charlotte,chicago,cincinnati,\
cleveland,cologne,columbus,copenhagen,cordoba,dallas,delhi,denver,detroit,doha,dortmund,dresden,dubai,dublin,duisburg,durban,\
dusseldorf,edinburgh,edmonton,eindhoven,el paso,faro,florence,fort worth,frankfurt,gdansk,geneva,genoa,ghent,glasgow,\
gothenburg,granada,graz,grenoble,hamburg,hanover,hannover,hanoi,helsinki,honolulu,houston,indianapolis,innsbruck,istanbul,\
jakarta,jacksonville,jerusalem,johannesburg,kansas city,karachi,katowice,koln,krakow,kyiv,kiev,kyoto,lagos,las vegas,lausanne,\
leeds,leicester,leipzig,lille,lima,linz,lisbon,lisboa,liverpool,ljubljana,lodz,london,los angeles,louisville,lublin,lucerne,\
lyon,madrid,malaga,manchester,manila,marseille,melbourne,memphis,mexico city,miami,milan,milano,milwaukee,minneapolis,montreal,\
moscow,mumbai,munich,munchen,murcia,nagoya,nantes,naples,napoli,nashville,newcastle,new delhi,new orleans,new york,nyc,\
nottingham,nuremberg,nurnberg,oakland,oklahoma city,omaha,orlando,osaka,oslo,ottawa,oxford,palermo,palma,paris,perth,\
philadelphia,phoenix,pittsburgh,plymouth,porto,portland,poznan,prague,quebec,quito,raleigh,reykjavik,richmond,riga,\
rio de janeiro,roma,rome,rotterdam,sacramento,salt lake city,salzburg,san antonio,san diego,san francisco,san jose,santiago,\
sao paulo,sarajevo,seattle,seoul,seville,sevilla,shanghai,sheffield,shenzhen,sofia,southampton,st louis,stockholm,strasbourg,\
stuttgart,sydney,tallinn,tampa,tel aviv,the hague,den haag,tokyo,toledo,toronto,toulouse,tucson,turin,torino,utrecht,valencia,\
vancouver,venice,verona,vienna,wien,vilnius,warsaw,warszawa,washington,wellington,winnipeg,wroclaw,york,zagreb,zaragoza,zurich";

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<(&str, bool)> {
        find(text).into_iter().map(|place| (&text[place.start..place.end], place.is_country)).collect()
    }

    #[test]
    fn known_and_unknown_places() {
        assert_eq!(names("Do you ship to New Zealand or to paris?"), [("New Zealand", true), ("paris", false)]);
        assert_eq!(names("deliver to Wuppertal please"), [("Wuppertal", false)]);
        assert_eq!(names("ship to my house by Friday, not to Anna Freeman"), []);
        assert_eq!(names("the turkey is frozen"), []);
    }

    #[test]
    fn accents_do_not_matter() {
        assert!(is_place("Zürich") && is_place("köln") && !is_place("sandwich maker"));
    }
}
