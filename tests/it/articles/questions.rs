//! What the agent could not tell the meaning of, as managers see it: by how many asked, until an article answers it.

use std::time::Duration;

use resolute::model::agent_run::{HandOff, HandOffPacket, UNCLEAR};
use resolute::model::conversation::Conversation;
use resolute::model::teammate::Role;
use resolute::store::{agent_runs, conversations};

use super::{begun, desk, text};
use crate::brands::NORD;
use crate::mail_path::{mail, receive};
use crate::support::desk::{Engine, TestDesk};
use crate::support::drafts::done_run;
use crate::support::forms::{page, taken};
use crate::support::stores::write;

/// Somebody asks in English, and the agent hands it over for this reason.
async fn asked(desk: &TestDesk, name: &str, words: &str, reason: &str) -> i64 {
    let clock = &desk.desk.clock;
    clock.advance(Duration::from_mins(1));
    let raw = mail(&format!("{name}@post.example"), &format!("{name} <{name}@post.example>"), "Hello", "", words);
    let number = receive(desk, &raw).await;
    let talk = Conversation { language: "en".to_owned(), ..desk.newest().await };
    let run = done_run(clock, &talk);
    let packet = HandOffPacket { wants: words.to_owned(), ..HandOffPacket::default() };
    let hand_off = HandOff {
        id: clock.new_id(),
        conversation_id: talk.id,
        run_id: run.id,
        reason: reason.to_owned(),
        packet: packet.into(),
        told: Vec::new().into(),
        notice_id: None,
        untold: String::new(),
        created_at: clock.now(),
    };
    write(&desk.desk.db, async |tx| {
        conversations::update(tx, &talk).await?;
        agent_runs::insert(tx, &run).await?;
        agent_runs::insert_hand_off(tx, &hand_off).await
    })
    .await;
    number
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_and_not_written_down_is_listed_until_an_article_answers_it() {
    const PATH: &str = "/articles/questions";
    for engine in Engine::all() {
        let (desk, _, mut browser) = desk(engine).await;
        assert!(page(&mut browser, PATH).await.contains("Nothing was asked that is not written down."));
        asked(&desk, "ann", "Do you repair tents?", UNCLEAR).await;
        let second = asked(&desk, "ben", "Do you repair a tent?", UNCLEAR).await;
        asked(&desk, "cleo", "Is there a showroom to visit?", UNCLEAR).await;
        asked(&desk, "dora", "Give me your boss", "Wants a person.").await;

        let shown = page(&mut browser, PATH).await;
        let (repair, visit) = (shown.find("Do you repair a tent?"), shown.find("Is there a showroom to visit?"));
        assert!(repair.is_some() && repair < visit, "what most ask comes first: {shown}");
        assert!(shown.contains("<td class=\"number\">2</td>"), "{shown}");
        assert!(shown.contains(&format!("href=\"/conversations/{second}?view=all\"")), "the newest: {shown}");
        assert!(!shown.contains("Do you repair tents?") && !shown.contains("your boss"), "{shown}");

        let here = begun(&desk, &mut browser, "Tent repair").await;
        taken(&mut browser, &here, &text("Tent repair", "We do it in our workshop.", "1", "keep")).await;
        assert!(page(&mut browser, PATH).await.contains("Do you repair a tent?"), "a draft answers nobody");
        taken(&mut browser, &here, &text("Tent repair", "We do it in our workshop.", "2", "publish")).await;
        let shown = page(&mut browser, PATH).await;
        assert!(!shown.contains("Do you repair a tent?") && shown.contains("showroom"), "{shown}");

        taken(&mut browser, "/brands", &NORD).await;
        let theirs = page(&mut browser, &format!("{PATH}?brand=nord-garden")).await;
        assert!(theirs.contains("Nothing was asked") && !theirs.contains("showroom"), "{theirs}");
        let lee = desk.joined("Lee", Role::Teammate).await;
        assert_eq!(desk.browser_of(lee).await.get(PATH).await.unwrap().status, 403);
    }
}
