//! What a text says no to. Who says no to what a platform forbids, or warns of it, offers none: that is told by clauses, for an
//! offer may say of something else that it is not so. Adapters bring the words of what their platform forbids. Pure.

mod words;

pub use self::words::{IMPERATIVES, INVITING, Words};

use self::words::{DOING, IDIOMS, INSTEAD, LACKING, NO, REFUSING, TELLING};

/// What begins a clause that says the opposite.
const BUT: &[&str] =
    &[" but ", " aber ", " sondern ", " mais ", " pero ", " sino ", " però ", " mas ", " maar ", " ale ", " men "];
/// Stands where one of these stood.
const CONTRAST: char = '\u{e000}';
/// What begins a second half, which may invite to something whatever the first says no to.
const AND: &[&str] = &[
    " and ",
    " so ",
    " then ",
    " und ",
    " also ",
    " dann ",
    " et ",
    " donc ",
    " alors ",
    " y ",
    " entonces ",
    " e ",
    " quindi ",
    " allora ",
    " então ",
    " en ",
    " dus ",
    " i ",
    " więc ",
    " och ",
    " og ",
    " så ",
];
/// Within so many words it says what somebody is invited to: in German the verb stands at the end.
const INVITED_WITHIN: usize = 7;
/// How far behind a no its object may stand, in words.
const NEAR: usize = 3;

/// A clause of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Its words, as [`plain`] writes them.
    pub words: String,
    /// Whether it says no to what it speaks of, or warns of it.
    pub refuses: bool,
    /// Whether it tells what others do, or what would be.
    pub tells: bool,
    /// Whether it says what is done in place of something else.
    pub contrasts: bool,
}

/// The sentences of a text.
pub fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split(['!', '?', '\n']).flat_map(|part| part.split(". "))
}

/// The words of a text with a blank around them.
pub fn plain(text: &str) -> String {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    format!(" {} ", words.join(" "))
}

/// The clauses of a sentence in lower case. Beside the usual words `refusing` says no, and in Portuguese `no` says where
/// something is.
pub fn clauses(sentence: &str, refusing: &Words, is_portuguese: bool) -> Vec<Clause> {
    let contrast = format!(", {CONTRAST}");
    let parted = BUT.iter().fold(sentence.to_owned(), |parted, but| parted.replace(but, &contrast));
    let parts = parted.split([';', '–', '—', '(', ')']).flat_map(|part| part.split(", "));
    let parts = parts.flat_map(|part| part.split(": ")).flat_map(|part| part.split(" - "));
    let clauses = parts.flat_map(|part| {
        let words = plain(part);
        let (tells, contrasts) = (TELLING.are_in(&words), part.starts_with(CONTRAST) || INSTEAD.are_in(&words));
        halves(&words).into_iter().map(move |words| (words, tells, contrasts))
    });
    let clause = |(words, tells, contrasts): (String, bool, bool)| Clause {
        refuses: refuses(&words, refusing, is_portuguese),
        tells,
        contrasts,
        words,
    };
    clauses.map(clause).collect()
}

/// A clause that invites somebody in its second half as two: what the first says no to is something else.
fn halves(words: &str) -> Vec<String> {
    let invited = AND.iter().flat_map(|and| words.match_indices(and)).filter_map(|(at, and)| {
        let (first, rest) = words.split_at_checked(at)?;
        let second = rest.get(and.trim_end().len()..)?;
        invites(second).then_some((first, second))
    });
    match invited.min_by_key(|(first, _)| first.len()) {
        Some((first, second)) => vec![format!("{first} "), second.to_owned()],
        None => vec![words.to_owned()],
    }
}

/// Whether words begin with inviting somebody to buy or to pay.
fn invites(words: &str) -> bool {
    let begin: Vec<&str> = words.split_whitespace().take(INVITED_WITHIN).collect();
    INVITING.begin(words) && DOING.are_in(&plain(&begin.join(" ")))
}

fn refuses(clause: &str, refusing: &Words, is_portuguese: bool) -> bool {
    let clause = IDIOMS.left_out_of(clause);
    let is_said = |words: &Words| words.behind(&clause).any(|behind| !is_of_no_lack(behind));
    is_said(&REFUSING) || is_said(refusing) || (!is_portuguese && is_said(&NO))
}

/// Whether what there is none of is something that nobody wants.
fn is_of_no_lack(behind: &str) -> bool {
    behind.split_whitespace().take(NEAR).any(|word| LACKING.begin(&plain(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(sentence: &str) -> Vec<bool> {
        clauses(sentence, &Words::of("only_here"), false).into_iter().map(|clause| clause.refuses).collect()
    }

    #[test]
    fn each_clause_says_no_for_itself() {
        assert_eq!(refused("we cannot do that, but here is more"), [true, false]);
        assert_eq!(refused("das geht nicht; so: ja"), [true, false, false]);
        assert_eq!(refused("there are no fees"), [false], "of no lack");
        assert_eq!(refused("keine versandkosten, pas de frais"), [true, false]);
        assert_eq!(refused("you need not change your feedback"), [true], "a feedback is no fee");
        assert_eq!(refused("do not hesitate"), [false]);
        assert_eq!(refused("only here"), [true], "in words of the platform's");
        let told = clauses("if somebody asks", &Words::of(""), false);
        let asks = Clause { words: " if somebody asks ".to_owned(), refuses: false, tells: true, contrasts: false };
        assert_eq!(told, [asks]);
    }

    #[test]
    fn what_is_done_in_place_of_something_is_known() {
        let contrasts = |sentence: &str| -> Vec<bool> {
            clauses(sentence, &Words::of(""), false).into_iter().map(|clause| clause.contrasts).collect()
        };
        assert_eq!(contrasts("not here but there"), [false, true]);
        assert_eq!(contrasts("nicht hier, aber dort: ja"), [false, true, false]);
        assert_eq!(contrasts("not here, pay there instead"), [false, true]);
    }

    #[test]
    fn who_is_invited_behind_a_no_is_invited_all_the_same() {
        assert_eq!(refused("we cannot do that here so you can pay us there"), [true, false]);
        assert_eq!(refused("das geht nicht und sie können auch bar zahlen"), [true, false]);
        assert_eq!(refused("that is not safe and you can lose your money"), [true], "that is no invitation");
        assert_eq!(refused("we cannot do that and you can not pay there"), [true, true]);
        let told = clauses("if somebody says that is not bad and you can pay there", &Words::of(""), false);
        assert!(told.iter().all(|clause| clause.tells), "{told:?}");
    }

    #[test]
    fn in_portuguese_no_says_where() {
        let refuses = |is_portuguese| clauses("compre no nosso site", &Words::of(""), is_portuguese)[0].refuses;
        assert_eq!((refuses(false), refuses(true)), (true, false));
    }

    #[test]
    fn sentences_end_where_a_new_one_begins() {
        assert_eq!(sentences("One. Two! 3.50 EUR\nFour").collect::<Vec<_>>(), ["One", "Two", " 3.50 EUR", "Four"]);
    }
}
