//! What a text says no to. Who says no to what a platform forbids, or warns of it, offers none: that is told by clauses, for an
//! offer may say of something else that it is not so. Adapters bring the words of what their platform forbids. Pure.

mod words;

pub use self::words::{IMPERATIVES, INVITING, Words};

use self::words::{IDIOMS, LACKING, NO, REFUSING, TELLING};

/// What begins a clause that says the opposite.
const BUT: &[&str] =
    &[" but ", " aber ", " sondern ", " mais ", " pero ", " sino ", " però ", " mas ", " maar ", " ale ", " men "];
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
    let parted = BUT.iter().fold(sentence.to_owned(), |parted, but| parted.replace(but, ", "));
    let parts = parted.split([';', '–', '—', '(', ')']).flat_map(|part| part.split(", "));
    let parts = parts.flat_map(|part| part.split(": ")).flat_map(|part| part.split(" - ")).map(plain);
    let clause = |words: String| Clause {
        refuses: refuses(&words, refusing, is_portuguese),
        tells: TELLING.are_in(&words),
        words,
    };
    parts.map(clause).collect()
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
        assert_eq!(told, [Clause { words: " if somebody asks ".to_owned(), refuses: false, tells: true }]);
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
