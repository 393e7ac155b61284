//! A text message in more parts than are to be paid for.

use resolute::model::channel::Channel;
use resolute::model::{ContactId, Json};
use resolute::store::channels::NewChannel;
use resolute::store::intake::{self, ConversationRow, NewContact, NewMessage};
use resolute::store::{channels, messages};
use serde_json::json;

use crate::support::cast::{Cast, NOW, new_channel, put};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{said, send};
use crate::support::stores::write;

const ANA: &str = "+4791234567";

#[tokio::test(flavor = "multi_thread")]
async fn a_text_in_more_parts_than_are_allowed_is_refused_while_it_is_written() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let mut cast = Cast::new();
        cast.brand.id = desk.setup.brand;
        cast.mail.brand_id = desk.setup.brand;
        let channel = Channel {
            settings: Json(json!({
                "number": "+4790000001",
                "most_segments": 1,
                "provider": { "kind": "twilio", "account_sid": "AC00aa", "api_url": "http://127.0.0.1:9" },
            })),
            ..cast.channel("sms", "+4790000001")
        };
        let secrets = json!({ "provider": { "auth_token": "secret" } });
        let connected =
            NewChannel { secrets: desk.desk.connections.seal(channel.id, &secrets).unwrap(), ..new_channel(&channel) };
        let ana: ContactId = cast.clock.new_id();
        let contact = NewContact {
            id: ana,
            brand_id: cast.brand.id,
            name: "Ana".into(),
            kind: "phone".into(),
            value: ANA.into(),
            proved: true,
            created_at: NOW,
        };
        write(&desk.desk.db, async |tx| {
            channels::insert(tx, &connected).await?;
            intake::insert_contacts(tx, &[contact]).await
        })
        .await;
        let row = ConversationRow {
            channel_id: channel.id,
            channel_kind: channel.kind.clone(),
            contact_id: ana,
            contact_name: "Ana".into(),
            ..cast.conversation(7)
        };
        let asked = NewMessage {
            contact_id: Some(ana),
            sender_name: "Ana".into(),
            sender_address: ANA.into(),
            ..cast.message(&row, "Where is it?")
        };
        put(&desk.desk.db, std::slice::from_ref(&row), &[asked]).await;

        let words = "The text would be sent in 2 parts, and this channel allows 1.";
        let (long, fine) = ("x".repeat(161), "x".repeat(160));
        let mut browser = desk.browser().await;
        let kept = send(&mut browser, "/conversations/7/draft-text", &[("body", long.as_str())]).await;
        assert_eq!(kept.json()["objections"], json!([format!("{words} Shorten it.")]));
        let refused =
            send(&mut browser, "/conversations/7/messages", &[("body", long.as_str()), ("back", "/inbox")]).await;
        assert!(said(&refused).contains(words), "{}", said(&refused));
        let path = "/api/v1/conversations/7/messages";
        let refused = desk.api().post_json(path, &json!({ "body": long })).await.unwrap();
        assert!(refused.status == 422 && refused.text().contains(words), "{}", refused.text());
        assert_eq!(messages::list(&desk.desk.db, row.id, 9).await.unwrap().len(), 1, "nothing was stored");
        let taken = desk.api().post_json(path, &json!({ "body": fine })).await.unwrap();
        assert_eq!(taken.status, 201, "{}", taken.text());
    }
}
