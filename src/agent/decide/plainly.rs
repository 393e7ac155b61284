//! What is said so plainly that no person needs to read it first. Money leaves and orders end on these words, and there is
//! no end of ways to say the opposite; so it is not the doubt that is looked for, but a wish in words that are all known.

mod cancel;
mod damage;
mod returns;

pub(super) use cancel::{CANCELLING, cancels};
pub(super) use damage::reports;
pub(super) use returns::{keeps_goods, leaves_return_open};

use super::Case;
use crate::agent::clauses::{NEGATIONS, clauses};
use crate::agent::gather::sizes;
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

/// How a line begins that a telephone adds, folded.
const SENT_FROM: [&str; 6] = ["sent from", "von meinem", "envoye de", "enviado desde", "inviato da", "verzonden vanaf"];

/// With so many digits a line is a telephone number.
const TELEPHONE: usize = 9;

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
        }
    }

    fn subject_clauses(&self) -> Vec<Vec<String>> {
        clauses(self.subject).iter().map(|clause| without(&plain_words(clause), &self.number)).collect()
    }

    /// What is left of the clauses without greeting, names and the order's number; nothing if a size is named, which is
    /// always a wish.
    fn clauses(&self) -> Option<Vec<Vec<String>>> {
        let mut left = Vec::new();
        for line in self.body.lines().filter(|line| !is_contact_detail(line)) {
            if names_a_size(line) {
                return None;
            }
            for (place, clause) in clauses(line).iter().enumerate() {
                let mut words = without(&plain_words(clause), &self.number);
                while words.last().is_some_and(|last| self.names.contains(last)) {
                    words.pop();
                }
                let greets = place == 0 && self.greets(&words);
                if !words.is_empty() && !greets {
                    left.push(words);
                }
            }
        }
        Some(left)
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
    let digits = line.chars().filter(char::is_ascii_digit).count();
    let letters = line.chars().filter(|c| c.is_alphabetic()).count();
    let is_link = !line.contains(' ') && (line.contains('@') || line.starts_with("http") || line.starts_with("www."));
    let words = plain_words(line).join(" ");
    is_link || digits >= TELEPHONE && letters <= digits || SENT_FROM.iter().any(|start| words.starts_with(start))
}

/// Whether what was cut off below a message says something: a signature has names, not sentences.
pub(super) fn says_something(below: &str) -> bool {
    const POSTSCRIPT: [&str; 3] = ["ps", "p.s", "nb"];
    below.lines().map(str::trim).filter(|line| !is_contact_detail(line)).any(|line| {
        let small = line.split_whitespace().filter(|word| word.starts_with(char::is_lowercase)).count();
        let lower = line.to_lowercase();
        small > 1 || line.ends_with(['.', '!', '?']) || POSTSCRIPT.iter().any(|start| lower.starts_with(start))
    })
}

fn is_turning(word: &str) -> bool {
    NEGATIONS.contains(&word) || TURNING.split_whitespace().any(|turning| turning == word)
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
    }
}

#[cfg(test)]
mod tests {
    use super::says_something;

    #[test]
    fn a_signature_says_nothing_and_a_sentence_below_it_does() {
        for below in [
            "-- \nSam Lee\nOld Road 1\n10115 Berlin",
            "-- \nKim Berg\nSales, Acme GmbH\n+49 30 5557812",
            "Sent from my phone",
        ] {
            assert!(!says_something(below), "{below}");
        }
        for below in ["-- \nNo, keep it", "-- \nKim\n\nPS: Deliver it", "Kim\nbitte ganz normal liefern", "-- \nStop!"]
        {
            assert!(says_something(below), "{below}");
        }
    }
}
