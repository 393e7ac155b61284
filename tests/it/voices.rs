//! The voice's page: how close replies come, and what the voice does to the last conversations.

use std::collections::BTreeMap;

use resolute::model::message::MessageAuthor;
use resolute::model::teammate::Role;
use resolute::store::versions::{self, Kind};
use resolute::store::{messages, voice_scores};
use resolute::voice::{ChannelVoice, LocaleVoice, Voice};
use serde_json::json;

use crate::mail_path::{drafted, waiting};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, send, taken};
use crate::support::setup::NAME;

#[tokio::test(flavor = "multi_thread")]
async fn every_reply_is_scored_and_the_words_of_a_draft_are_the_agents() {
    for engine in Engine::all() {
        let desk = Box::pin(drafted(engine)).await;
        let (db, mut browser) = (&desk.desk.db, desk.browser().await);
        let before = page(&mut browser, "/voices").await;
        assert!(!before.contains("How close recent replies come"));
        assert!(before.contains("Nobody has answered in these weeks."), "{before}");
        let id = waiting(&desk).await;
        taken(&mut browser, &format!("/approvals/{id}/acceptance"), &[("back", "/approvals")]).await;
        let talk = desk.newest().await;
        let path = format!("/conversations/{}/messages", talk.number);
        for body in ["Unfortunately your SHIPMENT is late!!! 🙂", "unfortunately we do not know"] {
            taken(&mut browser, &path, &[("body", body), ("back", "/inbox")]).await;
        }
        let since = desk.desk.clock.now().minus(std::time::Duration::from_hours(1));
        let writers = voice_scores::writers(db, desk.setup.brand, since).await.unwrap();
        let by: Vec<_> = writers.iter().map(|writer| (writer.teammate_id, writer.replies)).collect();
        assert_eq!(by, [(Some(desk.setup.teammate), 2), (None, 1)]);
        assert!(writers[0].score < 70.0 && writers[1].score > 90.0, "{writers:?}");
        let first = messages::list(db, talk.id, 9).await.unwrap().into_iter().nth(1).unwrap();
        assert_eq!(first.author, MessageAuthor::Teammate, "approved by a person, worded by the agent");

        let shown = page(&mut browser, "/voices").await;
        let table = shown.split("How close recent replies come").nth(1).expect("the table");
        assert!(table.contains("Agent") && table.contains(NAME) && table.contains("“unfortunately”"), "{table}");
        let weeks = shown.split("id=\"drift-title\"").nth(1).expect("the weeks");
        assert_eq!(weeks.matches("<circle class=\"").count(), 4, "two of the legend, two of this week: {weeks}");
        assert!(
            weeks.contains("<td class=\"number\">1</td>") && weeks.contains("<td class=\"number\">2</td>"),
            "{weeks}"
        );
        // A week later nothing of it is recent, and it is a week of the last 13.
        desk.desk.clock.advance(std::time::Duration::from_hours(24 * 8));
        let mut browser = desk.browser().await;
        let later = page(&mut browser, "/voices").await;
        assert!(!later.contains("How close recent replies come"));
        let circles = later.split("id=\"drift-title\"").nth(1).map(|weeks| weeks.matches("<circle class=\"").count());
        assert_eq!(circles, Some(4), "{later}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_previews_answer_the_last_conversations_in_the_voice_of_the_form() {
    for engine in Engine::all() {
        let desk = Box::pin(drafted(engine)).await;
        let mut browser = desk.browser().await;
        let shown = page(&mut browser, "/voices").await;
        let previews = shown.split("class=\"previews\"").nth(1).expect("previews");
        assert!(
            previews.contains("Mail, where is it #1001") || previews.contains("Mail, late parcel #1001"),
            "{previews}"
        );
        assert!(
            previews.contains("Sofie") && previews.contains("Mail, late parcel"),
            "the rest are examples: {previews}"
        );
        // No conversation has an owner, so the brand signs each of them, as it does when the agent answers.
        let signed = previews.matches("Best wishes, ").count();
        assert_eq!((signed, previews.matches("Best wishes, Fjord Home<").count()), (2, 2), "{previews}");
        let fields = [
            ("greeting", "Ahoy {first_name},"),
            ("sign_off", "Yours"),
            ("warmth", "50"),
            ("formality", "20"),
            ("length", "30"),
            ("emoji", "0"),
        ];
        let answer = send(&mut browser, "/voices/preview", &fields).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.text().contains("Ahoy"), "{}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_change_the_voice_reads_it() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let mut manager = desk.browser().await;
    let reader = desk.joined("Ole", Role::Teammate).await;
    let mut reader = desk.browser_of(reader).await;
    let fields = [("greeting", "Ahoy,"), ("sign_off", "Yours"), ("never_say", "dirt cheap")];
    taken(&mut manager, "/voices/draft", &fields).await;
    let (full, read) = (page(&mut manager, "/voices").await, page(&mut reader, "/voices").await);
    for tool in
        ["action=\"/voices/draft\"", "Keep as a draft", "Throw the draft away", "Publish version", "Add a phrase"]
    {
        assert_eq!((full.contains(tool), read.contains(tool)), (true, false), "{tool}");
    }
    assert!(read.contains("aria-label=\"Tone\" disabled>"), "no field takes anything: {read}");
    assert!(read.contains("Only managers and admins change the voice.") && read.contains("dirt cheap"), "{read}");
    assert_eq!(send(&mut reader, "/voices/draft", &fields).await.status, 403);
    let times = page(&mut reader, "/answer-times").await;
    assert!(times.contains("class=\"times\" disabled>") && times.contains("A manager changes these."), "{times}");
    assert!(!page(&mut manager, "/answer-times").await.contains("class=\"times\" disabled>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_names_no_other_phrase_is_refused_and_not_passed_over() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let mut browser = desk.browser().await;
    for (line, is_kept) in [("parcel", false), ("parcel = shipment", true)] {
        let fields = [("greeting", "Ahoy,"), ("sign_off", "Yours"), ("say_instead", line)];
        let answer = send(&mut browser, "/voices/draft", &fields).await;
        assert_eq!(!answer.text().contains("Two different phrases are needed"), is_kept, "{line}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reading_level_is_kept_and_costs_what_is_hard_to_read() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let mut browser = desk.browser().await;
        assert!(page(&mut browser, "/voices").await.contains("<option value=\"any\" selected>"));
        let fields = [("greeting", "Hi,"), ("sign_off", "Yours"), ("reading", "easy")];
        taken(&mut browser, "/voices/draft", &fields).await;
        let kept = page(&mut browser, "/voices").await;
        assert!(kept.contains("<option value=\"easy\" selected>"), "{kept}");
        // In one language there is no other level.
        assert!(!page(&mut browser, "/voices?locale=de").await.contains("id=\"reading\""));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_keeps_only_what_differs_there() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let mut browser = desk.browser().await;
        let before = page(&mut browser, "/voices?channel=whatsapp").await;
        assert!(before.contains("Replies on WhatsApp.") && !before.contains("WhatsApp, set apart"), "{before}");
        let voice = Voice::default();
        let (warmth, length) = (voice.warmth.to_string(), voice.length.to_string());
        let (formality, greeting, sign_off) = (voice.formality.to_string(), voice.greeting, voice.sign_off);
        let sent = |emoji: &'static str, never_say: &'static str| {
            [
                ("channel", "whatsapp"),
                ("warmth", warmth.as_str()),
                ("formality", formality.as_str()),
                ("length", length.as_str()),
                ("emoji", emoji),
                ("reading", "any"),
                ("greeting", greeting.as_str()),
                ("sign_off", sign_off.as_str()),
                ("disclosure", ""),
                ("never_say", never_say),
            ]
        };
        let draft = async || {
            let draft = versions::draft(&desk.desk.db, Kind::Voice, desk.setup.brand).await.unwrap();
            draft.map(|draft| draft.document.0["channels"].clone())
        };
        taken(&mut browser, "/voices/draft", &sent("0", "")).await;
        assert_eq!(draft().await, None, "nothing differs");
        taken(&mut browser, "/voices/draft", &sent("60", "asap")).await;
        let kept = draft().await.expect("a draft");
        let kept: BTreeMap<String, ChannelVoice> = serde_json::from_value(kept).unwrap();
        let words = LocaleVoice { never_say: vec!["asap".into()], ..LocaleVoice::default() };
        let wanted = ChannelVoice { emoji: Some(60), words, ..ChannelVoice::default() };
        assert_eq!(kept, BTreeMap::from([("whatsapp".to_owned(), wanted)]));
        let shown = page(&mut browser, "/voices?channel=whatsapp").await;
        assert!(shown.contains("WhatsApp, set apart</option>") && shown.contains(">asap</textarea>"), "{shown}");
        assert!(!page(&mut browser, "/voices").await.contains(">asap</textarea>"), "it is said on other channels");
        let answer = send(&mut browser, "/voices/preview", &sent("60", "asap")).await;
        assert_eq!(answer.text().matches("WhatsApp, ").count(), 3, "{}", answer.text());
        // As everywhere again: nothing is left of it.
        taken(&mut browser, "/voices/draft", &sent("0", "")).await;
        assert_eq!(draft().await, Some(json!({})));
        let fax = send(&mut browser, "/voices/draft", &[("channel", "fax"), ("greeting", "Hi")]).await;
        assert!(fax.text().contains("There is no such kind of channel."), "{}", fax.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_scored_while_it_is_written() {
    for engine in Engine::all() {
        let desk = Box::pin(drafted(engine)).await;
        let mut browser = desk.browser().await;
        let number = desk.newest().await.number;
        let keeps = format!("/conversations/{number}/draft-text");
        let mut kept = async |body: &str, more: &[(&str, &str)]| {
            let fields = [&[("body", body)][..], more].concat();
            send(&mut browser, &keeps, &fields).await.json()
        };
        let cold = "Voice 70 · “unfortunately” is never said · no greeting · no sign-off";
        assert_eq!(kept("Unfortunately it is late.", &[]).await["voice"], cold);
        let fine = kept("Hi Sofie,\n\nIt left on Monday.\n\nBest wishes, Ida", &[]).await;
        assert_eq!(fine["voice"], "Voice 100");
        assert_eq!(kept(" ", &[]).await["voice"], "", "nothing is written");
        assert_eq!(kept("Unfortunately.", &[("note", "1")]).await.get("voice"), None, "a note stays here");
        // A version of a draft is scored in the same way.
        let keeps = format!("/approvals/{}/draft-text", waiting(&desk).await);
        let version = send(&mut browser, &keeps, &[("body", "Unfortunately it is late.")]).await.json();
        assert_eq!(version["voice"], cold);
        // It stands there with what is kept.
        let here = format!("/conversations/{number}?view=all");
        assert!(page(&mut browser, &here).await.contains(" data-voice hidden></p>"));
        let body = [("body", "Unfortunately it is late.")];
        assert_eq!(send(&mut browser, &format!("/conversations/{number}/draft-text"), &body).await.status, 200);
        assert!(page(&mut browser, &here).await.contains(&format!(" data-voice>{cold}</p>")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voice_that_forbids_what_every_reply_says_is_not_kept() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let mut browser = desk.browser().await;
        let never_say = |phrases: &'static str| [("greeting", "Ahoy,"), ("sign_off", "Yours"), ("never_say", phrases)];
        let answer = send(&mut browser, "/voices/draft", &never_say("is\nyou\nto")).await;
        assert!(answer.text().contains("of the 30 English reply templates. Take out"), "{}", answer.text());
        assert!(versions::draft(&desk.desk.db, Kind::Voice, desk.setup.brand).await.unwrap().is_none());
        taken(&mut browser, "/voices/draft", &never_say("to be honest")).await;
        assert!(versions::draft(&desk.desk.db, Kind::Voice, desk.setup.brand).await.unwrap().is_some());
    }
}
