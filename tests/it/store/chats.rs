//! What the chat asks of the store.

use resolute::model::answer_times::Clocks;
use resolute::model::brand::AgentLevel;
use resolute::model::channel::Channel;
use resolute::model::conversation::{AgentState, ConversationStatus};
use resolute::model::event::EventKind;
use resolute::model::message::{Brought, Delivery, Direction, MessageAuthor};
use resolute::model::{BrandId, ConversationId, MessageId, Ts};
use resolute::store::chats::{self, VisitorClaims};
use resolute::store::intake::{self, ConversationRow, NewContact, NewEvent, NewKey, NewMessage};
use resolute::store::voice_scores::{self, NewScore};
use resolute::store::{Db, merges, messages, people, sessions};
use serde_json::json;
use uuid::Uuid;

use crate::support::cast::{Cast, NOW, at, put};
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
        let row = |number: i64, agent_state, since: Option<i64>| ConversationRow {
            channel_id: cast.chat.id,
            agent_state,
            clocks: Clocks { answering_since: since.map(at), ..Clocks::default() },
            last_inbound_at: Some(at(number)),
            ..cast.conversation(number)
        };
        let rows = [
            // Has written again since.
            row(20, AgentState::HandedOff, Some(1)),
            row(2, AgentState::Idle, Some(2)),
            row(3, AgentState::Writing, Some(3)),
            // A person was asked, and the agent reads what came since.
            row(4, AgentState::Writing, Some(4)),
            // From before it was noted since when somebody waits.
            row(5, AgentState::Drafted, None),
            ConversationRow { status: ConversationStatus::Resolved, ..row(6, AgentState::HandedOff, Some(6)) },
            ConversationRow { due_at: None, ..row(7, AgentState::HandedOff, Some(7)) },
            ConversationRow { channel_id: cast.mail.id, ..row(8, AgentState::HandedOff, Some(8)) },
        ];
        let asked = |row: &ConversationRow, second: i64| NewEvent {
            id: cast.clock.new_id(),
            brand_id: cast.brand.id,
            conversation_id: Some(row.id),
            kind: EventKind::HandedOff,
            actor: "agent".into(),
            data: json!({}),
            at: at(second),
        };
        // That of another time, which was answered, is none of this one.
        let asked = [asked(&rows[2], 1), asked(&rows[3], 5)];
        write(&db, async |tx| {
            intake::upsert_conversations(tx, &rows).await?;
            intake::insert_events(tx, &asked).await
        })
        .await;
        let ahead = async |level, second| chats::waiting_before(&db, cast.chat.id, at(second), level).await.unwrap();
        let told = [1, 2, 3, 4, 5, 30];
        for (level, expected) in [
            (AgentLevel::Auto, [0, 1, 2, 2, 3, 4]),
            (AgentLevel::Approve, [0, 1, 2, 3, 4, 5]),
            (AgentLevel::Off, [0, 1, 2, 3, 4, 5]),
        ] {
            let mut all = Vec::new();
            for second in told {
                all.push(ahead(level, second).await);
            }
            assert_eq!(all, expected, "{level}");
        }
    })
    .await;
}

/// Stores who said something in a conversation and in which second; gives it and the last message.
async fn said(
    db: &Db,
    cast: &Cast,
    channel: &Channel,
    number: i64,
    all: &[(MessageAuthor, i64)],
) -> (ConversationId, MessageId) {
    let row =
        ConversationRow { channel_id: channel.id, channel_kind: channel.kind.clone(), ..cast.conversation(number) };
    let written = all.iter().map(|(author, second)| {
        let ours = *author != MessageAuthor::Contact;
        NewMessage {
            direction: if ours { Direction::Outbound } else { Direction::Inbound },
            author: *author,
            delivery: ours.then_some(Delivery::Sent),
            created_at: at(*second),
            sent_at: ours.then_some(at(*second)),
            ..cast.message(&row, "Words")
        }
    });
    let written: Vec<NewMessage> = written.collect();
    put(db, std::slice::from_ref(&row), &written).await;
    write(db, async |tx| {
        for message in written.iter().filter(|message| message.direction == Direction::Outbound) {
            let new = NewScore {
                message_id: message.id,
                brand_id: cast.brand.id,
                teammate_id: None,
                score: 90,
                findings: json!([]),
                written_at: message.created_at,
            };
            voice_scores::insert(tx, &new).await?;
        }
        Ok(())
    })
    .await;
    (row.id, written.last().unwrap().id)
}

#[tokio::test]
async fn who_waited_for_a_person_waited_from_the_first_word_to_the_answer() {
    use MessageAuthor::{Agent, Contact, System, Teammate};
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let chat = &cast.chat;
        // What is said behind an answer answers nothing more.
        said(&db, &cast, chat, 1, &[(Contact, 0), (Contact, 60), (Teammate, 300), (Teammate, 310)]).await;
        // The agent's answer ends a wait, and is none of a person.
        said(&db, &cast, chat, 2, &[(Contact, 0), (Agent, 10), (Contact, 100), (Teammate, 160)]).await;
        // That nobody is there answers nobody.
        said(&db, &cast, chat, 3, &[(Contact, 0), (System, 5), (Teammate, 90)]).await;
        // Another channel, an answer that was taken back, and one that is not written by a person.
        said(&db, &cast, &cast.mail, 4, &[(Contact, 0), (Teammate, 30)]).await;
        let (_, taken_back) = said(&db, &cast, chat, 5, &[(Contact, 0), (Teammate, 40)]).await;
        write(&db, async |tx| messages::set_delivery(tx, taken_back, Delivery::Cancelled, "").await).await;
        said(&db, &cast, chat, 6, &[(Contact, 0), (Agent, 20)]).await;
        // What was resolved without a word waits no more.
        let (resolved, _) = said(&db, &cast, chat, 7, &[(Contact, 0), (Contact, 1_000), (Teammate, 1_030)]).await;
        let event = NewEvent {
            id: cast.clock.new_id(),
            brand_id: cast.brand.id,
            conversation_id: Some(resolved),
            kind: EventKind::Resolved,
            actor: "Sam".into(),
            data: json!({}),
            at: at(50),
        };
        write(&db, async |tx| intake::insert_events(tx, &[event]).await).await;

        let waited = async |brand: BrandId, after: Ts| {
            let all = chats::list_waited(&db, brand, after, cast.chat.id).await.unwrap();
            all.into_iter().map(|one| (one.since, one.until)).collect::<Vec<_>>()
        };
        let lately = [(at(1_000), at(1_030)), (at(0), at(300))];
        assert_eq!(waited(cast.brand.id, at(160)).await, lately, "what is older does not count");
        let all = [&lately[..], &[(at(100), at(160)), (at(0), at(90))]].concat();
        assert_eq!(waited(cast.brand.id, at(-1)).await, all, "the newest first");
        assert!(waited(cast.clock.new_id(), at(-1)).await.is_empty(), "of one brand");
    })
    .await;
}

#[tokio::test]
async fn what_letters_bring_is_unseen_no_more_and_nothing_else_counts_for_one() {
    use MessageAuthor::{Agent, System, Teammate};
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let chat = cast.chat.clone();
        let row = ConversationRow { channel_id: chat.id, channel_kind: chat.kind.clone(), ..cast.conversation(1) };
        let ours = |channel: &Channel, author: MessageAuthor, to: &[&str]| NewMessage {
            channel_id: channel.id,
            direction: Direction::Outbound,
            author,
            recipients: to.iter().map(ToString::to_string).collect(),
            delivery: Some(Delivery::Sent),
            ..cast.message(&row, "Words")
        };
        let ana = ["ana@a.example"];
        let said = [
            ours(&cast.chat, Agent, &[]),
            // A letter from before they said what they bring.
            ours(&cast.mail, System, &ana),
            ours(&cast.chat, Teammate, &[]),
            // This one had not left when the next letter was written.
            ours(&cast.chat, Teammate, &[]),
            ours(&cast.mail, System, &ana),
            ours(&cast.mail, System, &ana),
            // What a person writes by mail, and what the system says to whoever writes there, are no letters.
            ours(&cast.mail, Teammate, &ana),
            ours(&cast.mail, System, &[]),
        ];
        let ids: Vec<MessageId> = said.iter().map(|message| message.id).collect();
        put(&db, std::slice::from_ref(&row), &said).await;
        let queued = [(4, 2), (5, 3)].map(|(letter, reply): (usize, usize)| NewEvent {
            id: cast.clock.new_id(),
            brand_id: cast.brand.id,
            conversation_id: Some(row.id),
            kind: EventKind::MessageQueued,
            actor: "system".into(),
            data: json!(Brought { message: ids[letter], brings: vec![ids[reply]] }),
            at: NOW,
        });
        write(&db, async |tx| intake::insert_events(tx, &queued).await).await;
        let unseen = async || {
            let found = chats::list_unseen(&db, row.id, cast.chat.id).await.unwrap();
            found.into_iter().map(|message| message.id).collect::<Vec<_>>()
        };
        assert!(unseen().await.is_empty());
        for (letter, ended, left) in [(5, Delivery::Cancelled, &ids[3..4]), (4, Delivery::Failed, &ids[2..4])] {
            write(&db, async |tx| messages::set_delivery(tx, ids[letter], ended, "").await).await;
            assert_eq!(unseen().await, left, "what it would have brought is to go with another one");
        }
        write(&db, async |tx| messages::set_delivery(tx, ids[2], Delivery::Read, "").await).await;
        assert_eq!(unseen().await, &ids[3..4]);
    })
    .await;
}

#[tokio::test]
async fn the_customer_of_a_conversation_is_one_person_under_all_their_names() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let row = cast.open(&db, 1).await;
        let customer = async |id: ConversationId| {
            let mut found = chats::list_customer(&db, id).await.unwrap();
            found.sort();
            found
        };
        assert_eq!(customer(row.id).await, [cast.sofie]);
        assert!(customer(cast.clock.new_id()).await.is_empty());

        let [twin, other] = ["+49151000", "+49151001"].map(|number| NewContact {
            id: cast.clock.new_id(),
            brand_id: cast.brand.id,
            name: "S. K.".into(),
            kind: "phone".into(),
            value: number.into(),
            proved: true,
            created_at: NOW,
        });
        let mut both = vec![cast.sofie, twin.id];
        both.sort();
        let theirs = ConversationRow { contact_id: twin.id, ..cast.conversation(2) };
        write(&db, async |tx| {
            intake::insert_contacts(tx, &[twin.clone(), other]).await?;
            people::point(tx, &[twin.id], cast.sofie).await
        })
        .await;
        put(&db, std::slice::from_ref(&theirs), &[]).await;
        assert_eq!((customer(row.id).await, customer(theirs.id).await), (both.clone(), both));
    })
    .await;
}

#[tokio::test]
async fn the_last_visitor_is_found_however_much_went_on_by_mail() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let row = cast.open(&db, 1).await;
        assert_eq!(chats::find_last_visit(&db, row.id).await.unwrap(), None);
        assert!(!chats::is_on(&db, row.id, cast.chat.id).await.unwrap());
        let in_chat = |id: &str| NewMessage {
            channel_id: cast.chat.id,
            external_id: id.into(),
            ..cast.message(&row, "Is it in stock?")
        };
        let visits = [in_chat("one.1"), in_chat("two.1"), in_chat("")];
        let last = visits[1].id;
        put(&db, &[], &visits).await;
        let mails = (0..250)
            .map(|number| NewMessage { external_id: format!("three.{number}"), ..cast.message(&row, "And now?") });
        put(&db, &[], &mails.collect::<Vec<_>>()).await;
        let found = chats::find_last_visit(&db, row.id).await.unwrap().expect("a visit");
        assert_eq!((found.id, found.channel_id, found.external_id.as_str()), (last, cast.chat.id, "two.1"));
        assert!(chats::is_on(&db, row.id, cast.chat.id).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn whoever_else_wrote_in_a_conversation_has_a_part_in_it_and_who_was_answered_there_has_none() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let [twin, ole] = ["+49151000", "+49151001"].map(|number| NewContact {
            id: cast.clock.new_id(),
            brand_id: cast.brand.id,
            name: "S. K.".into(),
            kind: "phone".into(),
            value: number.into(),
            proved: true,
            created_at: NOW,
        });
        let ids = [twin.id, ole.id];
        write(&db, async |tx| {
            intake::insert_contacts(tx, &[twin, ole]).await?;
            people::point(tx, &ids[..1], cast.sofie).await
        })
        .await;
        let mut rows = Vec::new();
        for number in 1..=5 {
            rows.push(cast.open(&db, number).await);
        }
        let from = |row: &ConversationRow, contact| NewMessage { contact_id: contact, ..cast.message(row, "Words") };
        let to = |row: &ConversationRow, contact| NewMessage {
            direction: Direction::Outbound,
            delivery: Some(Delivery::Sent),
            to_contact_id: contact,
            ..from(row, None)
        };
        let [twin, ole] = ids.map(Some);
        let said = [
            from(&rows[1], ole),
            to(&rows[2], ole),
            // Nobody knows of whom: that tells of nobody else.
            from(&rows[3], None),
            to(&rows[3], None),
            from(&rows[4], twin),
            to(&rows[4], twin),
        ];
        put(&db, &[], &said).await;
        let all: Vec<ConversationId> = rows.iter().map(|row| row.id).collect();
        let mut found = merges::list_with_others(&db, &all).await.unwrap();
        found.sort();
        assert_eq!(found, &all[1..2]);
        for (place, id) in all.iter().enumerate() {
            let has_others = write(&db, async |tx| merges::has_others(tx, *id).await).await;
            assert_eq!(has_others, place == 1, "{place}");
        }
    })
    .await;
}
