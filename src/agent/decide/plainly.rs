//! What is said so plainly that no person needs to read it first. Money leaves and orders end on these words, and there is
//! no end of ways to say the opposite; so it is not the doubt that is looked for, but a wish in words that are all known.

mod asking;
mod cancel;
mod damage;
mod returns;

pub(super) use asking::is_asked;
pub(super) use cancel::{CANCELLING, cancels, is_of_request, is_told, tells_in_spanish};
pub(super) use damage::reports;
pub(super) use returns::{keeps_goods, leaves_return_open, sends_back, was_sent_back};

use super::Case;
use crate::agent::clauses::{NEGATIONS, clauses};
use crate::agent::products::sizes;
use crate::agent::snapshot::Snapshot;
use crate::agent::understand::phrases::plain_words;
use crate::model::order::Order;

/// How a greeting begins, folded.
pub(super) const GREETING: &[&str] = &[
    "hi",
    "hello",
    "hey",
    "dear",
    "good",
    "hallo",
    "guten",
    "liebe",
    "liebes",
    "lieber",
    "moin",
    "sehr",
    "bonjour",
    "bonsoir",
    "cher",
    "chere",
    "hola",
    "buenos",
    "buenas",
    "estimado",
    "estimada",
    "estimados",
    "ciao",
    "buongiorno",
    "salve",
    "gentile",
    "spettabile",
    "beste",
    "geachte",
    "goedemorgen",
    "goedendag",
];

/// Who is greeted, where no name is, folded.
const GREETED: &str = "team all there everyone everybody together sir madam sirs support service customer care and the dear good morning day \
    afternoon evening again damen herren und zusammen geehrte geehrter guten tag morgen abend liebes tout le monde madame monsieur \
    equipe a tous toutes equipo a todos todas buenos buenas dias tardes tutti team allemaal iedereen heer mevrouw goede";

/// Words with which a wish is turned, put off or tied to something, folded.
const TURNING: &str = "if unless until but only or else except instead rather maybe perhaps later tomorrow tonight why what how \
    when where who keep leave stay stays want wants wait stop hold ignore forget undo revert both one two half joke joking \
    kidding fools haha lol scratch wenn falls aber nur oder sonst ausser vielleicht spater morgen warum was wie wann wo behalte \
    behalten bleibt warte warten stopp vergiss scherz spass doch si mais seulement ou sauf peut demain pourquoi quoi quand garde \
    attendez blague pero solo salvo quizas manana porque que cuando donde esperen broma se soltanto oppure forse domani perche \
    cosa quando dove monday tuesday wednesday thursday friday saturday sunday week month next after before day days ask first \
    then montag dienstag mittwoch donnerstag freitag samstag sonntag woche nachste erst zuerst dann lundi mardi mercredi jeudi \
    vendredi samedi dimanche semaine prochain apres avant lunes martes miercoles jueves viernes sabado domingo semana proximo \
    despues primero luego lunedi martedi mercoledi giovedi venerdi domenica settimana prossimo dopo prima maandag dinsdag \
    woensdag donderdag vrijdag zaterdag zondag volgende eerst tengo aspettate scherzo als maar alleen of misschien morgen waarom wat wanneer waar houd wacht grapje toch";

/// Words with which somebody takes leave or thanks, folded.
const LEAVE: &str = "regards wishes thanks thank cheers sincerely grussen grusse gruss danke dank lg mfg cordialement merci saludo saludos gracias \
    saluti grazie groet groeten bedankt cumprimentos obrigado obrigada pozdrawiam pozdrowienia dziekuje";

/// What stands beside them, folded.
const BESIDE_LEAVE: &str = "best kind warm many you mit freundlichen freundliche herzliche herzlichen besten beste liebe viele vielen schone bien a vous un \
    cordiales cordiali distinti met vriendelijke com os melhores serdecznie";

/// What stands above an address and names it, folded.
const ADDRESS: &str =
    "address adresse anschrift lieferadresse lieferanschrift adres bezorgadres direccion indirizzo endereco morada";

/// How a line begins that a telephone adds, folded.
const SENT_FROM: [&str; 6] = ["sent from", "von meinem", "envoye de", "enviado desde", "inviato da", "verzonden vanaf"];

/// What stands before a telephone number, folded.
const TELEPHONES: &str =
    "tel telephone phone mobile mob cell fon telefon handy fax t m p tfno telefono tlf telefoon mobiel portable";

/// Devices and programs that a telephone names in its line, folded.
const DEVICES: &str = "iphone ipad android samsung galaxy phone handy mobile smartphone outlook gmail mail huawei pixel telefon tablet yahoo xiaomi";

/// With so many digits a line is a telephone number.
const TELEPHONE: usize = 9;
/// A line that a telephone adds has no more words.
const ADDED: usize = 8;

/// What a customer says of an order, apart from what says nothing: names, telephone numbers, addresses.
pub(super) struct Said<'a> {
    /// The subject, where it is their own.
    pub(super) subject: &'a str,
    /// What they wrote.
    pub(super) body: String,
    /// Words of their name and of the shop's.
    pub(super) names: Vec<String>,
    /// Words of the order's number.
    pub(super) number: Vec<String>,
    /// Words of the goods' names.
    pub(super) titles: Vec<String>,
    /// Whether there are several pieces of something.
    pub(super) has_several_pieces: bool,
    /// Whether they wrote several messages, of which a later one may turn an earlier one.
    pub(super) is_added_to: bool,
}

/// A clause, folded.
struct Clause {
    words: Vec<String>,
    /// Whether its sentence ends with a question mark.
    asks: bool,
    /// Whether the mark stands right behind it.
    is_asked: bool,
}

impl<'a> Said<'a> {
    fn of(snapshot: &'a Snapshot, order: &Order) -> Self {
        Self {
            subject: snapshot.subject(),
            body: snapshot.bodies(),
            names: snapshot.names(),
            number: plain_words(&order.number),
            titles: order.lines.iter().flat_map(|line| plain_words(&line.title)).collect(),
            has_several_pieces: order.lines.iter().any(|line| line.current > 1),
            is_added_to: snapshot.unanswered().len() > 1,
        }
    }

    fn subject_words(&self) -> Vec<String> {
        without(&plain_words(self.subject), &self.number)
    }

    /// What is left of the clauses without greeting, names and the order's number; nothing if a size is named, which is
    /// always a wish, or if something was written after the wish and before an answer.
    fn clauses(&self) -> Option<Vec<Clause>> {
        let is_all = !self.is_added_to && !whole_lines(&self.body).iter().any(|line| names_a_size(line));
        is_all.then(|| self.parts())
    }

    /// The clauses without greeting, names and the order's number.
    fn parts(&self) -> Vec<Clause> {
        let mut left = Vec::new();
        for line in &whole_lines(&self.body) {
            for (place, (sentence, asks)) in sentences(line).into_iter().enumerate() {
                let all = clauses(sentence);
                for (part, clause) in all.iter().enumerate() {
                    let mut words = without(&plain_words(clause), &self.number);
                    while words.last().is_some_and(|last| self.names.contains(last) && !is_turning(last)) {
                        words.pop();
                    }
                    let greets = place == 0 && part == 0 && self.greets(&words);
                    if !words.is_empty() && !greets {
                        left.push(Clause { words, asks, is_asked: asks && part + 1 == all.len() });
                    }
                }
            }
        }
        left
    }

    fn greets(&self, words: &[String]) -> bool {
        let is_greeted =
            |word: &String| GREETED.split_whitespace().any(|known| known == word) || self.names.contains(word);
        words
            .split_first()
            .is_some_and(|(first, rest)| GREETING.contains(&first.as_str()) && rest.iter().all(is_greeted))
    }

    fn names_goods(&self, words: &[String]) -> bool {
        words.iter().any(|word| self.titles.contains(word))
    }
}

impl Case<'_> {
    /// What is said of this order.
    pub(super) fn said(&self, order: &Order) -> Said<'_> {
        Said::of(self.snapshot, order)
    }
}

/// The lines of a text without those that tell how its writer can be reached, and joined where its program broke them: the
/// next one goes on in small letters.
fn whole_lines(text: &str) -> Vec<String> {
    let mut whole: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !is_contact_detail(line)) {
        match whole.last_mut() {
            Some(before) if line.starts_with(char::is_lowercase) && !before.is_empty() => {
                before.push(' ');
                before.push_str(line);
            }
            _ => whole.push(line.to_owned()),
        }
    }
    whole
}

/// The sentences of a line, each with whether it is a question.
fn sentences(line: &str) -> Vec<(&str, bool)> {
    line.split_inclusive(['?', '!']).map(|sentence| (sentence, sentence.ends_with('?'))).collect()
}

/// “L” and “42” are sizes; the “l” of “l’ordine” and the “42” of 42.00 are none.
fn names_a_size(line: &str) -> bool {
    let is_sum = |word: &str| word.contains(['.', ',']) && word.starts_with(|c: char| c.is_ascii_digit());
    let words =
        line.split_whitespace().map(|word| word.trim_end_matches(['.', ',', '!', '?']).replace(['\'', '’', '€'], ""));
    !sizes(&words.filter(|word| !is_sum(word)).collect::<Vec<_>>().join(" ")).is_empty()
}

/// Whether a line under a letter is how its writer can be reached, or was added by their telephone.
fn is_contact_detail(line: &str) -> bool {
    let line = line.trim();
    let holds = |list: &str, word: &String| list.split_whitespace().any(|known| known == word);
    let is_number = |word: &String| word.bytes().all(|byte| byte.is_ascii_digit());
    let words = plain_words(line);
    let digits = line.chars().filter(char::is_ascii_digit).count();
    let is_telephone = digits >= TELEPHONE && words.iter().all(|word| is_number(word) || holds(TELEPHONES, word));
    let is_link = !line.contains(' ') && (line.contains('@') || line.starts_with("http") || line.starts_with("www."));
    let is_added = words.len() <= ADDED
        && SENT_FROM.iter().any(|start| words.join(" ").starts_with(start))
        && words.iter().any(|word| holds(DEVICES, word));
    is_telephone || is_link || is_added
}

/// Whether what was cut off below a message is more than names, how its writer can be reached, and words of leave.
pub(super) fn says_something(below: &str, names: &[String]) -> bool {
    let says_nothing = |word: &String| names.contains(word) || holds(LEAVE, word) || holds(BESIDE_LEAVE, word);
    let mut lines = below.lines().filter(|line| !is_contact_detail(line));
    lines.any(|line| !plain_words(line).iter().all(says_nothing))
}

/// Whether a line takes leave, thanks or names an address: it names nobody.
pub(super) fn is_closing(words: &[String]) -> bool {
    words.iter().any(|word| holds(LEAVE, word) || holds(ADDRESS, word))
}

fn is_turning(word: &str) -> bool {
    NEGATIONS.contains(&word) || holds(TURNING, word)
}

/// Whether a list has this word.
pub(super) fn holds(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}

/// The words without an order's number; of one with letters before its digits, the digits alone are the number as well.
fn without(words: &[String], number: &[String]) -> Vec<String> {
    let digits = number.last().filter(|last| last.chars().all(|c| c.is_ascii_digit()));
    let mut left = Vec::new();
    let mut at = 0;
    while let Some(rest) = words.get(at..).filter(|rest| !rest.is_empty()) {
        if !number.is_empty() && rest.starts_with(number) {
            at += number.len();
        } else {
            left.extend(rest.first().filter(|word| Some(*word) != digits).cloned());
            at += 1;
        }
    }
    left
}

/// What somebody says of an order of one mug.
#[cfg(test)]
fn test_said(text: &str) -> Said<'static> {
    Said {
        subject: "",
        body: text.to_owned(),
        names: plain_words("Anna Berg Kim Fjord & Pine"),
        number: plain_words("PC-1001"),
        titles: plain_words("Stoneware mug"),
        has_several_pieces: false,
        is_added_to: false,
    }
}

#[cfg(test)]
mod tests {
    use super::{plain_words, says_something};

    #[test]
    fn a_signature_says_nothing_and_everything_else_does() {
        let names = plain_words("Sam Lee Kim Berg");
        for below in [
            "-- \nSam Lee\n+49 30 5557812",
            "-- \nKind regards\nKim Berg\nkim@post.example",
            "-- \nHerzliche Grüße\nKim Berg",
            "Sent from my phone",
        ] {
            assert!(!says_something(below, &names), "{below}");
        }
        for below in [
            "-- \nNo, keep it",
            "-- \nKim\n\nPS: Deliver it",
            "Kim\nbitte ganz normal liefern",
            "-- \nStop!",
            "-- \nKommando zurück",
            "-- \nHafenweg 4\n20457 Hamburg",
        ] {
            assert!(says_something(below, &names), "{below}");
        }
    }
}
