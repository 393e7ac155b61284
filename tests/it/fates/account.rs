//! What a platform has against the account itself, told at once or late: what waits, and what people see.

use std::time::Duration;

use channel_contract::failure::{ChannelFailure, FailureClass};
use platform_doubles::Delivery;
use resolute::model::channel::ChannelState;
use resolute::model::job::JobKind;
use resolute::store::{channels, jobs};

use super::{asked, delivery, stand};
use crate::mail_path::answer;
use crate::support::desk::Engine;
use crate::support::forms::{page, taken};
use crate::support::stand::QUESTION;
use crate::support::stores::write;

#[tokio::test(flavor = "multi_thread")]
async fn a_bill_that_is_not_paid_parks_what_waits_and_is_an_alarm() {
    for engine in Engine::all() {
        let stand = stand(engine, "whatsapp").await;
        let (line, whatsapp) = (stand.line(), stand.platforms.together.whatsapp());
        let number = stand.asks(line, 1, QUESTION).await;
        answer(&stand.desk, number, "It left in the morning.").await;
        stand.pass(Duration::from_secs(10)).await;
        let fate = whatsapp.fate(&whatsapp.sent()[0].id, "failed", Some(131_042));
        stand.push(&line.path, &whatsapp.signed(whatsapp.envelope(&[fate]))).await;
        stand.desk.drain().await;
        assert_eq!(delivery(&stand, number).await, "failed");
        assert_eq!(stand.channel(line).await.state, ChannelState::NeedsAttention);
        let shown = page(&mut stand.desk.browser().await, "/inbox").await;
        assert!(shown.contains("WhatsApp takes no messages until its bill can be paid."), "{shown}");

        answer(&stand.desk, number, "And it comes tomorrow.").await;
        stand.pass(Duration::from_mins(2)).await;
        assert_eq!(delivery(&stand, number).await, "queued", "the next one waits, and does not fail");
        // A pause that ends is no word of the platform's.
        let mut browser = stand.desk.browser().await;
        let pause = format!("/channels/{}/pause", line.channel);
        for path in [pause.clone(), format!("{pause}/deletion")] {
            taken(&mut browser, &path, &[]).await;
        }
        stand.pass(Duration::from_mins(2)).await;
        assert_eq!(stand.channel(line).await.state, ChannelState::NeedsAttention);
        assert_eq!(delivery(&stand, number).await, "queued", "still");
        assert_eq!(stand.platforms.sent(line).len(), 1);
        stand.connects_again(line).await;
        for _ in 0..8 {
            stand.pass(Duration::from_secs(30)).await;
        }
        assert_eq!((delivery(&stand, number).await.as_str(), stand.platforms.sent(line).len()), ("sent", 2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bill_that_was_paid_is_not_unpaid_by_what_is_told_late() {
    for engine in Engine::all() {
        for is_checked in [false, true] {
            let stand = Box::pin(stand(engine, "whatsapp")).await;
            let (line, whatsapp) = (stand.line(), stand.platforms.together.whatsapp());
            let number = stand.asks(line, 1, QUESTION).await;
            for text in ["It left in the morning.", "It comes tomorrow.", "Is all well now?"] {
                answer(&stand.desk, number, text).await;
                stand.pass(Duration::from_secs(10)).await;
            }
            let sent = whatsapp.sent();
            let unpaid = |place: usize| {
                let fate = whatsapp.fate(&sent[place].id, "failed", Some(131_042));
                whatsapp.signed(whatsapp.envelope(&[fate]))
            };
            let hears = async |told: Delivery| {
                stand.push(&line.path, &told).await;
                stand.desk.drain().await;
                stand.channel(line).await.state
            };
            assert_eq!(hears(unpaid(0)).await, ChannelState::NeedsAttention);
            stand.pass(Duration::from_mins(1)).await;
            let late = unpaid(1);
            stand.pass(Duration::from_mins(1)).await;
            if is_checked {
                let path = format!("/channels/{}/checks", line.channel);
                taken(&mut stand.desk.browser().await, &path, &[("back", "/channels")]).await;
            } else {
                stand.connects_again(line).await;
            }
            stand.pass(Duration::from_mins(1)).await;
            assert_eq!(hears(late).await, ChannelState::Connected, "checked: {is_checked}");
            assert_eq!(hears(unpaid(2)).await, ChannelState::NeedsAttention, "what happens from then on counts");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_lets_nobody_in_is_shown_in_the_place_of_an_earlier_trouble() {
    for engine in Engine::all() {
        let (stand, number) = asked(engine, "sms").await;
        let (line, desk) = (stand.line(), &stand.desk);
        let channel = stand.channel(line).await.id;
        let earlier = "Twilio sends what customers write to this number somewhere else.";
        let state = ChannelState::NeedsAttention;
        write(&desk.desk.db, async |tx| channels::set_state(tx, channel, state, earlier).await).await;
        desk.desk.connections.forget(channel);
        let inbox = page(&mut desk.browser().await, "/inbox").await;
        assert!(inbox.contains(earlier) && inbox.contains("Replies are tried all the same"), "{inbox}");
        assert!(!inbox.contains("messages wait"), "what is pushed elsewhere does not wait: {inbox}");

        assert!(stand.platforms.together.let_in("sms", false));
        answer(desk, number, "It left in the morning.").await;
        stand.pass(Duration::from_secs(10)).await;
        let now = stand.channel(line).await;
        assert_eq!(now.state, state);
        assert!(!now.state_reason.is_empty() && !now.state_reason.contains("somewhere else"), "{}", now.state_reason);
        let timeline = desk.timeline(number).await;
        assert!(timeline.contains("delivery_changed"), "an open page is told: {timeline}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_beside_the_messages_is_not_told_as_theirs() {
    for engine in Engine::all() {
        let (stand, _) = asked(engine, "mirakl").await;
        let desk = &stand.desk;
        let channel = stand.channel(stand.line()).await.id;
        let trouble = ChannelFailure::refused(FailureClass::Permission, "The queue of order news may not be read.");
        for (failure, is_beside) in [(trouble.clone(), false), (trouble.beside("news of orders"), true)] {
            let (state, words) = (ChannelState::NeedsAttention, failure.to_string());
            write(&desk.desk.db, async |tx| channels::set_state(tx, channel, state, &words).await).await;
            let inbox = page(&mut desk.browser().await, "/inbox").await;
            assert!(inbox.contains(&words), "{inbox}");
            assert_eq!(inbox.contains("messages wait until it works again"), !is_beside, "{inbox}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_leaves_though_its_account_asks_for_a_look() {
    for engine in Engine::all() {
        let (stand, number) = asked(engine, "sms").await;
        let desk = &stand.desk;
        let channel = stand.channel(stand.line()).await.id;
        let trouble = "Twilio sends what customers write to this number somewhere else.";
        let state = ChannelState::NeedsAttention;
        write(&desk.desk.db, async |tx| channels::set_state(tx, channel, state, trouble).await).await;
        desk.desk.connections.forget(channel);
        answer(desk, number, "It left in the morning.").await;
        stand.pass(Duration::from_secs(10)).await;
        assert_eq!(delivery(&stand, number).await, "sent");
        assert_eq!(stand.channel(stand.line()).await.state, state, "that it left does not end the trouble");
        let inbox = page(&mut desk.browser().await, "/inbox").await;
        let alarm = format!("{trouble} Replies are tried all the same");
        assert!(inbox.contains(&alarm) && !inbox.contains("Replies wait"), "{inbox}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_not_active_parks_what_waits_though_it_is_told_late() {
    for engine in Engine::all() {
        let (stand, number) = Box::pin(asked(engine, "sms")).await;
        let (line, twilio) = (stand.line(), stand.platforms.together.twilio());
        answer(&stand.desk, number, "It left in the morning.").await;
        stand.pass(Duration::from_secs(10)).await;
        let (url, told) = twilio.status(&twilio.sent()[0].sid, "undelivered", Some(30_002));
        let path = url.find("/webhooks").map(|at| &url[at..]).expect("an address of the desk");
        stand.push(path, &told).await;
        stand.desk.drain().await;
        assert_eq!(delivery(&stand, number).await, "failed");
        assert_eq!(stand.channel(line).await.state, ChannelState::NeedsAttention);
        let shown = page(&mut stand.desk.browser().await, "/inbox").await;
        assert!(shown.contains("The account at Twilio is not active."), "{shown}");

        answer(&stand.desk, number, "And it comes tomorrow.").await;
        stand.pass(Duration::from_mins(2)).await;
        assert_eq!((delivery(&stand, number).await.as_str(), twilio.sent().len()), ("queued", 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_reply_fails_late_for_want_of_access_the_account_is_looked_at_at_once() {
    for engine in Engine::all() {
        for code in [190, 131_005] {
            let (stand, number) = Box::pin(asked(engine, "whatsapp")).await;
            let (line, whatsapp, desk) = (stand.line(), stand.platforms.together.whatsapp(), &stand.desk.desk);
            answer(&stand.desk, number, "It left in the morning.").await;
            stand.pass(Duration::from_secs(10)).await;
            let fate = whatsapp.fate(&whatsapp.sent()[0].id, "failed", Some(code));
            stand.push(&line.path, &whatsapp.signed(whatsapp.envelope(&[fate]))).await;
            stand.desk.drain().await;
            assert_eq!(delivery(&stand, number).await, "failed");
            assert_eq!(stand.channel(line).await.state, ChannelState::Connected, "{code}: calls tell of the access");
            assert!(jobs::is_due(&desk.db, JobKind::CheckChannel, desk.clock.now()).await.unwrap(), "{code}");

            assert!(stand.platforms.together.let_in("whatsapp", false));
            stand.looks_in_vain(line).await;
            assert_eq!(stand.channel(line).await.state, ChannelState::NeedsAttention, "{code}");
            answer(&stand.desk, number, "And it comes tomorrow.").await;
            stand.pass(Duration::from_mins(2)).await;
            assert_eq!(delivery(&stand, number).await, "queued", "{code}: it waits, and does not fail");
        }
    }
}
