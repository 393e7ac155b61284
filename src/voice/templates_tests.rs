//! The shipped texts compile, and the sandbox holds.

use tera::Context;

use super::locale::LOCALES;
use super::templates::{MEANINGS, NAMES, Templates, compile, preview, sample_for, sample_in};
use super::templates_list::DEFAULTS;

#[test]
fn every_reply_exists_in_every_language_and_is_filled_in() {
    let templates = Templates::defaults();
    for (locale, name, source) in DEFAULTS {
        let used = compile(source);
        assert!(used.is_ok(), "{locale}/{name}: {used:?}");
        let lines = preview(source, &sample_for(name, locale)).unwrap();
        assert!(!lines.is_empty(), "{locale}/{name}");
    }
    for locale in LOCALES {
        assert!(NAMES.iter().all(|(name, _)| templates.has(locale, name)), "{locale}");
        assert_eq!(templates.language(locale, "en"), locale);
    }
    assert_eq!((templates.language("pl", "de"), templates.language("pl", "xx")), ("de", "en"));
}

#[test]
fn a_text_names_the_same_evidence_in_every_language() {
    let keys = |source: &str| -> std::collections::BTreeSet<String> {
        let marks = source.split("[[").skip(1).filter_map(|rest| rest.split("]]").next());
        marks.flat_map(str::split_whitespace).map(|key| key.split('.').next().unwrap().to_owned()).collect()
    };
    for (locale, name, source) in DEFAULTS {
        let english = super::templates::shipped("en", name).unwrap();
        assert_eq!(keys(source), keys(english), "{locale}/{name}");
    }
}

#[test]
fn every_variable_has_a_meaning() {
    let sample = sample_in("en");
    let mut paths = std::collections::BTreeSet::new();
    for (name, value) in sample.as_object().unwrap() {
        match value.as_object() {
            Some(members) => paths.extend(members.keys().map(|member| format!("{name}.{member}"))),
            None => _ = paths.insert(name.clone()),
        }
    }
    assert_eq!(paths, MEANINGS.iter().map(|(path, _)| (*path).to_owned()).collect());
}

#[test]
fn a_text_is_read_as_sentences_with_their_evidence() {
    let lines = preview(
        "{% if order.number %}\n  Order {{ order.number }}  left. [[order parcel.1]]\n{% endif %}\nBye.\n\nPs.",
        &sample_in("en"),
    )
    .unwrap();
    let shown: Vec<(&str, usize, bool)> =
        lines.iter().map(|line| (line.text.as_str(), line.keys.len(), line.starts_paragraph)).collect();
    assert_eq!(shown, [("Order AB-1042 left.", 2, true), ("Bye.", 0, false), ("Ps.", 0, true)]);
}

#[test]
fn what_a_template_may_not_do_is_named_with_its_line() {
    for (source, expected) in [
        ("{% include \"/etc/passwd\" %}", "“include” is not allowed"),
        ("{% extends \"x\" %}", "“extends” is not allowed"),
        ("{% set a = 1 %}", "“set” is not allowed"),
        ("{% raw %}x{% endraw %}", "“raw” is not allowed"),
        ("{# hidden #}", "Comments"),
        ("{{ range(end=1000000000) }}", "“range(…)” is not allowed"),
        ("{{ get_env(name=\"HOME\") }}", "“get_env(…)” is not allowed"),
        ("{{ throw(message=\"x\") }}", "“throw(…)” is not allowed"),
        ("{{ brand | replace(from=\"a\", to=\"b\") }}", "There is no filter “replace”"),
        ("{{ [x for x in parcels] }}", "“[” is not allowed"),
        ("{{ __tera_context }}", "There is no “__tera_context”"),
        ("{{ order.nmuber }} [[order]]", "There is no “order.nmuber”; there are"),
        ("{% for x in brand %}{% endfor %}", "“brand” is not a list"),
        ("{{ brand", "“}}” is missing"),
        ("{% if brand %}x", ""),
        ("Your order is {{ order.number }}.", "names no evidence"),
        ("Your order is {{ order.number }}. [[moon]]", "“[[moon]]” names no evidence"),
    ] {
        let problems = compile(source).unwrap_err();
        assert!(problems.iter().any(|problem| problem.message.contains(expected)), "{source}: {problems:?}");
    }
    assert!(compile(&"x".repeat(7_000)).is_err());
    let loops = "{% for a in parcels %}{% for b in parcels %}{% for c in parcels %}{% for d in parcels %}\
        {% for e in parcels %}x{% endfor %}{% endfor %}{% endfor %}{% endfor %}{% endfor %}";
    assert!(compile(loops).is_err());
    let nested =
        "{% for a in parcels %}{% for b in parcels %}{% for c in parcels %}x{% endfor %}{% endfor %}{% endfor %}";
    assert!(compile(nested).unwrap_err()[0].message.contains("one other loop"));
    assert!(compile(&"x\n".repeat(201)).unwrap_err()[0].message.contains("at most 200 lines"));
}

#[test]
fn output_is_capped() {
    let mut variables = sample_in("en");
    variables["brand"] = "x".repeat(3_000).into();
    let source = "{{ brand }}{{ brand }}{{ brand }}";
    assert!(compile(source).is_ok());
    assert!(preview(source, &variables).is_err());
}

#[test]
fn plain_text_is_not_escaped_and_customer_text_is_not_run() {
    let mut variables = sample_in("en");
    variables["wants"] = "<b>{{ brand }}</b> {% include 'x' %} & co".into();
    let lines = preview("{{ wants }}", &variables).unwrap();
    assert_eq!(lines[0].text, "<b>{{ brand }}</b> {% include 'x' %} & co");
}

#[test]
fn a_brands_own_text_replaces_the_shipped_one_and_a_broken_one_does_not() {
    let (templates, problems) = Templates::with([("thanks", "en", "Cheers!"), ("invoice", "en", "{% include 'x' %}")]);
    let context = Context::from_serialize(&sample_in("en")).unwrap();
    assert_eq!(templates.render("en", "thanks", &context).unwrap()[0].text, "Cheers!");
    assert!(templates.render("en", "invoice", &context).unwrap()[0].text.contains("AB-1042"));
    assert_eq!(problems[0].path, "en/invoice, line 1");
    assert!(templates.render("en", "no_such", &context).is_err());
}

proptest::proptest! {
    #[test]
    fn any_template_is_read_without_harm(source in "[{}%#\\[\\]a-z.|\" '(=]{0,60}") {
        let _ = compile(&source);
    }
}
