//! What buyers write, as it comes through Amazon's relay in many languages and forms.

use bytes::Bytes;
use channel_contract::inbound::{Automatic, InboundEvent, InboundMessage, RawOrigin, Trust, Writer};
use platform_doubles::amazon::mails::{BuyerMail, Form, buyer, proved};

use crate::{BUYER, CASE, ORDER, read, read_with, settings};

fn message(mail: &BuyerMail) -> InboundMessage {
    read(buyer(mail)).into_message().unwrap()
}

#[test]
fn a_buyer_is_the_mask_and_the_case_is_the_thread() {
    let message = message(&BuyerMail::default());
    assert_eq!((message.sender.kind.as_str(), message.sender.value.as_str()), ("amazon_buyer", BUYER));
    assert_eq!((message.writer, message.sender_name.as_str()), (Writer::Contact, "Mara"));
    assert_eq!(message.thread.thread_id.as_deref(), Some(CASE));
    assert_eq!(message.thread.order_numbers, [ORDER]);
    assert_eq!(message.visible_text, "Wo ist mein Paket?");
    assert!(message.text.contains("B0DOUBLE12"), "the whole page is kept");
    assert_eq!((message.automatic, message.trust), (Automatic::No, Trust::Proved), "a machine only handed it on");
    assert_eq!(message.reply_to.map(|answers| answers.value), Some(format!("k3x9vq2+{CASE}@marketplace.amazon.de")));
    assert_eq!((message.html, message.recipients.len()), (None, 0));
}

#[test]
fn words_are_found_in_every_language_and_form() {
    for (ending, words) in [
        ("de", "Die Tasse ist zerbrochen.\n\nGrüße, <Mara> & Co"),
        ("co.uk", "Where is my parcel?\n> I never got it\n--\nMara"),
        ("fr", "Bonjour,\nla tasse est arrivée cassée…"),
        ("it", "La tazza è rotta. On Monday you wrote: nothing."),
        ("es", "¿Dónde está mi paquete?"),
        ("co.jp", "カップが割れていました。\n交換してください。"),
    ] {
        for form in [Form::Page, Form::Rulers] {
            let mail = BuyerMail {
                ending: ending.to_owned(),
                words: words.to_owned(),
                results: proved(ending),
                form,
                ..BuyerMail::default()
            };
            let message = message(&mail);
            assert_eq!(message.visible_text, words, "{ending} {form:?}");
            assert_eq!(message.thread.order_numbers, [ORDER], "{ending} {form:?}");
            assert_eq!(message.sender.value, format!("k3x9vq2@marketplace.amazon.{ending}"));
        }
    }
}

#[test]
fn an_unknown_form_is_shown_whole() {
    let message = message(&BuyerMail { form: Form::Other, ..BuyerMail::default() });
    assert!(message.visible_text.contains("Wo ist mein Paket?") && message.visible_text.contains("Bestellung"));
}

#[test]
fn a_number_that_a_buyer_types_is_no_word_of_amazons() {
    let typed = |words: &str, form| BuyerMail { words: words.to_owned(), form, ..BuyerMail::default() };
    for form in [Form::Page, Form::Rulers] {
        let message = message(&typed("Not 303-9999999-9999999 but the other", form));
        assert_eq!(message.thread.order_numbers, [ORDER], "{form:?}");
    }
    // Where the page has another form nobody can tell what was typed: the subject is Amazon's.
    let unknown = message(&typed("Not 303-9999999-9999999 but the other", Form::Other));
    assert_eq!(unknown.thread.order_numbers, [ORDER]);
    let question = BuyerMail { order: None, ..typed("Is 303-9999999-9999999 mine?", Form::Page) };
    assert!(message(&question).thread.order_numbers.is_empty());
}

#[test]
fn without_a_case_the_order_or_the_product_is_the_thread() {
    let thread = |mail: &BuyerMail| message(mail).thread.thread_id.unwrap();
    let bare = BuyerMail { case: None, ..BuyerMail::default() };
    let other = BuyerMail { order: Some("303-7777777-7777777".to_owned()), ..bare.clone() };
    let somebody = BuyerMail { alias: "z1".to_owned(), ..bare.clone() };
    let question = BuyerMail { order: None, ..bare.clone() };
    let all = [thread(&bare), thread(&other), thread(&somebody), thread(&question), CASE.to_owned()];
    let different: std::collections::BTreeSet<&String> = all.iter().collect();
    assert_eq!(different.len(), all.len(), "{all:?}");
    let again = BuyerMail { id: "later@x.example".to_owned(), words: "Hello?".to_owned(), ..bare };
    assert_eq!(thread(&again), all[0], "the same buyer about the same order");
    assert!(all.iter().all(|thread| !thread.contains("k3x9vq2")), "no address in what is logged");
}

#[test]
fn who_is_not_proved_leads_no_answer_elsewhere_and_who_is_forged_finds_nothing() {
    let results = |results: &str| BuyerMail { results: results.to_owned(), ..BuyerMail::default() };
    let unsigned = message(&results(""));
    assert_eq!((unsigned.trust, unsigned.reply_to.is_some()), (Trust::Failed, false), "Amazon signs what it relays");
    assert_eq!((unsigned.thread.thread_id, unsigned.thread.order_numbers.len()), (None, 0), "anybody can write both");
    let mut trusting = settings();
    trusting.mail.authserv_id.clear();
    let claimed = read_with(trusting, buyer(&BuyerMail::default()), RawOrigin::Inbox).event.into_message().unwrap();
    assert_eq!(claimed.trust, Trust::Claimed, "where nobody checks, nothing speaks for or against it");
    let forged = message(&results("Authentication-Results: mx.shop.example; dmarc=fail"));
    assert_eq!((forged.trust, forged.reply_to.is_some()), (Trust::Failed, false));
    assert_eq!((forged.thread.thread_id, forged.thread.order_numbers.len()), (None, 0));
    let other = message(&results("Authentication-Results: mx.evil.example; dkim=pass header.d=amazon.de"));
    assert_eq!(other.trust, Trust::Failed, "another server's word");
}

#[test]
fn the_token_travels_in_the_id() {
    let id = |mail: &BuyerMail| read_with(settings(), buyer(mail), RawOrigin::Inbox).external_id;
    assert_eq!(id(&BuyerMail::default()), "relay-1@eu-west-1.amazonses.example|commMgrTok:A1TOKEN9");
    assert_eq!(id(&BuyerMail { token: None, ..BuyerMail::default() }), "relay-1@eu-west-1.amazonses.example");
    let message = message(&BuyerMail::default());
    assert_eq!(message.own_ids, ["relay-1@eu-west-1.amazonses.example"], "answers name the mail itself");
}

#[test]
fn what_a_teammate_wrote_elsewhere_goes_to_the_buyer() {
    let sent = |to: &str| {
        let mail = format!(
            "From: help@shop.example\nTo: {to}\nSubject: Order {ORDER}\nMessage-ID: <o@x.example>\n\nIt left.\n"
        );
        read_with(settings(), Bytes::from(mail), RawOrigin::Sent).event
    };
    let message = sent(&format!("k3x9vq2+{CASE}@marketplace.amazon.de")).into_message().unwrap();
    assert_eq!((message.writer, message.recipients[0].value.as_str()), (Writer::Teammate, BUYER));
    assert_eq!(message.thread.thread_id.as_deref(), Some(CASE));
    assert_eq!(message.thread.order_numbers, [ORDER]);
    assert_eq!(sent("accountant@tax.example"), InboundEvent::Ignored("not_to_a_buyer"));
}

#[test]
fn other_mail_is_mail() {
    let mail = "From: Bo <bo@customer.example>\nReply-To: k3x9vq2@marketplace.amazon.de\nSubject: Hello\n\n<b>Hi</b>\n";
    let message = read(Bytes::from_static(mail.as_bytes())).into_message().unwrap();
    assert_eq!((message.sender.kind.as_str(), message.trust), ("email", Trust::Claimed));
    assert_eq!(message.thread.thread_id, None);
    let masked = "From: Bo <k3x9vq2@marketplace.amazon.de.evil.example>\n\n<pre>Hi</pre>\n";
    let message = read(Bytes::from_static(masked.as_bytes())).into_message().unwrap();
    assert_eq!(message.sender.kind, "email", "no buyer");
}
