//! A case that a person made of two buyers of one marketplace: they share a channel, and hear nothing of each other.

use std::time::Duration;

use platform_doubles::{Fault, Response};
use resolute::inbox::contained::facts;
use resolute::model::brand::AgentLevel;
use resolute::store::intake::{self, NewTold};
use resolute::store::{agent_runs, merges, messages, orders};
use serde_json::{Value, json};

use crate::composer_files::{form, post_multipart};
use crate::mail_path::{answer, last_message};
use crate::market_orders::order_of;
use crate::support::desk::{Engine, Wish};
use crate::support::forms::{page, said, send, taken, value_of, values_of};
use crate::support::stand::{QUESTION, Stand};
use crate::support::stores::write;

async fn stand(engine: Engine, name: &'static str, agent_level: AgentLevel) -> Stand {
    Stand::start(Wish { agent_level, may_leave_work: true, ..Wish::exact(engine) }, &[name]).await
}

/// The conversation of the second buyer goes into that of the first, as a person who was asked lets it.
async fn merge(stand: &Stand, from: i64, into: i64) {
    let (path, source) = (format!("/conversations/{into}/merges"), from.to_string());
    taken(&mut stand.desk.browser().await, &path, &[("source", &source), ("sure", "1")]).await;
    assert!(stand.desk.talk(from).await.merged_into.is_some());
}

/// A case of two buyers, of whom the second wrote last.
async fn of_two(stand: &Stand) -> i64 {
    let first = stand.asks(stand.line(), 1, QUESTION).await;
    let second = stand.asks(stand.line(), 2, QUESTION).await;
    assert_ne!(first, second);
    merge(stand, second, first).await;
    first
}

/// The second buyer writes again, into the case.
async fn second_writes(stand: &Stand, number: i64, text: &str) {
    stand.pass(Duration::from_secs(10)).await;
    let said = stand.platforms.says(stand.line(), 2, text);
    stand.brings(stand.line(), &said).await;
    assert_eq!(last_message(&stand.desk, number).await["body"], text, "it came in there");
}

/// What is said to a reply of a person's.
async fn replied(stand: &Stand, number: i64, text: &str) -> String {
    let (path, channel) = (format!("/conversations/{number}/messages"), stand.line().channel.to_string());
    let fields = [("channel", channel.as_str()), ("body", text), ("back", "/inbox")];
    said(&send(&mut stand.desk.browser().await, &path, &fields).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_hears_no_name_and_no_number_of_another_one() {
    for engine in Engine::all() {
        let stand = stand(engine, "mirakl", AgentLevel::Off).await;
        let number = of_two(&stand).await;
        for text in ["Dear Customer  2, it left today.", "Your order fj-2-a left today."] {
            let refused = replied(&stand, number, text).await;
            assert!(refused.contains("hears only what was said there"), "{text}: {refused}");
        }
        let path = format!("/api/v1/conversations/{number}/messages");
        let refused = stand.desk.api().post_json(&path, &json!({ "body": "FJ-2-A left today." })).await.unwrap();
        assert_eq!(refused.status, 422, "{}", refused.text());
        let case = stand.desk.talk(number).await;
        assert_eq!(messages::list(&stand.desk.desk.db, case.id, 9).await.unwrap().len(), 2, "nothing was stored");

        answer(&stand.desk, number, "Dear Customer 1, your order FJ-1-A left today.").await;
        stand.pass(Duration::from_mins(1)).await;
        let sent = stand.platforms.together.mirakl().taken();
        let threads: Vec<&str> = sent.iter().map(|taken| taken.thread.as_str()).collect();
        assert_eq!(threads, [stand.platforms.thread_of(1).as_str()], "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_hears_in_the_name_of_a_file_no_more_than_in_a_text() {
    for engine in Engine::all() {
        let stand = stand(engine, "mirakl", AgentLevel::Off).await;
        let number = of_two(&stand).await;
        let path = format!("/api/v1/conversations/{number}/messages");
        let with = async |name: &str| {
            let body = form(&[("body", "Here is your paper.")], &[(name, "application/pdf", b"%PDF")]);
            let answer = post_multipart(&mut stand.desk.api(), &path, &body).await;
            (answer.status, answer.text())
        };
        for (name, why) in [
            ("Customer_2.pdf", "hears only what was said there"),
            ("Paper of FJ-2-A.pdf", "hears only what was said there"),
            ("ida@fjordline.example.pdf", "takes no mail addresses"),
            ("call +47 22 12 34 56.pdf", "takes no phone numbers"),
            ("fjordline.dk", "takes no links"),
        ] {
            let (status, words) = with(name).await;
            assert!(status == 422 && words.contains(why) && words.contains(name), "{name}: {status} {words}");
        }
        let case = stand.desk.talk(number).await;
        assert_eq!(messages::list(&stand.desk.desk.db, case.id, 9).await.unwrap().len(), 2, "nothing was stored");

        let (status, words) = with("Your_paper of FJ-1-A, 2026-11-27.pdf").await;
        assert_eq!(status, 201, "{words}");
        stand.pass(Duration::from_mins(1)).await;
        assert_eq!(stand.platforms.sent(stand.line()), ["Here is your paper."], "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_the_name_of_a_file_is_said_where_it_is_attached() {
    for engine in Engine::all() {
        let stand = stand(engine, "mirakl", AgentLevel::Off).await;
        let number = of_two(&stand).await;
        let (here, path) = (format!("/conversations/{number}?view=all"), format!("/conversations/{number}/files"));
        let mut browser = stand.desk.browser().await;
        let mut script = stand.desk.browser().await;
        let csrf = value_of(&page(&mut script, &here).await, "csrf");
        let mut script = script.with("hx-request", "true");
        let mut attach = async |name: &str| {
            let body = form(&[("csrf", csrf.as_str())], &[(name, "application/pdf", b"%PDF")]);
            post_multipart(&mut script, &path, &body).await.text()
        };
        let words = "“Customer_2.pdf” cannot go with it as it is called. A marketplace hears only what was said there";
        assert!(!attach("Paper of FJ-1-A.pdf").await.contains("cannot go with it"));
        let attached = attach("Customer_2.pdf").await;
        assert!(attached.contains(words), "{attached}");
        let shown = page(&mut browser, &here).await;
        assert!(shown.contains(words), "and it stands there when the page is loaded anew: {shown}");

        let chips = values_of(&shown, "file");
        let fields = [("csrf", csrf.as_str())];
        let removed = script.post_form(&format!("{path}/{}/deletion", chips[1]), &fields).await.unwrap().text();
        assert!(removed.contains("Paper of FJ-1-A.pdf") && !removed.contains("cannot go with it"), "{removed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_filled_in_for_a_buyer_is_not_of_another_ones_order() {
    for engine in Engine::all() {
        let stand = stand(engine, "ebay", AgentLevel::Off).await;
        stand.connects_again(stand.line()).await;
        let (db, ebay) = (&stand.desk.desk.db, stand.platforms.together.ebay());
        let bought = ebay.buy("buyer_2", "110000000002");
        ebay.ship(&bought, "00340042");
        let number = of_two(&stand).await;
        let case = stand.desk.talk(number).await;
        let linked = orders::list_of(db, case.id).await.unwrap();
        let numbers: Vec<&str> = linked.iter().map(|known| known.order.number.as_str()).collect();
        assert_eq!(numbers, [bought.as_str()], "it came along");
        assert!(orders::list_told(db, case.id, case.channel_id).await.unwrap().is_empty(), "and is the other one’s");
        let (known, speaks_of) = facts(db, &case, &linked).await.unwrap();
        assert_eq!((known.contact_name.as_str(), known.contact_id), ("buyer_1", case.contact_id));
        assert_eq!((known.order_number, speaks_of.len()), (None, 0));
        for text in ["Your parcel is 00340042.".to_owned(), format!("{bought} left."), "Ask buyer_2 about it.".into()] {
            let refused = replied(&stand, number, &text).await;
            assert!(refused.contains("hears only what was said there"), "{text}: {refused}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_named_for_the_other_buyer_after_the_merge_is_theirs() {
    for engine in Engine::all() {
        let stand = stand(engine, "mirakl", AgentLevel::Off).await;
        stand.connects_again(stand.line()).await;
        let number = of_two(&stand).await;
        // It was looked for and is not there; then the marketplace lets the next order be read.
        for _ in 0..2 {
            stand.pass(Duration::from_secs(61)).await;
        }
        stand.platforms.together.mirakl().put_order(order_of("FJ-2-A", "0034-2"));
        second_writes(&stand, number, "And now?").await;
        let case = stand.desk.talk(number).await;
        let linked = orders::list_of(&stand.desk.desk.db, case.id).await.unwrap();
        assert_eq!(linked.len(), 1, "it was read: {linked:?}");

        let mut browser = stand.desk.browser().await;
        let shown = page(&mut browser, &format!("/conversations/{number}/context?view=all")).await;
        let (of_first, of_second) = shown.split_once("Also in this case").expect("each by themselves");
        for words in ["Stoneware cup", "Kiel", "0034-2"] {
            assert!(!of_first.contains(words), "{words}: {of_first}");
        }
        assert!(of_second.contains("Stoneware cup") && of_second.contains("0034-2"), "{of_second}");
        let shown = page(&mut browser, &format!("/contacts/{}", case.contact_id)).await;
        assert!(!shown.contains("FJ-2-A"), "{shown}");
        let refused = replied(&stand, number, "Your parcel is 0034-2.").await;
        assert!(refused.contains("hears only what was said there"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_agent_does_not_answer_another_buyer_in_the_place_of_the_customer() {
    for engine in Engine::all() {
        let stand = stand(engine, "mirakl", AgentLevel::Approve).await;
        stand.connects_again(stand.line()).await;
        stand.platforms.together.mirakl().put_order(order_of("FJ-2-A", "0034-2"));
        let first = stand.asks(stand.line(), 1, QUESTION).await;
        answer(&stand.desk, first, "We look into it.").await;
        stand.pass(Duration::from_mins(1)).await;
        let second = stand.asks(stand.line(), 2, QUESTION).await;
        merge(&stand, second, first).await;
        second_writes(&stand, first, QUESTION).await;
        let shown = stand.desk.api_get(&format!("/api/v1/conversations/{first}")).await;
        assert_eq!(shown["draft"], Value::Null, "{shown}");
        let case = stand.desk.talk(first).await;
        let given = agent_runs::latest_hand_off(&stand.desk.desk.db, case.id).await.unwrap().expect("a hand-over");
        assert!(given.reason.contains("Somebody else in the conversation wrote."), "{}", given.reason);
        assert_eq!(stand.platforms.sent(stand.line()), ["We look into it."], "{engine:?}");
    }
}

/// The one merge into a conversation is taken back.
async fn take_back(stand: &Stand, into: i64) {
    let case = stand.desk.talk(into).await;
    let all = write(&stand.desk.desk.db, async |tx| merges::list_into(tx, case.id).await).await;
    let [merged] = all.try_into().expect("one merge");
    taken(&mut stand.desk.browser().await, &format!("/merges/{}/deletion", merged.id), &[("back", "/inbox")]).await;
}

/// The numbers of the orders of a conversation.
async fn linked(stand: &Stand, number: i64) -> Vec<String> {
    let talk = stand.desk.talk(number).await;
    let all = orders::list_of(&stand.desk.desk.db, talk.id).await.unwrap();
    all.into_iter().map(|known| known.order.number).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_was_named_while_two_were_one_case_leaves_with_its_buyer() {
    for engine in Engine::all() {
        for is_late in [false, true] {
            let stand = stand(engine, "mirakl", AgentLevel::Off).await;
            stand.connects_again(stand.line()).await;
            let first = stand.asks(stand.line(), 1, QUESTION).await;
            let second = stand.asks(stand.line(), 2, QUESTION).await;
            for _ in 0..2 {
                stand.pass(Duration::from_secs(61)).await;
            }
            merge(&stand, second, first).await;
            stand.platforms.together.mirakl().put_order(order_of("FJ-2-A", "0034-2"));
            if is_late {
                let over = Fault::Answer(Response::status(401));
                assert!(stand.platforms.together.misbehave("mirakl", "GET", "/orders", over, 1));
            }
            second_writes(&stand, first, "And now?").await;
            assert_eq!(
                linked(&stand, first).await.len(),
                usize::from(!is_late),
                "{engine:?}: it is read: {}",
                !is_late
            );

            take_back(&stand, first).await;
            for _ in 0..12 {
                stand.pass(Duration::from_secs(61)).await;
            }
            assert_eq!(linked(&stand, first).await, [""; 0], "{engine:?}: {is_late}");
            assert_eq!(linked(&stand, second).await, ["FJ-2-A"], "{engine:?}: {is_late}");
            let db = &stand.desk.desk.db;
            for (number, told) in [(first, "FJ-1-A"), (second, "FJ-2-A")] {
                let talk = stand.desk.talk(number).await;
                assert_eq!(orders::list_told(db, talk.id, talk.channel_id).await.unwrap(), [told]);
                assert!(orders::list_told_to_others(db, talk.id, talk.channel_id).await.unwrap().is_empty());
            }
            let mut browser = stand.desk.browser().await;
            let shown = page(&mut browser, &format!("/conversations/{first}/context?view=all")).await;
            assert!(!shown.contains("0034-2") && !shown.contains("Kiel"), "{shown}");
            let shown = page(&mut browser, &format!("/conversations/{second}/context?view=all")).await;
            assert!(shown.contains("0034-2"), "{shown}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_which_a_case_without_one_heard_by_another_buyer_fills_no_text_of_its_own() {
    for engine in Engine::all() {
        let stand = stand(engine, "ebay", AgentLevel::Off).await;
        stand.connects_again(stand.line()).await;
        let first = stand.asks(stand.line(), 1, QUESTION).await;
        let second = stand.asks(stand.line(), 2, QUESTION).await;
        merge(&stand, second, first).await;
        let bought = stand.platforms.together.ebay().buy("buyer_2", "110000000002");
        // Orders are looked for less often than messages.
        stand.pass(Duration::from_mins(10)).await;
        stand.look(stand.line()).await;
        second_writes(&stand, first, "I have bought it now.").await;
        let db = &stand.desk.desk.db;
        let case = stand.desk.talk(first).await;
        assert_eq!(orders::list_told_to_others(db, case.id, case.channel_id).await.unwrap(), [bought.as_str()]);

        take_back(&stand, first).await;
        stand.pass(Duration::from_secs(61)).await;
        let case = stand.desk.talk(first).await;
        let (known, speaks_of) = facts(db, &case, &orders::list_of(db, case.id).await.unwrap()).await.unwrap();
        assert_eq!((known.order_number, speaks_of.len()), (None, 0), "{engine:?}");
        assert_eq!(stand.desk.talk(second).await.order_number, Some(bought), "{engine:?}: it is theirs");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_was_named_before_the_merge_and_read_behind_it_leaves_with_its_buyer() {
    for engine in Engine::all() {
        let stand = stand(engine, "mirakl", AgentLevel::Off).await;
        stand.connects_again(stand.line()).await;
        stand.platforms.together.mirakl().put_order(order_of("FJ-2-A", "0034-2"));
        let first = stand.asks(stand.line(), 1, QUESTION).await;
        let second = stand.asks(stand.line(), 2, QUESTION).await;
        assert_eq!(linked(&stand, second).await, [""; 0], "{engine:?}: its reading waits for its turn");
        merge(&stand, second, first).await;
        for _ in 0..2 {
            stand.pass(Duration::from_secs(61)).await;
        }
        assert_eq!(linked(&stand, first).await, ["FJ-2-A"], "{engine:?}: it is read for the case");

        take_back(&stand, first).await;
        for _ in 0..2 {
            stand.pass(Duration::from_secs(61)).await;
        }
        assert_eq!(linked(&stand, first).await, [""; 0], "{engine:?}");
        assert_eq!(linked(&stand, second).await, ["FJ-2-A"], "{engine:?}");
        let shown = page(&mut stand.desk.browser().await, &format!("/conversations/{first}/context?view=all")).await;
        assert!(!shown.contains("0034-2") && !shown.contains("Kiel"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_orders_that_leave_with_their_buyer_each_is_read() {
    for engine in Engine::all() {
        let stand = stand(engine, "mirakl", AgentLevel::Off).await;
        stand.connects_again(stand.line()).await;
        let first = stand.asks(stand.line(), 1, QUESTION).await;
        let second = stand.asks(stand.line(), 2, QUESTION).await;
        for _ in 0..2 {
            stand.pass(Duration::from_secs(61)).await;
        }
        merge(&stand, second, first).await;
        for (number, tracking) in [("FJ-2-A", "0034-2"), ("FJ-2-B", "0034-3")] {
            stand.platforms.together.mirakl().put_order(order_of(number, tracking));
        }
        second_writes(&stand, first, "And now?").await;
        assert_eq!(linked(&stand, first).await, ["FJ-2-A"], "{engine:?}");
        // Another one is named, whose reading has not had its turn.
        let told = NewTold {
            channel_id: stand.line().channel,
            order_number: "FJ-2-B".into(),
            conversation_id: stand.desk.talk(first).await.id,
            contact_id: stand.desk.talk(second).await.contact_id,
            created_at: stand.desk.desk.clock.now(),
        };
        write(&stand.desk.desk.db, async |tx| intake::insert_told(tx, &[told]).await).await;

        take_back(&stand, first).await;
        for _ in 0..2 {
            stand.pass(Duration::from_secs(61)).await;
        }
        assert_eq!(linked(&stand, first).await, [""; 0], "{engine:?}");
        let mut theirs = linked(&stand, second).await;
        theirs.sort();
        assert_eq!(theirs, ["FJ-2-A", "FJ-2-B"], "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_leaves_with_all_that_its_buyer_wrote_in_a_merged_case_when_that_is_split_off() {
    for engine in Engine::all() {
        for is_all in [true, false] {
            let stand = stand(engine, "mirakl", AgentLevel::Off).await;
            stand.connects_again(stand.line()).await;
            let first = stand.asks(stand.line(), 1, QUESTION).await;
            let second = stand.asks(stand.line(), 2, QUESTION).await;
            for _ in 0..2 {
                stand.pass(Duration::from_secs(61)).await;
            }
            merge(&stand, second, first).await;
            stand.platforms.together.mirakl().put_order(order_of("FJ-2-A", "0034-2"));
            second_writes(&stand, first, "And now?").await;
            assert_eq!(linked(&stand, first).await, ["FJ-2-A"], "{engine:?}");

            let (db, case) = (&stand.desk.desk.db, stand.desk.talk(first).await);
            let said = messages::list(db, case.id, 9).await.unwrap();
            let from = said[if is_all { 1 } else { 2 }].id;
            taken(&mut stand.desk.browser().await, &format!("/messages/{from}/splits"), &[("back", "/inbox")]).await;
            for _ in 0..2 {
                stand.pass(Duration::from_secs(61)).await;
            }
            let part = stand.desk.newest().await;
            assert_eq!(part.contact_id, stand.desk.talk(second).await.contact_id);
            let theirs: &[&str] = &["FJ-2-A"];
            let (left, gone): (&[&str], &[&str]) = if is_all { (&[], theirs) } else { (theirs, &[]) };
            assert_eq!(linked(&stand, first).await, left, "{engine:?}: {is_all}");
            assert_eq!(linked(&stand, part.number).await, gone, "{engine:?}: {is_all}");
            assert_eq!(orders::list_told(db, part.id, part.channel_id).await.unwrap(), gone, "{engine:?}: {is_all}");
            assert_eq!(part.order_number.as_deref(), gone.first().copied(), "{engine:?}: {is_all}");
            let of_others = orders::list_told_to_others(db, case.id, case.channel_id).await.unwrap();
            assert_eq!(of_others, left, "{engine:?}: {is_all}");
        }
    }
}
