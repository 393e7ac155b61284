//! What the chat asks of the store.

use resolute::model::conversation::{AgentState, ConversationStatus};
use resolute::store::chats::{self, VisitorClaims};
use resolute::store::intake::{self, ConversationRow, NewKey};
use resolute::store::sessions;
use uuid::Uuid;

use crate::support::cast::{Cast, NOW, at};
use crate::support::stores::{on_both, write};

#[tokio::test]
async fn a_thread_leads_to_its_conversation() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let key = NewKey {
            channel_id: cast.chat.id,
            key: chats::thread_key("visitor:7"),
            message_id: cast.clock.new_id(),
            conversation_id: talk.id,
        };
        write(&db, async |tx| intake::insert_keys(tx, &[key]).await).await;
        let find = async |channel, thread| chats::find_conversation(&db, channel, thread).await.unwrap();
        assert_eq!(find(cast.chat.id, "visitor:7").await, Some(talk.id));
        assert_eq!(find(cast.chat.id, "visitor:8").await, None);
        assert_eq!(find(cast.mail.id, "visitor:7").await, None);
    })
    .await;
}

#[tokio::test]
async fn the_last_word_about_oneself_counts() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let visitor = Uuid::from_u128(7);
        assert_eq!(chats::find_claims(&db, visitor).await.unwrap(), None);
        for email in ["a@a.example", "b@b.example\0"] {
            let claims = VisitorClaims { name: "Ana".to_owned(), email: email.to_owned() };
            write(&db, async |tx| chats::save_claims(tx, visitor, cast.chat.id, &claims, NOW).await).await;
        }
        assert_eq!(chats::find_claims(&db, visitor).await.unwrap().unwrap().email, "b@b.example");
    })
    .await;
}

#[tokio::test]
async fn people_count_once_and_only_while_they_are_there() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        for (token, who) in [(b"one", cast.sam.id), (b"two", cast.sam.id), (b"thr", cast.noor.id)] {
            write(&db, async |tx| sessions::insert(tx, token, who, "", NOW, at(1_000)).await).await;
        }
        assert_eq!(chats::people_here(&db, NOW).await.unwrap(), 0);
        for token in [b"one", b"two"] {
            write(&db, async |tx| chats::note_active(tx, token, at(10)).await).await;
        }
        assert_eq!(chats::people_here(&db, at(9)).await.unwrap(), 1);
        assert_eq!(chats::people_here(&db, at(10)).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn who_has_waited_longer_is_before_you() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        for (number, agent_state, status) in [
            (1, AgentState::HandedOff, ConversationStatus::Open),
            (2, AgentState::HandedOff, ConversationStatus::Open),
            (3, AgentState::Idle, ConversationStatus::Open),
            (4, AgentState::HandedOff, ConversationStatus::Resolved),
        ] {
            let row = ConversationRow {
                channel_id: cast.chat.id,
                agent_state,
                status,
                last_inbound_at: Some(at(number)),
                ..cast.conversation(number)
            };
            write(&db, async |tx| intake::upsert_conversations(tx, std::slice::from_ref(&row)).await).await;
        }
        let ahead = async |seconds| chats::waiting_before(&db, cast.chat.id, at(seconds)).await.unwrap();
        assert_eq!([ahead(1).await, ahead(2).await, ahead(9).await], [0, 1, 2]);
    })
    .await;
}
