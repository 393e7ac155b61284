//! Files that a platform refuses, and replies that leave in several parts.

use platform_doubles::Fault;
use platform_doubles::whatsapp::error;
use resolute::inbox::deliver::deliver;
use resolute::model::MessageId;
use resolute::model::message::Delivery;
use resolute::store::messages;
use serde_json::{Value, json};

use super::World;
use crate::composer_files::{PHOTO, form, post_multipart};
use crate::support::desk::{Engine, TestDesk};
use crate::support::forms::{said, send, taken, value_of, values_of};

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_of_several_parts_goes_on_where_it_stopped() {
    for engine in Engine::all() {
        let mut world = World::new(engine).await;
        let path = format!("/api/v1{}", world.here("messages"));
        let photos = [("a.png", "image/png", PHOTO), ("b.png", "image/png", PHOTO)];
        let body = form(&[("body", "Look at both.")], &photos);
        let posted = post_multipart(&mut world.desk.api(), &path, &body).await;
        assert_eq!(posted.status, 201, "{}", posted.text());
        let id: MessageId = posted.json()["id"].as_str().unwrap().parse().unwrap();
        let row = async |desk: &TestDesk| messages::find(&desk.desk.db, id).await.unwrap().unwrap();

        // A process that ends behind the first part.
        Box::pin(deliver(&world.desk.desk.inbox(), id, 1)).await.unwrap();
        let between = row(&world.desk).await;
        assert_eq!((between.delivery, between.parts_sent, between.parts), (Some(Delivery::Queued), 1, 2));
        let back = send(&mut world.browser, &format!("/messages/{id}/cancellation"), &[]).await;
        assert!(said(&back).contains("A part of it is with the customer already"), "{}", said(&back));
        let first = world.double.platform.sent().remove(0);
        let arrived = world.double.platform.fate(&first.id, "delivered", None);
        world.desk.stop().await;
        world.desk.start_again().await;
        world.browser = world.desk.browser().await;

        // News of the first part is none of the whole, and a refusal of the next one says how much has left.
        world.double.misbehave("POST", "/messages", Fault::Answer(error(400, 131_026, "Message undeliverable")), 1);
        world.pushed(&arrived).await;
        let held = row(&world.desk).await;
        assert_eq!((held.delivery, held.parts_sent), (Some(Delivery::Failed), 1), "{}", held.delivery_reason);
        assert!(held.delivery_reason.starts_with("1 of 2 parts has left."), "{}", held.delivery_reason);
        assert!(world.shown().await.contains("Send the rest"));

        taken(&mut world.browser, &format!("/messages/{id}/attempts"), &[]).await;
        world.desk.drain().await;
        let sent = world.double.platform.sent();
        assert_eq!(sent.len(), 2, "nothing leaves twice");
        let captions: Vec<&Value> = sent.iter().map(|sent| &sent.body["image"]["caption"]).collect();
        assert_eq!(captions, [&json!("Look at both."), &Value::Null]);
        assert_eq!(row(&world.desk).await.delivery, Some(Delivery::Sent));
        // The whole is where the worse of both is.
        for (place, delivery) in [(1, Delivery::Delivered), (0, Delivery::Read)] {
            world.pushed(&world.double.platform.fate(&sent[place].id, "read", None)).await;
            assert_eq!(row(&world.desk).await.delivery, Some(delivery), "each part has a key");
        }
    }
}

/// A program sends a text with a file.
async fn by_program(world: &World, file: (&str, &str, &[u8])) -> (u16, String) {
    let path = format!("/api/v1{}", world.here("messages"));
    let sent = post_multipart(&mut world.desk.api(), &path, &form(&[("body", "Look")], &[file])).await;
    (sent.status, sent.text())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_the_platform_refuses_is_refused_with_its_name_the_limit_and_what_to_do() {
    for engine in Engine::all() {
        let mut world = World::new(engine).await;
        // A picture is one by its beginning.
        let large = [PHOTO, &vec![0; 6_000_000]].concat();
        let film = vec![0; 17 * 1024 * 1024];
        let kinds = "This channel takes only these files: pictures (JPEG, PNG), video (MP4, 3GP), sound";
        let odd: [(&str, &str, &[u8], &str); 7] = [
            ("cup.png", "image/png", &large[..], "this channel takes pictures up to 5 MB"),
            ("cup.mp4", "video/mp4", &film, "this channel takes video up to 16 MB"),
            ("cup.gif", "image/gif", b"GIF89a\x01\0\x01\0", kinds),
            ("cup.svg", "image/svg+xml", b"<svg/>", kinds),
            ("cup.zip", "application/zip", b"PK", kinds),
            ("cup.exe", "", b"MZ", kinds),
            ("cup.pdf", "application/pdf", b"", "It is empty"),
        ];
        for (name, kind, content, why) in odd {
            let (status, words) = by_program(&world, (name, kind, content)).await;
            assert_eq!(status, 422, "{name}: {words}");
            assert!(words.contains(&format!("“{name}” cannot go with it.")) && words.contains(why), "{words}");
            assert!(words.contains("Nothing was sent."), "{words}");

            let csrf = value_of(&world.shown().await, "csrf");
            let attached = form(&[("csrf", csrf.as_str())], &[(name, kind, content)]);
            let path = world.here("files");
            let answer = post_multipart(&mut world.browser, &path, &attached).await;
            let words = said(&answer);
            assert!(words.contains(&format!("“{name}” was not attached:")) && words.contains(why), "{words}");
        }
        let shown = world.shown().await;
        assert!(values_of(&shown, "file").is_empty(), "none of them is there");
        let takes = "up to 10 files, 100 MB: pictures up to 5 MB, video up to 16 MB, sound up to 16 MB, documents";
        assert!(shown.contains(takes) && shown.contains("accept=\"image/jpeg,image/png,video/mp4,"), "{shown}");

        // The name says what nobody else did.
        let (status, words) = by_program(&world, ("label.pdf", "", b"%PDF")).await;
        assert_eq!(status, 201, "{words}");
        world.desk.drain().await;
        let sent = world.double.platform.sent();
        assert_eq!(sent.len(), 1, "the good one alone");
        assert_eq!(sent[0].body["type"], "document");
    }
}
