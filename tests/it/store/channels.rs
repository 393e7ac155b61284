//! Connected accounts and shops.

use resolute::model::channel::{Channel, ChannelState};
use resolute::model::job::JobKind;
use resolute::model::order::OrderSourceRow;
use resolute::model::{ChannelId, Json};
use resolute::store::channels::Reconnection;
use resolute::store::channels::removal::{self, Traces};
use resolute::store::jobs::{self, NewJob};
use resolute::store::raw_events::{self, NewRawEvent};
use resolute::store::{Db, Error, Reader, Tx, channels, order_sources};
use serde_json::json;

use crate::support::cast::{Cast, NOW, at, new_channel};
use crate::support::stores::{number_of, on_both, write};

async fn mail(db: &Db, cast: &Cast) -> Channel {
    channels::find(db, cast.mail.id).await.unwrap().unwrap()
}

#[tokio::test]
async fn channels_come_back_by_name_without_secrets() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        assert_eq!(format!("{:?}", mail(&db, &cast).await), format!("{:?}", cast.mail));
        let names: Vec<String> = channels::list(&db).await.unwrap().into_iter().map(|channel| channel.name).collect();
        assert_eq!(names, ["Our email", "Our live_chat"]);
        assert!(channels::find(&db, cast.clock.new_id()).await.unwrap().is_none());
        assert_eq!(channels::secrets(&db, cast.mail.id).await.unwrap(), b"sealed");
        assert!(matches!(channels::secrets(&db, cast.clock.new_id()).await, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn a_channel_that_needs_attention_is_connected_again() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let set = async |state, reason: &'static str| {
            write(&db, async |tx| channels::set_state(tx, cast.mail.id, state, reason).await).await
        };
        assert!(!set(ChannelState::Connected, "").await, "nothing changed");
        assert!(set(ChannelState::NeedsAttention, "the \0 password").await);
        assert!(set(ChannelState::NeedsAttention, "the host").await, "another reason is a change");
        assert!(!set(ChannelState::NeedsAttention, "the host").await);
        let broken = mail(&db, &cast).await;
        assert_eq!((broken.state, broken.state_reason.as_str()), (ChannelState::NeedsAttention, "the host"));

        let settings = json!({ "host": "other.example", "port": 993 });
        write(&db, async |tx| channels::set_cursor(tx, cast.mail.id, &json!({ "uid": 7 }), None).await).await;
        let new = Reconnection {
            name: "Help",
            address: "help@fjell.example",
            settings: &settings,
            secrets: vec![0, 255],
            at: at(60),
        };
        write(&db, async |tx| channels::reconnect(tx, cast.mail.id, new).await).await;
        let place = async || channels::cursor(&db, cast.mail.id).await.unwrap();
        assert_eq!(place().await, Some(json!({ "uid": 7 })), "it goes on there");
        for (connected_at, uid, is_kept) in [(None, 9, false), (Some(at(59)), 9, false), (Some(at(60)), 8, true)] {
            let set =
                async |tx: &mut Tx| channels::set_cursor(tx, cast.mail.id, &json!({ "uid": uid }), connected_at).await;
            assert_eq!(write(&db, set).await, is_kept, "{connected_at:?}");
        }
        assert_eq!(place().await, Some(json!({ "uid": 8 })), "what was read of the account before has no place here");
        assert_eq!(channels::sealed(&db, cast.mail.id).await.unwrap().connected_at, Some(at(60)));
        let again = mail(&db, &cast).await;
        assert_eq!((again.state, again.state_reason.as_str()), (ChannelState::Connected, ""));
        assert_eq!(again.settings.0, settings);
        assert_eq!(channels::secrets(&db, cast.mail.id).await.unwrap(), [0, 255]);
        let other = channels::find(&db, cast.chat.id).await.unwrap().unwrap();
        assert_eq!(other.settings.0, cast.chat.settings.0);
    })
    .await;
}

#[tokio::test]
async fn only_a_person_ends_a_pause() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let id = cast.mail.id;
        assert!(!write(&db, async |tx| channels::resume(tx, id).await).await, "it is not paused");
        write(&db, async |tx| channels::set_state(tx, id, ChannelState::Paused, "Paused by Sam.").await).await;
        for state in [ChannelState::Connected, ChannelState::NeedsAttention, ChannelState::SendingFails] {
            assert!(!write(&db, async |tx| channels::set_state(tx, id, state, "seen").await).await);
        }
        assert!(!write(&db, async |tx| channels::set_sending_works(tx, id).await).await);
        let paused = mail(&db, &cast).await;
        assert_eq!((paused.state, paused.state_reason.as_str()), (ChannelState::Paused, "Paused by Sam."));
        let (settings, secrets) = (json!({}), vec![7]);
        let new =
            Reconnection { name: "Help", address: "help@fjell.example", settings: &settings, secrets, at: at(60) };
        write(&db, async |tx| channels::reconnect(tx, id, new).await).await;
        let saved = mail(&db, &cast).await;
        assert_eq!((saved.name.as_str(), saved.state, saved.state_reason), ("Help", paused.state, paused.state_reason));
        assert!(write(&db, async |tx| channels::resume(tx, id).await).await);
        let again = mail(&db, &cast).await;
        assert_eq!((again.state, again.state_reason.as_str()), (ChannelState::Connected, ""));
    })
    .await;
}

#[tokio::test]
async fn polling_goes_on_where_it_stopped() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        assert_eq!(channels::cursor(&db, cast.mail.id).await.unwrap(), None);
        for cursor in [json!({ "uid": 7, "folder": "Gesendet 'é'" }), json!(null), json!([9])] {
            write(&db, async |tx| channels::set_cursor(tx, cast.mail.id, &cursor, None).await).await;
            let found = channels::cursor(&db, cast.mail.id).await.unwrap();
            assert_eq!(found.unwrap_or(json!(null)), cursor);
        }
        assert_eq!(channels::cursor(&db, cast.chat.id).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn what_may_be_missing_counts_from_the_first_gap_until_it_is_read_back() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let id = cast.mail.id;
        let since = async || channels::missed_since(&db, id).await.unwrap();
        write(&db, async |tx| channels::note_missed(tx, id).await).await;
        assert_eq!(since().await, None, "nobody has written yet");
        for seconds in [5, 9] {
            write(&db, async |tx| {
                channels::note_inbound(tx, id, at(seconds), at(seconds)).await?;
                channels::note_missed(tx, id).await
            })
            .await;
            assert_eq!(since().await, Some(at(5)));
        }
        write(&db, async |tx| channels::end_missed(tx, id, at(9)).await).await;
        assert_eq!(since().await, Some(at(5)), "that was another gap");
        write(&db, async |tx| channels::end_missed(tx, id, at(5)).await).await;
        assert_eq!(since().await, None);

        write(&db, async |tx| channels::set_cursor(tx, id, &json!({ "after": "b" }), None).await).await;
        write(&db, async |tx| channels::forget_place(tx, id).await).await;
        assert_eq!(channels::cursor(&db, id).await.unwrap(), None, "of another account nothing is read");
        write(&db, async |tx| channels::note_missed(tx, id).await).await;
        write(&db, async |tx| channels::forget_place(tx, id).await).await;
        assert_eq!(since().await, None);
    })
    .await;
}

#[tokio::test]
async fn the_last_message_in_and_out_never_goes_back() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        // Workers finish in any order.
        for seconds in [5, 9, 7] {
            write(&db, async |tx| {
                channels::note_inbound(tx, cast.mail.id, at(seconds), at(seconds + 2)).await?;
                channels::note_outbound(tx, cast.mail.id, at(seconds + 1)).await
            })
            .await;
        }
        let channel = mail(&db, &cast).await;
        assert_eq!((channel.last_inbound_at, channel.last_outbound_at), (Some(at(9)), Some(at(10))));
        assert_eq!(channels::find(&db, cast.chat.id).await.unwrap().unwrap().last_inbound_at, None);
        let health = channels::health(&db).await.unwrap();
        let of = |id| health.iter().find(|row| row.channel_id == id).unwrap();
        assert_eq!(of(cast.mail.id).last_processed_at, Some(at(11)));
        assert_eq!((of(cast.chat.id).last_processed_at, of(cast.chat.id).queued), (None, 0));
    })
    .await;
}

#[tokio::test]
async fn shops_come_back_without_secrets() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let older = OrderSourceRow { id: cast.clock.new_id(), name: "Zebra shop".into(), ..cast.shop.clone() };
        write(&db, async |tx| order_sources::insert(tx, &older, vec![0, 255], at(-9)).await).await;
        let shown = |rows: &[OrderSourceRow]| format!("{rows:?}");
        let by_name = order_sources::list(&db).await.unwrap();
        assert_eq!(shown(&by_name), shown(&[cast.shop.clone(), older.clone()]));
        let by_age = order_sources::list_of(&db, cast.brand.id).await.unwrap();
        assert_eq!(shown(&by_age), shown(&[older.clone(), cast.shop.clone()]));
        assert!(order_sources::list_of(&db, cast.clock.new_id()).await.unwrap().is_empty());
        assert_eq!(order_sources::secrets(&db, older.id).await.unwrap(), [0, 255]);

        write(&db, async |tx| order_sources::set_state(tx, older.id, "needs_attention", "the key").await).await;
        let changed = order_sources::list_of(&db, cast.brand.id).await.unwrap();
        assert_eq!((changed[0].state.as_str(), changed[0].state_reason.as_str()), ("needs_attention", "the key"));
        assert_eq!(changed[1].state, "connected");
    })
    .await;
}

#[tokio::test]
async fn a_channel_goes_over_which_nothing_came_or_left_and_no_other_does() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let wrong = cast.channel("amazon", "Wrong");
        let raw = |channel_id: ChannelId, external_id: &str| NewRawEvent {
            id: cast.clock.new_id(),
            job_id: cast.clock.new_id(),
            channel_id,
            external_id: external_id.to_owned(),
            origin: "webhook",
            body: external_id.as_bytes().to_vec().into(),
            received_at: NOW,
        };
        let (unread, read) = (raw(cast.chat.id, "unread"), raw(wrong.id, "read"));
        let market = OrderSourceRow {
            id: cast.clock.new_id(),
            kind: "market".to_owned(),
            settings: Json(json!({ "market": wrong.id })),
            ..cast.shop.clone()
        };
        let poll = NewJob {
            dedup_key: Some(wrong.id.to_string()),
            ..NewJob::about(cast.clock.new_id(), JobKind::Poll, "channel", &wrong.id, NOW)
        };
        write(&db, async |tx| {
            channels::insert(tx, &new_channel(&wrong)).await?;
            order_sources::insert(tx, &market, Vec::new(), NOW).await?;
            raw_events::insert(tx, &[unread.clone(), read.clone()]).await?;
            raw_events::set_processed(tx, &[read.id], NOW).await?;
            jobs::enqueue(tx, std::slice::from_ref(&poll)).await
        })
        .await;
        cast.open(&db, 1).await;
        let traces = async |id: ChannelId| removal::traces(&mut Reader::Db(&db), id).await.unwrap();
        assert_eq!(traces(wrong.id).await, Traces::default());
        assert_eq!(traces(cast.mail.id).await, Traces { is_used: true, ..Traces::default() });
        assert_eq!(traces(cast.chat.id).await, Traces { is_unread: true, ..Traces::default() });

        write(&db, async |tx| {
            removal::hold(tx, wrong.id).await?;
            removal::remove(tx, wrong.id).await
        })
        .await;
        assert!(channels::find(&db, wrong.id).await.unwrap().is_none());
        for left in [
            "select count(*) from order_sources where kind = 'market'",
            "select count(*) from jobs where kind = 'poll'",
            "select count(*) from raw_events where external_id = 'read'",
        ] {
            assert_eq!(number_of(&db, left).await, 0, "{left}");
        }
        assert_eq!(channels::list(&db).await.unwrap().len(), 2, "the others stay");
    })
    .await;
}
