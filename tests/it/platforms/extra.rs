//! Settings of an account that no field of its page asks for.

use channel_contract::inbound::{InboundEvent, RawItem};
use platform_doubles::amazon::mails::{NoticeMail, notice};
use serde_json::json;

use crate::support::desk::{Engine, Wish};
use crate::support::forms::{page, send, taken, value_of};
use crate::support::stand::Stand;

const SECTION: &str = "Settings without a field";
const SUBJECT: &str = "Weekoverzicht voor alle verkopers";

async fn connected(engine: Engine, name: &'static str) -> (Stand, String) {
    let stand = Stand::start(Wish { may_leave_work: true, ..Wish::exact(engine) }, &[name]).await;
    let path = format!("/channels/{}", stand.line().channel);
    (stand, path)
}

/// What the channel makes of a mail of Amazon's own.
async fn read(stand: &Stand) -> InboundEvent {
    let mail = notice(&NoticeMail { subject: SUBJECT.to_owned(), ..NoticeMail::default() });
    let connection = stand.desk.desk.connections.get(stand.line().channel).await.unwrap();
    connection.adapter.parse(&RawItem::pushed(&mail)).unwrap().remove(0).event
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_a_person_knows_better_count_from_the_next_mail_on() {
    for engine in Engine::all() {
        let (stand, path) = connected(engine, "amazon").await;
        let mut browser = stand.desk.browser().await;
        let shown = page(&mut browser, &path).await;
        for words in [SECTION, "claim_hours", "Now: <code class=\"taken\">72</code>", "ihre nachricht an"] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        assert_eq!(shown.matches("set here").count(), 1, "the time of the double: {shown}");
        assert!(matches!(read(&stand).await, InboundEvent::Message(_)), "nobody knows what it is about");

        let path_of_form = format!("{path}/extra-settings");
        let usual = json!({ "timeout_seconds": 1 });
        let mut known_better = usual.clone();
        known_better["phrases"] = json!({ "no_work": ["Weekoverzicht & verkopers"] });
        known_better["claim_hours"] = json!(48);
        let before = stand.channel(stand.line()).await;
        taken(&mut browser, &path_of_form, &[("settings", &known_better.to_string())]).await;
        assert_eq!(read(&stand).await, InboundEvent::Ignored("amazon_notice"));
        let after = stand.channel(stand.line()).await;
        assert_eq!((after.state, &after.name, &after.address), (before.state, &before.name, &before.address));
        assert_eq!(after.settings.0["smtp"], before.settings.0["smtp"], "the rest stays");
        let shown = page(&mut browser, &path).await;
        assert!(shown.matches("set here").count() == 3 && shown.contains("Weekoverzicht"), "{shown}");
        assert!(page(&mut browser, "/audit").await.contains("settings changed phrases, claim hours"));

        taken(&mut browser, &path_of_form, &[("settings", &usual.to_string())]).await;
        assert!(matches!(read(&stand).await, InboundEvent::Message(_)), "the usual words count again");
        assert_eq!(stand.channel(stand.line()).await.settings, before.settings);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_cannot_be_used_changes_nothing_and_stays_as_it_was_typed() {
    for engine in Engine::all() {
        let (stand, path) = connected(engine, "messenger").await;
        let mut browser = stand.desk.browser().await;
        let before = stand.channel(stand.line()).await;
        for (typed, told) in [
            (r#"{ "limits.files": 3, "colour": 1 }"#, "There is no setting “colour”."),
            (r#"{ "limits.files": 101 }"#, "“limits.files” takes a whole number from 0 to 100."),
            (r#"{ "limits": { "files": 3 } }"#, "“limits” is not named whole"),
            (r#"{ "page_id": "77" }"#, "“page_id” is none of these settings"),
            (r#"{ "access_token": "taken" }"#, "“access_token” is none of these settings"),
            ("limits.files = 3", "The document is no JSON"),
        ] {
            let answer = send(&mut browser, &format!("{path}/extra-settings"), &[("settings", typed)]).await;
            let words = answer.text();
            assert_eq!(answer.status, 422, "{typed}: {words}");
            assert!(words.contains(told) && words.contains("The channel stays as it was"), "{typed}: {words}");
            assert!(words.contains(&typed.replace('"', "&#34;")), "{typed}: {words}");
            assert!(words.contains("id=\"extra-settings\" open"), "{typed}: {words}");
            assert_eq!(stand.channel(stand.line()).await.settings, before.settings, "{typed}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_did_not_see_what_another_saved_is_asked_before_it_is_replaced() {
    for engine in Engine::all() {
        let (stand, path) = connected(engine, "messenger").await;
        let mut browser = stand.desk.browser().await;
        let drawn = value_of(&page(&mut browser, &path).await, "seen");
        let form = format!("{path}/extra-settings");
        let (theirs, ours) = (r#"{ "limits.text": 900 }"#, r#"{ "limits.files": 3 }"#);
        taken(&mut browser, &form, &[("settings", theirs), ("seen", &drawn)]).await;
        let refused = send(&mut browser, &form, &[("settings", ours), ("seen", &drawn)]).await;
        let shown = refused.text();
        assert_eq!(refused.status, 422, "{shown}");
        assert!(shown.contains("Somebody changed these settings meanwhile"), "{shown}");
        assert!(
            shown.contains(&ours.replace('"', "&#34;")) && shown.contains("<code class=\"taken\">900</code>"),
            "{shown}"
        );
        assert_eq!(stand.channel(stand.line()).await.settings.0["limits"]["text"], 900);
        taken(&mut browser, &form, &[("settings", theirs), ("seen", &drawn)]).await;

        let seen = value_of(&shown, "seen");
        taken(&mut browser, &form, &[("settings", ours), ("seen", &seen)]).await;
        let stands = stand.channel(stand.line()).await.settings;
        assert_eq!((&stands.0["limits"]["files"], stands.0["limits"].get("text")), (&json!(3), None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_without_such_settings_shows_none() {
    let (stand, path) = connected(Engine::Sqlite, "whatsapp").await;
    let mut browser = stand.desk.browser().await;
    assert!(!page(&mut browser, &path).await.contains(SECTION));
    let answer = send(&mut browser, &format!("{path}/extra-settings"), &[("settings", "{}")]).await;
    assert_eq!(answer.status, 404, "{}", answer.text());
}
