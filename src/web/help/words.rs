//! What the help centre itself says, in the languages of its articles.

/// The words of a language.
#[derive(Debug)]
pub(super) struct Words {
    /// The name of the language in itself.
    pub(super) language: &'static str,
    /// What the whole is called.
    pub(super) help: &'static str,
    /// What the field of the search is for.
    pub(super) look_for: &'static str,
    /// On its button.
    pub(super) search: &'static str,
    /// Nothing holds the words.
    pub(super) nothing: &'static str,
    /// The address leads to no article.
    pub(super) gone: &'static str,
    /// There are more than are shown.
    pub(super) more: &'static str,
    /// Leads to the list.
    pub(super) all: &'static str,
    /// Before the day of the last change.
    pub(super) changed: &'static str,
    /// Names the list of languages.
    pub(super) languages: &'static str,
    /// Leads past what is on every page.
    pub(super) skip: &'static str,
}

const ENGLISH: Words = Words {
    language: "English",
    help: "Help",
    look_for: "What are you looking for?",
    search: "Search",
    nothing: "Nothing was found. Try other words.",
    gone: "This article is not here any more. Perhaps one of these helps.",
    more: "There are more. Search for what you need.",
    all: "All articles",
    changed: "Last changed:",
    languages: "Languages",
    skip: "Go to the text",
};

const GERMAN: Words = Words {
    language: "Deutsch",
    help: "Hilfe",
    look_for: "Wonach wird gesucht?",
    search: "Suchen",
    nothing: "Nichts gefunden. Vielleicht helfen andere Wörter.",
    gone: "Diesen Artikel gibt es nicht mehr. Vielleicht hilft einer von diesen.",
    more: "Es gibt noch mehr. Die Suche findet sie.",
    all: "Alle Artikel",
    changed: "Zuletzt geändert:",
    languages: "Sprachen",
    skip: "Zum Text",
};

const FRENCH: Words = Words {
    language: "Français",
    help: "Aide",
    look_for: "Que cherchez-vous ?",
    search: "Chercher",
    nothing: "Rien n’a été trouvé. Essayez avec d’autres mots.",
    gone: "Cet article n’existe plus. L’un de ceux-ci aidera peut-être.",
    more: "Il y en a d’autres. Cherchez ce qu’il vous faut.",
    all: "Tous les articles",
    changed: "Dernière modification :",
    languages: "Langues",
    skip: "Aller au texte",
};

const SPANISH: Words = Words {
    language: "Español",
    help: "Ayuda",
    look_for: "¿Qué se busca?",
    search: "Buscar",
    nothing: "No se ha encontrado nada. Quizá ayuden otras palabras.",
    gone: "Este artículo ya no existe. Quizá ayude uno de estos.",
    more: "Hay más. La búsqueda los encuentra.",
    all: "Todos los artículos",
    changed: "Última modificación:",
    languages: "Idiomas",
    skip: "Ir al texto",
};

const ITALIAN: Words = Words {
    language: "Italiano",
    help: "Assistenza",
    look_for: "Che cosa si cerca?",
    search: "Cerca",
    nothing: "Nessun risultato. Forse aiutano altre parole.",
    gone: "Questo articolo non esiste più. Forse aiuta uno di questi.",
    more: "Ce ne sono altri. La ricerca li trova.",
    all: "Tutti gli articoli",
    changed: "Ultima modifica:",
    languages: "Lingue",
    skip: "Vai al testo",
};

const DUTCH: Words = Words {
    language: "Nederlands",
    help: "Hulp",
    look_for: "Waar ben je naar op zoek?",
    search: "Zoeken",
    nothing: "Niets gevonden. Misschien helpen andere woorden.",
    gone: "Dit artikel is er niet meer. Misschien helpt een van deze.",
    more: "Er zijn er meer. Zoek wat je nodig hebt.",
    all: "Alle artikelen",
    changed: "Laatst gewijzigd:",
    languages: "Talen",
    skip: "Naar de tekst",
};

/// The words of a language; English where it has none.
pub(super) fn words(locale: &str) -> &'static Words {
    match locale {
        "de" => &GERMAN,
        "fr" => &FRENCH,
        "es" => &SPANISH,
        "it" => &ITALIAN,
        "nl" => &DUTCH,
        _ => &ENGLISH,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voice::locale::LOCALES;

    #[test]
    fn every_language_of_articles_has_words_of_its_own() {
        let names: std::collections::BTreeSet<_> = LOCALES.iter().map(|code| words(code).language).collect();
        assert_eq!(names.len(), LOCALES.len());
    }
}
