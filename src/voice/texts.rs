//! Short texts that people write with variables: macros, the reply when nobody is there. Checked like reply templates,
//! without the marks of evidence. And the words of the mail that follows a chat, which nobody changes.

use std::sync::LazyLock;

use serde_json::{Value, json};
use tera::Context;

use super::sandbox::inspect;
use super::templates::{Capped, engine, engine_problem};
use crate::model::document::Problem;

/// What the reply when nobody is there may say.
pub static AWAY: LazyLock<Value> = LazyLock::new(
    || json!({ "customer": { "first_name": "Sam" }, "brand": "Shop", "back": "Monday 23 November, 09:00" }),
);

/// What a macro may say.
pub static MACRO: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "customer": { "first_name": "Sam", "name": "Sam Reed" },
        "brand": "Shop",
        "teammate": "Alex",
        "conversation": { "number": "4812", "subject": "My order" },
        "order": { "number": "AB-1042", "total": "24.80 EUR", "refundable": "24.80 EUR" },
    })
});

/// The usual reply when nobody is there, by language.
pub fn usual_away(language: &str) -> &'static str {
    match language {
        "de" => "Danke für Ihre Nachricht. Gerade ist niemand da; wir sind wieder da: {{ back }}. Dann antworten wir.",
        "fr" => {
            "Merci pour votre message. Nous ne sommes pas là en ce moment et répondrons à notre retour : {{ back }}."
        }
        "es" => "Gracias por su mensaje. Ahora no estamos; responderemos a nuestra vuelta: {{ back }}.",
        "it" => "Grazie per il messaggio. In questo momento non ci siamo; risponderemo al nostro ritorno: {{ back }}.",
        "nl" => "Bedankt voor uw bericht. Er is nu niemand; wij zijn er weer: {{ back }}. Dan antwoorden wij.",
        _ => "Thank you for writing. Nobody is here right now; we are back {{ back }} and answer then.",
    }
}

/// The words of the mail that brings what was not seen in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LetterWords {
    /// The subject, with the brand's name behind it.
    pub subject: &'static str,
    /// Before what was written.
    pub begins: &'static str,
    /// Before the names of files that do not go with it, for their size or their number.
    pub stays: &'static str,
    /// Behind it.
    pub ends: &'static str,
}

/// The words of that mail, by language.
pub fn letter(language: &str) -> LetterWords {
    match language {
        "de" => LetterWords {
            subject: "Ihr Chat mit",
            begins: "Das kam, nachdem Sie den Chat verlassen hatten:",
            stays: "Nicht in dieser E-Mail und weiterhin im Chat:",
            ends: "Antworten Sie einfach auf diese E-Mail, um weiterzuschreiben.",
        },
        "fr" => LetterWords {
            subject: "Votre chat avec",
            begins: "Voici ce qui est arrivé après votre départ du chat :",
            stays: "Pas dans cet e-mail, toujours dans le chat :",
            ends: "Pour continuer, répondez simplement à cet e-mail.",
        },
        "es" => LetterWords {
            subject: "Su chat con",
            begins: "Esto llegó después de que usted saliera del chat:",
            stays: "No va en este correo, sigue en el chat:",
            ends: "Para continuar, responda simplemente a este correo.",
        },
        "it" => LetterWords {
            subject: "La sua chat con",
            begins: "Questo è arrivato dopo che ha lasciato la chat:",
            stays: "Non è in questa e-mail, resta nella chat:",
            ends: "Per continuare, risponda semplicemente a questa e-mail.",
        },
        "nl" => LetterWords {
            subject: "Uw chat met",
            begins: "Dit kwam nadat u de chat had verlaten:",
            stays: "Niet in deze e-mail, en nog in de chat:",
            ends: "Antwoord gewoon op deze e-mail om verder te gaan.",
        },
        _ => LetterWords {
            subject: "Your chat with",
            begins: "You left the chat before this arrived:",
            stays: "Not in this mail, and still in the chat:",
            ends: "Just answer this mail to go on.",
        },
    }
}

/// What is said of a code that shows whose an order is, with `{code}`, `{order}`, `{brand}` and `{to}` to be filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeWords {
    /// The subject of the mail with it.
    pub subject: &'static str,
    /// That mail.
    pub mail: &'static str,
    /// What the customer is told where they write.
    pub told: &'static str,
}

/// The words of that, by language.
pub fn code(language: &str) -> CodeWords {
    match language {
        "de" => CodeWords {
            subject: "Ihr Code für {brand}",
            mail: "Ihr Code: {code}\n\nJemand fragt {brand} nach der Bestellung {order} und sagt, dass es die eigene ist. Sind \
                   Sie das, schreiben Sie den Code dorthin, wo Sie gefragt haben. Er gilt 15 Minuten.\n\nSind Sie es nicht, \
                   tun Sie nichts: Ohne den Code erfährt niemand etwas. Geben Sie ihn niemand anderem, auch nicht auf \
                   Nachfrage. Antworten auf diese E-Mail liest niemand.",
            told: "Damit wir sicher sind, dass es Ihre Bestellung ist, haben wir einen Code an deren E-Mail-Adresse geschickt, \
                   {to}. Bitte schreiben Sie ihn hierher. Er gilt 15 Minuten.",
        },
        "fr" => CodeWords {
            subject: "Votre code pour {brand}",
            mail: "Votre code : {code}\n\nQuelqu’un écrit à {brand} au sujet de la commande {order} et dit que c’est la sienne. \
                   Si c’est vous, écrivez ce code là où vous avez posé la question. Il est valable 15 minutes.\n\nSi ce n’est \
                   pas vous, ne faites rien : sans le code, personne n’apprend rien. Ne le donnez à personne d’autre, même si \
                   on vous le demande. Personne ne lit les réponses à cet e-mail.",
            told: "Pour être sûrs que la commande est la vôtre, nous avons envoyé un code à son adresse e-mail, {to}. Merci de \
                   l’écrire ici. Il est valable 15 minutes.",
        },
        "es" => CodeWords {
            subject: "Su código para {brand}",
            mail: "Su código: {code}\n\nAlguien pregunta a {brand} por el pedido {order} y dice que es suyo. Si es usted, escriba \
                   este código donde ha preguntado. Vale 15 minutos.\n\nSi no es usted, no haga nada: sin el código nadie \
                   sabrá nada. No se lo dé a nadie más, aunque se lo pidan. Nadie lee las respuestas a este correo.",
            told: "Para estar seguros de que el pedido es suyo, hemos enviado un código a su dirección de correo, {to}. Por \
                   favor, escríbalo aquí. Vale 15 minutos.",
        },
        "it" => CodeWords {
            subject: "Il suo codice per {brand}",
            mail: "Il suo codice: {code}\n\nQualcuno chiede a {brand} dell’ordine {order} e dice che è suo. Se è lei, scriva \
                   questo codice dove ha chiesto. Vale 15 minuti.\n\nSe non è lei, non faccia nulla: senza il codice nessuno \
                   viene a sapere nulla. Non lo dia a nessun altro, nemmeno se glielo chiedono. Nessuno legge le risposte a \
                   questa e-mail.",
            told: "Per essere sicuri che l’ordine è suo, abbiamo inviato un codice al suo indirizzo e-mail, {to}. Lo scriva \
                   qui, per favore. Vale 15 minuti.",
        },
        "nl" => CodeWords {
            subject: "Uw code voor {brand}",
            mail: "Uw code: {code}\n\nIemand vraagt {brand} naar bestelling {order} en zegt dat die van hem of haar is. Bent u \
                   dat, schrijf deze code dan waar u het vroeg. Hij geldt 15 minuten.\n\nBent u het niet, doe dan niets: \
                   zonder de code komt niemand iets te weten. Geef hem aan niemand anders, ook niet als iemand erom vraagt. \
                   Antwoorden op deze e-mail leest niemand.",
            told: "Om te weten dat de bestelling van u is, hebben wij een code naar het e-mailadres ervan gestuurd, {to}. \
                   Schrijf die hier, alstublieft. Hij geldt 15 minuten.",
        },
        _ => CodeWords {
            subject: "Your code for {brand}",
            mail: "Your code: {code}\n\nSomebody asks {brand} about order {order} and says that it is theirs. If that is you, \
                   write this code where you are asking. It counts for 15 minutes.\n\nIf it is not you, do nothing: without \
                   the code nobody learns anything. Give it to nobody else, whoever asks for it. Nobody reads answers to this \
                   mail.",
            told: "To be sure that the order is yours, we have sent a code to its e-mail address, {to}. Please write it here. \
                   It counts for 15 minutes.",
        },
    }
}

/// Checks a text against the variables that there are, and fills it in.
pub fn fill(source: &str, known: &Value, variables: &Value) -> Result<String, Vec<Problem>> {
    inspect(source, known)?;
    let single = |message: String| vec![Problem::new("", message)];
    let mut tera = engine();
    tera.add_raw_template("text", source).map_err(|error| vec![engine_problem(&error)])?;
    let context = Context::from_serialize(variables).map_err(|error| single(error.to_string()))?;
    let mut output = Capped(Vec::new());
    tera.render_to("text", &context, &mut output).map_err(|error| single(error.to_string()))?;
    String::from_utf8(output.0).map_err(|error| single(error.to_string()))
}

/// The same, but what is not known stands as a gap for a person to fill: `{{ order.number }}`. A text that says by itself
/// what holds without it (`{% if … %}`) has no gaps.
pub fn fill_with_gaps(source: &str, known: &Value, variables: &Value) -> Result<String, Vec<Problem>> {
    if source.contains("{%") {
        return fill(source, known, variables);
    }
    fill(source, known, &with_gaps(variables, ""))
}

fn with_gaps(variables: &Value, path: &str) -> Value {
    match variables {
        Value::Object(fields) => {
            let at = |name: &String| if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            fields.iter().map(|(name, value)| (name.clone(), with_gaps(value, &at(name)))).collect()
        }
        Value::String(text) if text.trim().is_empty() => Value::String(format!("{{{{ {path} }}}}")),
        known => known.clone(),
    }
}

/// The first gap in a text: a variable that nobody has filled.
pub fn gap_in<'t>(text: &'t str, known: &Value) -> Option<&'t str> {
    let is_known = |path: &str| path.split('.').try_fold(known, |place, name| place.get(name)).is_some();
    text.match_indices("{{").find_map(|(begin, _)| {
        let gap = text.get(begin..)?;
        let end = gap.find("}}")?;
        is_known(gap.get(2..end)?.trim()).then(|| gap.get(..end + 2)).flatten()
    })
}

/// Checks a text against the variables that there are.
pub fn check(source: &str, known: &Value) -> Result<(), Vec<Problem>> {
    fill(source, known, known).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_stands_as_a_gap_until_somebody_fills_it() {
        let variables = json!({ "customer": { "first_name": "", "name": "S" }, "order": { "number": "" } });
        let filled = |source| fill_with_gaps(source, &MACRO, &variables).unwrap();
        let text = filled("Dear {{ customer.first_name }}, {{ order.number }} of {{customer.name}}");
        assert_eq!(text, "Dear {{ customer.first_name }}, {{ order.number }} of S");
        assert_eq!(gap_in(&text, &MACRO), Some("{{ customer.first_name }}"));
        assert_eq!(filled("{% if order.number %}{{ order.number }}{% else %}your order{% endif %}"), "your order");
        assert_eq!(gap_in("Write {{ name }} and {{customer.iban}} }} {{", &MACRO), None, "a customer's own braces");
        assert_eq!(gap_in("{{ x {{order.total}}", &MACRO), Some("{{order.total}}"));
    }

    #[test]
    fn the_usual_reply_holds_in_every_language() {
        for language in super::super::locale::LOCALES {
            let text = fill(usual_away(language), &AWAY, &AWAY).unwrap();
            assert!(text.contains("Monday 23 November, 09:00"), "{text}");
        }
    }

    #[test]
    fn every_language_has_its_own_letter() {
        let all = super::super::locale::LOCALES.map(letter);
        for (place, words) in all.iter().enumerate() {
            let mut others = all.iter().skip(place + 1);
            assert!(others.all(|other| other.begins != words.begins && other.subject != words.subject));
        }
        assert_eq!(letter("xx"), letter("en"));
    }

    #[test]
    fn every_language_has_its_own_words_of_a_code() {
        let all = super::super::locale::LOCALES.map(code);
        for (place, words) in all.iter().enumerate() {
            assert!(words.subject.contains("{brand}") && words.told.contains("{to}"), "{words:?}");
            assert!(["{code}", "{order}", "{brand}"].iter().all(|part| words.mail.contains(part)), "{words:?}");
            assert!(!words.subject.contains("{code}") && !words.told.contains("{order}"), "{words:?}");
            assert!(all.iter().skip(place + 1).all(|other| other.mail != words.mail && other.told != words.told));
        }
        assert_eq!(code("xx"), code("en"));
    }

    #[test]
    fn what_is_not_known_is_named_with_its_place() {
        let problems = check("Hello\n{{ customer.iban }}", &AWAY).unwrap_err();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].path, "line 2");
        assert!(problems[0].message.contains("first_name"), "{}", problems[0].message);
        assert!(check("{% include \"secrets\" %}", &AWAY).is_err());
        assert!(check("{{ range(end=9) }}", &AWAY).is_err());
        assert!(check("{{ brand", &AWAY).is_err());
    }
}
