//! Templates: listed, filled and sent.

use channel_contract::MessageChannel as _;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::outbound::{FilledTemplate, Outbound, Template};
use channel_contract::testkit::SendHarness as _;
use channel_whatsapp::WhatsappSettings;
use platform_doubles::whatsapp::Whatsapp;
use serde_json::json;

use crate::account::{NOW, Number, ana};
use crate::files::file;

fn put(platform: &Whatsapp, name: &str, status: &str, category: &str) {
    platform.put_template(json!({
        "name": name,
        "language": "en_US",
        "status": status,
        "category": category,
        "components": [
            { "type": "BODY", "text": "Hi {{1}}, your order {{2}} is late." },
            { "type": "BUTTONS", "buttons": [{ "type": "URL", "text": "Track", "url": "https://shop.example/{{1}}" }] },
        ],
    }));
}

fn filled(template: &Template, values: &[&str]) -> FilledTemplate {
    FilledTemplate {
        name: template.name.clone(),
        language: template.language.clone(),
        places: template.places.clone(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    }
}

/// A message long after the window, that answers nothing.
fn late(number: &Number, template: &Template, values: &[&str]) -> Outbound {
    let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    let words: Vec<&str> = values.iter().map(String::as_str).collect();
    Outbound {
        text: template.filled(&values),
        template: Some(filled(template, &words)),
        in_reply_to: None,
        ..number.message()
    }
}

#[tokio::test]
async fn an_approved_template_goes_out_at_any_time() {
    let number = Number::start(5).await;
    for name in ["a", "b", "late_parcel", "c", "d"] {
        put(number.platform(), name, "APPROVED", "UTILITY");
    }
    let templates = number.channel.templates().await.unwrap();
    assert_eq!(templates.len(), 5, "all pages are read");
    let template = templates.iter().find(|template| template.name == "late_parcel").unwrap();
    assert_eq!(template.places, ["1", "2", "button.0"]);
    let message = late(&number, template, &["Ana", "1042", "t/9"]);
    assert_eq!(message.text, "Hi Ana, your order 1042 is late.\n\n[Track: https://shop.example/t/9]");
    number.platform().set_time(NOW + 90 * 24 * 60 * 60);
    number.channel.send(&message).await.unwrap();
    let body = number.platform().sent().remove(0).body;
    assert_eq!(body["template"]["name"], "late_parcel");
    assert_eq!(body.pointer("/template/components/0/parameters/1/text"), Some(&json!("1042")));
    assert_eq!(body.pointer("/template/components/1/index"), Some(&json!("0")));
}

#[tokio::test]
async fn a_template_that_may_not_be_sent_is_refused_with_its_class() {
    let number = Number::start(5).await;
    put(number.platform(), "paused", "PAUSED", "UTILITY");
    put(number.platform(), "advert", "APPROVED", "MARKETING");
    number.platform().stop_marketing(&ana().phone);
    let templates = number.channel.templates().await.unwrap();
    assert_eq!(templates.iter().map(|template| template.usable).collect::<Vec<_>>(), [false, true]);
    let gone = Template { name: "gone".to_owned(), ..templates[1].clone() };
    for (template, class) in
        [(&templates[0], FailureClass::Policy), (&templates[1], FailureClass::OptedOut), (&gone, FailureClass::Content)]
    {
        let outcome = number.channel.send(&late(&number, template, &["Ana", "1042", "9"])).await;
        assert_eq!(outcome.as_ref().err().map(ChannelFailure::class), Some(class), "{}: {outcome:?}", template.name);
    }
    let with_file = Outbound {
        attachments: vec![file("a.pdf", "application/pdf", b"%PDF")],
        ..late(&number, &templates[1], &["Ana", "1042", "9"])
    };
    let outcome = number.channel.send(&with_file).await;
    assert_eq!(outcome.err().map(|failure| failure.class()), Some(FailureClass::Content));
    assert!(number.platform().sent().is_empty());
}

#[tokio::test]
async fn an_account_that_is_not_named_has_no_templates() {
    let number = Number::start(5).await;
    put(number.platform(), "late_parcel", "APPROVED", "UTILITY");
    let nameless = WhatsappSettings { account_id: String::new(), ..number.settings().clone() };
    assert_eq!(number.with(nameless).templates().await, Ok(Vec::new()));
}
