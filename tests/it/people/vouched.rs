//! WhatsApp says which phone number is behind an id of its own.

use hmac::{Hmac, Mac as _};
use resolute::inbox::people;
use resolute::model::{ChannelId, ContactId};
use resolute::store::channels::{self, NewChannel};
use resolute::store::intake::{self, BrandIdentity, NewContact};
use resolute::store::{people as kept, teammates};
use serde_json::json;
use sha2::Sha256;

use crate::support::desk::{Engine, MONDAY, TestDesk, Wish};
use crate::support::stores::write;

const NUMBER: &str = "800001";
const SECRET: &str = "the app's secret";

struct Whatsapp {
    desk: TestDesk,
    channel: ChannelId,
}

impl Whatsapp {
    async fn start(engine: Engine) -> Self {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let channel: ChannelId = desk.desk.clock.new_id();
        let secrets = json!({ "app_secret": SECRET, "access_token": "a token", "verify_token": "a word" });
        let new = NewChannel {
            id: channel,
            brand_id: desk.setup.brand,
            kind: "whatsapp".into(),
            name: "WhatsApp".into(),
            address: "+4930900100".into(),
            settings: json!({ "graph_url": "http://127.0.0.1:1", "phone_number_id": NUMBER, "account_id": "700001" }),
            secrets: desk.desk.connections.seal(channel, &secrets).unwrap(),
            webhook_secret: "w".into(),
            created_at: MONDAY,
        };
        write(&desk.desk.db, async |tx| channels::insert(tx, &new).await).await;
        Self { desk, channel }
    }

    /// Ana writes on WhatsApp, which names her id and her number.
    async fn ana_writes(&self, id: &str) {
        let contact = json!({ "profile": { "name": "Ana" }, "wa_id": "4915112345678", "user_id": "DE.77812" });
        let message = json!({
            "id": id, "from": "4915112345678", "from_user_id": "DE.77812", "type": "text", "text": { "body": "Hello?" },
            "timestamp": (MONDAY.0 / 1_000_000).to_string(),
        });
        let value = json!({
            "messaging_product": "whatsapp", "contacts": [contact], "messages": [message],
            "metadata": { "display_phone_number": "4930900100", "phone_number_id": NUMBER },
        });
        let entry = json!({ "id": "700001", "changes": [{ "field": "messages", "value": value }] });
        let body = json!({ "object": "whatsapp_business_account", "entry": [entry] }).to_string();
        let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(&body).finalize();
        let signature = format!("sha256={}", hex::encode(mac.into_bytes()));
        let mut client = self.desk.client().with("x-hub-signature-256", &signature);
        let path = format!("/webhooks/whatsapp/{}", self.channel);
        let answer = client.post(&path, "application/json", body.as_bytes()).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.desk.drain().await;
    }

    /// Somebody who wrote from the number in another way.
    async fn known(&self, proved: bool) -> ContactId {
        let id: ContactId = self.desk.desk.clock.new_id();
        let contact = NewContact {
            id,
            brand_id: self.desk.setup.brand,
            name: "Ana by phone".into(),
            kind: "phone".into(),
            value: "+4915112345678".into(),
            proved,
            created_at: MONDAY,
        };
        write(&self.desk.desk.db, async |tx| intake::insert_contacts(tx, &[contact]).await).await;
        id
    }

    async fn ana(&self) -> ContactId {
        let name =
            BrandIdentity { brand_id: self.desk.setup.brand, kind: "whatsapp_user".into(), value: "DE.77812".into() };
        let found = write(&self.desk.desk.db, async |tx| intake::find_contacts(tx, &[name]).await).await;
        found[0].contact_id
    }

    async fn names(&self, contact: ContactId) -> usize {
        kept::contacts_of(&self.desk.desk.db, contact).await.unwrap().len()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_both_have_proved_makes_one_person_until_a_teammate_says_otherwise() {
    for engine in Engine::all() {
        let world = Whatsapp::start(engine).await;
        let db = &world.desk.desk.db;
        let known = world.known(true).await;
        world.ana_writes("wamid.1").await;
        let ana = world.ana().await;
        assert!(ana != known && world.names(known).await == 2, "they are one person, and two contacts");
        let merge = kept::list_merges(db, ana).await.unwrap().remove(0);
        assert_eq!(merge.teammate_id, None);

        let by = teammates::find(db, world.desk.setup.teammate).await.unwrap().unwrap();
        people::undo(&world.desk.desk.inbox(), merge.id, &by).await.unwrap();
        assert_eq!((world.names(known).await, world.names(ana).await), (1, 1));
        world.ana_writes("wamid.2").await;
        assert_eq!(world.names(known).await, 1, "the next message does not say it again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_the_other_one_only_claims_is_a_hint() {
    for engine in Engine::all() {
        let world = Whatsapp::start(engine).await;
        let known = world.known(false).await;
        world.ana_writes("wamid.1").await;
        assert_eq!(world.names(known).await, 1);
        let found = kept::list_lookalikes(&world.desk.desk.db, known).await.unwrap();
        assert!(found.len() == 1 && !found[0].proof && found[0].contact_id == world.ana().await, "{found:?}");
    }
}
