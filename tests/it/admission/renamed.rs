//! A customer whom the platform has under another name since they wrote.

use std::time::Duration;

use platform_doubles::whatsapp::Customer;
use resolute::store::messages;
use serde_json::json;

use super::templates::late_parcel;
use super::{World, ben};
use crate::support::desk::Engine;
use crate::support::forms::{said, send};

#[tokio::test(flavor = "multi_thread")]
async fn who_changed_their_number_is_written_to_at_the_new_one() {
    for engine in Engine::all() {
        let mut world = World::new(engine).await;
        world.double.platform.put_template(late_parcel("APPROVED", "late_parcel"));
        let moved = Customer { phone: "4915112340000".to_owned(), user_id: "DE.90002".to_owned(), ..ben() };
        world.passes(Duration::from_mins(1));
        let late = world.says("wamid.2", "And my chair?");
        world.passes(Duration::from_mins(1));
        let change = world.double.platform.moves(&ben(), &moved, "wamid.3");
        world.pushed(&change).await;
        world.is_answered().await;
        // He wrote it before he had the new number.
        world.passes(Duration::from_mins(1));
        world.pushed(&late).await;
        let path = format!("/api/v1{}", world.here("messages"));
        let mut api = world.desk.api();
        let chair = api.post_json(&path, &json!({ "body": "The chair, too." })).await.unwrap();
        assert_eq!(chair.status, 201, "{}", chair.text());
        world.desk.drain().await;
        world.passes(Duration::from_hours(25));
        let template = json!({ "name": "late_parcel", "values": ["Ben", "FJ-1"] });
        let posted = api.post_json(&path, &json!({ "template": template })).await.unwrap();
        assert_eq!(posted.status, 201, "{}", posted.text());
        world.desk.drain().await;
        let to: Vec<String> =
            world.double.platform.sent().iter().map(|sent| sent.body["recipient"].to_string()).collect();
        assert_eq!(to, ["\"DE.90002\"", "\"DE.90002\"", "\"DE.90002\""]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_on_what_they_wrote_before_goes_to_the_new_number() {
    for engine in Engine::all() {
        let mut world = World::new(engine).await;
        let moved = Customer { phone: "4915112340000".to_owned(), user_id: "DE.90002".to_owned(), ..ben() };
        world.passes(Duration::from_mins(1));
        let change = world.double.platform.moves(&ben(), &moved, "wamid.2");
        world.pushed(&change).await;
        let talk = world.desk.talk(world.number).await;
        let [asked] = messages::list(&world.desk.desk.db, talk.id, 9).await.unwrap().try_into().unwrap();
        let put = send(&mut world.browser, &format!("/messages/{}/sign", asked.id), &[("sign", "👍")]).await;
        assert_eq!((put.status, said(&put).as_str()), (303, ""));
        let last = world.double.platform.sent().pop().unwrap();
        assert_eq!((&last.body["recipient"], &last.body["type"]), (&json!("DE.90002"), &json!("reaction")));
    }
}
