//! Amazon's own kinds of messages about orders: what they are filled with, what is refused before it is stored, to whom they
//! go, and the files that go with them.

use platform_doubles::Double;
use platform_doubles::amazon::{Amazon, CLIENT_ID, CLIENT_SECRET, Order, REFRESH_TOKEN};
use resolute::inbox::merge;
use resolute::model::channel::Channel;
use resolute::model::order::MatchedBy;
use resolute::model::{ContactId, Json};
use resolute::store::channels::NewChannel;
use resolute::store::intake::{self, ConversationRow, NewContact, NewMessage, NewTold};
use resolute::store::{channels, macros, messages, order_sources, orders, people, teammates};
use serde_json::json;

use crate::composer_files::{form, post_multipart};
use crate::people::bought;
use crate::support::cast::{Cast, NOW, at, new_channel, put};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, said, send, taken, value_of};
use crate::support::http::{Answer, Client};
use crate::support::stores::write;

/// The order that Amazon names in the case.
const TOLD: &str = "303-1234567-7654321";
/// One of somebody else's.
const OTHER: &str = "303-7654321-1234567";
/// The buyer's mask.
const BUYER: &str = "k3x9vq2@marketplace.amazon.de";

/// A case of Sofie's by mail, in which she also wrote on Amazon, where she is only Sofie.
struct Case {
    desk: TestDesk,
    amazon: Double<Amazon>,
    cast: Cast,
    row: ConversationRow,
    browser: Client,
}

impl Case {
    async fn new(engine: Engine) -> Self {
        let amazon = Double::start(Amazon::default()).await.unwrap();
        for number in [TOLD, OTHER] {
            amazon.platform.put_order(Order {
                number: number.to_owned(),
                marketplace: "A1PA6795UKMFR9".to_owned(),
                locale: "de-DE".to_owned(),
                actions: ["unexpectedProblem", "invoice", "warranty", "digitalAccessKey"].map(str::to_owned).into(),
            });
        }
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let mut cast = Cast::new();
        cast.brand.id = desk.setup.brand;
        cast.mail.brand_id = desk.setup.brand;
        cast.shop.brand_id = desk.setup.brand;
        let url = amazon.url();
        let channel = Channel {
            settings: Json(json!({
                "address": "amazon@fjord.example",
                "spapi": { "api_url": url, "token_url": format!("{url}/auth/o2/token"), "client_id": CLIENT_ID },
            })),
            ..cast.channel("amazon", "amazon@fjord.example")
        };
        let secrets = json!({ "spapi": { "client_secret": CLIENT_SECRET, "refresh_token": REFRESH_TOKEN } });
        let connected =
            NewChannel { secrets: desk.desk.connections.seal(channel.id, &secrets).unwrap(), ..new_channel(&channel) };
        let buyer: ContactId = cast.clock.new_id();
        let contact = |id: ContactId, name: &str, kind: &str, value: &str| NewContact {
            id,
            brand_id: cast.brand.id,
            name: name.into(),
            kind: kind.into(),
            value: value.into(),
            proved: true,
            created_at: at(1),
        };
        let contacts = [
            contact(cast.sofie, "Sofie Keller", "email", "sofie@example.com"),
            contact(buyer, "Sofie", "amazon_buyer", BUYER),
        ];
        write(&desk.desk.db, async |tx| {
            channels::insert(tx, &new_channel(&cast.mail)).await?;
            channels::insert(tx, &connected).await?;
            intake::insert_contacts(tx, &contacts).await?;
            people::point(tx, &[buyer], cast.sofie).await
        })
        .await;
        let row = ConversationRow {
            channel_id: channel.id,
            channel_kind: channel.kind.clone(),
            subject: "Flat 7, Kellerstrasse".into(),
            ..cast.conversation(7)
        };
        let by_mail = NewMessage { channel_id: cast.mail.id, ..cast.message(&row, "I live in Kellerstrasse 7.") };
        let on_amazon = NewMessage {
            contact_id: Some(buyer),
            sender_name: "Sofie".into(),
            sender_address: BUYER.into(),
            subject: "Your tent".into(),
            ..cast.message(&row, "Hello, where is it?")
        };
        put(&desk.desk.db, std::slice::from_ref(&row), &[by_mail, on_amazon]).await;
        let told = NewTold {
            channel_id: channel.id,
            order_number: TOLD.into(),
            conversation_id: row.id,
            contact_id: buyer,
            created_at: NOW,
        };
        write(&desk.desk.db, async |tx| intake::insert_told(tx, &[told]).await).await;
        let browser = desk.browser().await;
        Self { desk, amazon, cast, row, browser }
    }

    /// A program sends a template.
    async fn by_program(&self, name: &str, language: &str, values: &[&str]) -> Answer {
        let template = json!({ "template": { "name": name, "language": language, "values": values } });
        self.desk.api().post_json("/api/v1/conversations/7/messages", &template).await.unwrap()
    }

    /// A teammate sends a template on its page.
    async fn by_hand(&mut self, name: &str, language: &str, values: &[&str]) -> Answer {
        let named = [("name", name), ("language", language)];
        let values = values.iter().map(|value| ("value", *value));
        let fields: Vec<(&str, &str)> = named.into_iter().chain(values).collect();
        send(&mut self.browser, "/conversations/7/templates", &fields).await
    }

    /// How many messages the case has.
    async fn count(&self) -> usize {
        messages::list(&self.desk.desk.db, self.row.id, 99).await.unwrap().len()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_on_a_marketplace_is_filled_with_nothing_from_elsewhere() {
    for engine in Engine::all() {
        let mut case = Case::new(engine).await;
        let known = bought(&case.cast, "FJ-20417", ("sofie@example.com", "+491512345678"));
        write(&case.desk.desk.db, async |tx| {
            order_sources::insert(tx, &case.cast.shop, b"sealed".to_vec(), NOW).await?;
            orders::save(tx, &known).await?;
            orders::link(tx, case.row.id, &known, MatchedBy::Contact, NOW).await
        })
        .await;
        let fields = [
            ("name", "Sorry"),
            ("shared", "team"),
            ("template_name", "unexpectedProblem"),
            ("template_language", "de"),
            (
                "template_values",
                "{{ order.number }}.\n{{ customer.name }}: {{ conversation.subject }}, {{ order.total }}",
            ),
        ];
        taken(&mut case.browser, "/macros", &fields).await;
        let (db, me) = (&case.desk.desk.db, case.desk.setup.teammate);
        let [one] = macros::list(db, case.cast.brand.id, me).await.unwrap().try_into().unwrap();
        let path = format!("/conversations/7/templates?macro={}", one.id);
        let shown = page(&mut case.browser, &path).await;
        let form = shown.split("id=\"template-form\"").nth(1).unwrap().split("</form>").next().unwrap();
        assert!(form.contains("Sofie: Your tent, "), "{form}");
        for secret in ["Keller", "Flat 7", "FJ-20417", "42.00"] {
            assert!(!form.contains(secret), "{secret}: {form}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_amazon_takes_is_shown_in_plain_words() {
    let mut case = Case::new(Engine::Sqlite).await;
    let listed = page(&mut case.browser, "/conversations/7/templates").await;
    let warranty =
        "Send the warranty as a file (order [Order number]): [First day of the warranty] – [Last day of the warranty].";
    for words in ["<bdi>Something came up that the buyer must know</bdi>", "dir=\"auto\">[Text]</p>", warranty] {
        assert!(listed.contains(words), "{words}: {listed}");
    }
    assert!(!listed.contains("{{"), "no place stands there as a program names it: {listed}");
    assert_eq!(listed.matches("Something came up that the buyer must know</bdi>").count(), 1, "in all its languages");
    for language in ["de", "en", "ja"] {
        let link = format!("name=unexpectedProblem&#38;language={language}\"");
        assert!(listed.contains(&link), "{link}: {listed}");
    }
    let shown = page(&mut case.browser, "/conversations/7/templates?name=warranty").await;
    let half = format!("(order {TOLD}): [First day");
    for words in [">Order number</label>", ">First day of the warranty</label>", half.as_str()] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_amazon_would_refuse_is_refused_before_it_is_stored() {
    for engine in Engine::all() {
        let mut case = Case::new(engine).await;
        let (long, key) = ("ü".repeat(2_001), "ü".repeat(401));
        let refused: [(&str, &str, &[&str], &str); 7] = [
            ("unexpectedProblem", "de", &["FJ-1", "Hallo"], "looks like 123-1234567-1234567"),
            ("unexpectedProblem", "de", &[TOLD, long.as_str()], "has 2001 of 1 to 2000 characters. Shorten it."),
            ("digitalAccessKey", "de", &[TOLD, key.as_str()], "has 401 of 1 to 400 characters"),
            ("unexpectedProblem", "FOO", &[TOLD, "Hallo"], "There is no template"),
            ("unexpectedProblem", "", &[TOLD, "Hallo"], "in several languages: de, en, es"),
            ("unexpectedProblem", "de", &[TOLD, "Siehe www.shop.example"], "Amazon forbids links"),
            ("warranty", "", &[TOLD, "morgen", "2028-11-01"], "Write the days of the warranty as 2026-11-30."),
        ];
        for (name, language, values, words) in refused {
            let answer = case.by_program(name, language, values).await;
            assert!(answer.status == 422 && answer.text().contains(words), "{name}: {}", answer.text());
            let answer = case.by_hand(name, language, values).await;
            // What was typed is in its fields again, all of it.
            let kept = answer.text();
            assert!(answer.status == 422 && kept.contains(words), "{name}: {kept}");
            assert_eq!(answer.header("location"), None);
            assert!(language == "FOO" || kept.contains(values[1]), "{name}: {kept}");
        }
        assert_eq!(case.count().await, 2, "nothing was stored");

        let shown = page(&mut case.browser, "/conversations/7/templates?name=digitalAccessKey&language=de").await;
        assert!(shown.contains("name=\"value\" rows=\"3\" maxlength=\"400\""), "{shown}");
        let shown = page(&mut case.browser, "/conversations/7/templates?name=warranty").await;
        assert!(shown.contains("type=\"date\""), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_filled_in_for_more_places_than_a_template_has_by_now_is_not_drawn_without_the_rest() {
    for engine in Engine::all() {
        let mut case = Case::new(engine).await;
        let words = "The template “unexpectedProblem” has fewer places by now than were filled in. Nothing was sent.";
        let values = [TOLD, "Die Tasse ist aus.", "Sie kommt am Montag."];
        let answer = case.by_program("unexpectedProblem", "de", &values).await;
        assert!(answer.status == 422 && answer.text().contains(words), "{}", answer.text());
        let answer = case.by_hand("unexpectedProblem", "de", &values).await;
        let shown = answer.text();
        assert!(answer.status == 422 && shown.contains(words), "{shown}");
        // A page without the rail leaves the one that was filled in as it is.
        assert!(!shown.contains("id=\"rail\"") && !shown.contains("id=\"template-form\""), "{shown}");
        // Where nothing is lost it is drawn again.
        let answer = case.by_hand("unexpectedProblem", "de", &[TOLD, "Die Tasse ist aus.", ""]).await;
        let shown = answer.text();
        assert!(answer.status == 422 && shown.contains("Die Tasse ist aus.</textarea>"), "{shown}");
        assert_eq!(case.count().await, 2, "nothing was stored");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_about_an_order_goes_only_to_one_that_amazon_has_named_there() {
    for engine in Engine::all() {
        let mut case = Case::new(engine).await;
        let shown = page(&mut case.browser, "/conversations/7/templates?name=unexpectedProblem&language=de").await;
        assert!(shown.contains(&format!("name=\"value\" value=\"{TOLD}\"")), "it stands there already: {shown}");
        let words = format!("Amazon does not name the order {OTHER} in this conversation");
        let values = [OTHER, "Die Tasse ist aus."];
        let answer = case.by_program("unexpectedProblem", "de", &values).await;
        assert!(answer.status == 422 && answer.text().contains(&words), "{}", answer.text());
        let answer = case.by_hand("unexpectedProblem", "de", &values).await;
        let told = answer.text();
        assert!(answer.status == 422 && told.contains(&words) && told.contains(&format!("Take {TOLD}.")), "{told}");
        assert_eq!(case.count().await, 2);

        let values = [TOLD, "Die Tasse ist aus."];
        let answer = case.by_hand("unexpectedProblem", "de", &values).await;
        assert_eq!((answer.status, said(&answer).as_str()), (303, ""));
        case.desk.drain().await;
        let sent = case.amazon.platform.said();
        assert_eq!(sent.len(), 1, "it left once");
        assert_eq!((sent[0].order.as_str(), &sent[0].body), (TOLD, &json!({ "text": "Die Tasse ist aus." })));

        // In a case in which Amazon names none, nothing goes to anybody.
        let other = ConversationRow { id: case.cast.clock.new_id(), number: 8, ..case.row.clone() };
        let asked = NewMessage { sender_address: BUYER.into(), ..case.cast.message(&other, "Hello?") };
        put(&case.desk.desk.db, std::slice::from_ref(&other), &[asked]).await;
        let template = json!({ "name": "unexpectedProblem", "language": "de", "values": values });
        let path = "/api/v1/conversations/8/messages";
        let answer = case.desk.api().post_json(path, &json!({ "template": template })).await.unwrap();
        assert!(answer.status == 422 && answer.text().contains("has named no order"), "{}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_amazon_names_for_another_buyer_of_the_case_is_not_its_customers() {
    for engine in Engine::all() {
        let mut case = Case::new(engine).await;
        let other: ContactId = case.cast.clock.new_id();
        let contact = NewContact {
            id: other,
            brand_id: case.cast.brand.id,
            name: "Ole".into(),
            kind: "amazon_buyer".into(),
            value: "m4y0wr3@marketplace.amazon.de".into(),
            proved: true,
            created_at: at(1),
        };
        let told = NewTold {
            channel_id: case.row.channel_id,
            order_number: OTHER.into(),
            conversation_id: case.row.id,
            contact_id: other,
            created_at: NOW,
        };
        write(&case.desk.desk.db, async |tx| {
            intake::insert_contacts(tx, &[contact]).await?;
            intake::insert_told(tx, &[told]).await
        })
        .await;
        let shown = page(&mut case.browser, "/conversations/7/templates?name=unexpectedProblem&language=de").await;
        assert!(shown.contains(&format!("name=\"value\" value=\"{TOLD}\"")), "the one that is hers: {shown}");
        let words = format!("Amazon does not name the order {OTHER} in this conversation");
        let values = [OTHER, "Die Tasse ist aus."];
        let answer = case.by_program("unexpectedProblem", "de", &values).await;
        assert!(answer.status == 422 && answer.text().contains(&words), "{}", answer.text());
        let answer = case.by_hand("unexpectedProblem", "de", &values).await;
        assert!(answer.status == 422 && answer.text().contains(&format!("Take {TOLD}.")), "{}", answer.text());
        assert_eq!(case.count().await, 2);
    }
}

/// Names and values.
type Fields<'a> = &'a [(&'a str, &'a str)];
/// Names, types and bytes.
type Files<'a> = &'a [(&'a str, &'a str, &'a [u8])];

/// The invoice.
const PDF: &[u8] = b"%PDF-1.4 one cup";

#[tokio::test(flavor = "multi_thread")]
async fn files_go_with_the_messages_that_take_some() {
    for engine in Engine::all() {
        let mut case = Case::new(engine).await;
        let path = "/conversations/7/templates";
        let shown = page(&mut case.browser, &format!("{path}?name=invoice")).await;
        for words in ["enctype=\"multipart/form-data\"", "type=\"file\" name=\"upload\"", "up to 5 files, 10 MB: PDF"] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        let csrf = value_of(&shown, "csrf");
        let filled = |order: &'static str| [("csrf", csrf.as_str()), ("name", "invoice"), ("value", order)];
        let refused: [(Files<'_>, &str); 2] = [
            (&[], "This template needs a file. Attach it."),
            (
                &[("a.mp4", "video/mp4", &b"film"[..])],
                "“a.mp4” cannot go with it. This channel takes only these files: PDF",
            ),
        ];
        for (files, words) in refused {
            let answer = post_multipart(&mut case.browser, path, &form(&filled(TOLD), files)).await;
            assert!(answer.status == 422 && answer.text().contains(words), "{words}: {}", answer.text());
        }

        // What is refused for something else keeps its file.
        let invoice = form(&filled(OTHER), &[("Rechnung.pdf", "application/pdf", PDF)]);
        let answer = post_multipart(&mut case.browser, path, &invoice).await;
        let kept = answer.text();
        assert!(answer.status == 422 && kept.contains("somebody else may have placed it"), "{kept}");
        let ticked = kept.split("type=\"checkbox\" name=\"file\" value=\"").nth(1).unwrap_or_else(|| panic!("{kept}"));
        let id = value_of(&kept, "id");
        let (file, behind) = ticked.split_once('"').unwrap();
        assert!(behind.starts_with(" checked> <bdi>Rechnung.pdf</bdi>"), "{ticked}");
        let with_file = [filled(TOLD).as_slice(), &[("file", file), ("id", id.as_str())]].concat();
        for _ in 0..2 {
            let answer = post_multipart(&mut case.browser, path, &form(&with_file, &[])).await;
            assert_eq!((answer.status, said(&answer).as_str()), (303, ""));
        }
        case.desk.drain().await;
        let sent = case.amazon.platform.said();
        assert_eq!((sent.len(), sent[0].action.as_str(), &sent[0].files[0][..]), (1, "invoice", PDF));
        assert_eq!(sent[0].body["attachments"][0]["fileName"], "Rechnung.pdf");
        let read = case.desk.api_get("/api/v1/conversations/7").await;
        assert_eq!(read["messages"][2]["attachments"][0]["name"], "Rechnung.pdf");
        let left = page(&mut case.browser, &format!("{path}?name=invoice")).await;
        assert!(!left.contains("name=\"file\""), "it is gone from what is written there: {left}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_sends_files_with_a_template() {
    for engine in Engine::all() {
        let case = Case::new(engine).await;
        let listed = case.desk.api_get("/api/v1/conversations/7/templates").await;
        let warranty = listed["items"].as_array().unwrap().iter().find(|one| one["name"] == "warranty").unwrap();
        assert_eq!(warranty["files"], json!({ "least": 1, "most": 5 }));
        let last = json!({ "label": "Last day of the warranty", "holds": "day", "most": null });
        assert_eq!(warranty["forms"][2], last);

        let path = "/api/v1/conversations/7/messages";
        let template = |name: &str, values: &[&str]| json!({ "name": name, "values": values }).to_string();
        let pdf = ("Garantie.pdf", "application/pdf", PDF);
        let warranty = template("warranty", &[TOLD, "2026-11-01", "2028-11-01"]);
        let problem = json!({ "name": "unexpectedProblem", "language": "de", "values": [TOLD, "Hallo"] }).to_string();
        let refused: [(Fields<'_>, Files<'_>, u16, &str); 5] = [
            (&[("template", warranty.as_str())], &[], 422, "This template needs a file."),
            (&[("template", warranty.as_str())], &[pdf; 6], 422, "At most 5 files go with this template."),
            (&[("template", problem.as_str())], &[pdf], 422, "A template takes no files."),
            (&[("template", warranty.as_str()), ("body", "Hi")], &[pdf], 400, "not both"),
            (&[("template", "{")], &[pdf], 400, "The field `template` cannot be read as JSON"),
        ];
        for (fields, files, status, words) in refused {
            let answer = post_multipart(&mut case.desk.api(), path, &form(fields, files)).await;
            assert!(answer.status == status && answer.text().contains(words), "{words}: {}", answer.text());
        }
        let answer = case.by_program("invoice", "", &[TOLD]).await;
        assert!(answer.status == 422 && answer.text().contains("needs a file"), "{}", answer.text());
        assert_eq!(case.count().await, 2);

        let sent = form(&[("template", warranty.as_str())], &[pdf]);
        let answer = post_multipart(&mut case.desk.api(), path, &sent).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        case.desk.drain().await;
        let sent = case.amazon.platform.said();
        assert_eq!((sent.len(), sent[0].action.as_str(), &sent[0].files[0][..]), (1, "warranty", PDF));
        assert_eq!(sent[0].body["coverageEndDate"], "2028-11-01T00:00:00Z");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_a_template_where_something_left_the_conversation_meanwhile_is_asked_and_can_send_it_then() {
    for engine in Engine::all() {
        let mut case = Case::new(engine).await;
        let (db, inbox) = (&case.desk.desk.db, case.desk.desk.inbox());
        let other = ConversationRow { id: case.cast.clock.new_id(), number: 8, ..case.row.clone() };
        let asked = NewMessage { sender_address: BUYER.into(), ..case.cast.message(&other, "Hello?") };
        put(db, std::slice::from_ref(&other), &[asked]).await;
        let me = teammates::find(db, case.desk.setup.teammate).await.unwrap().unwrap();
        let merged = merge::merge(&inbox, (other.id, case.row.id), true, &me).await.unwrap();
        let path = "/conversations/7/templates";
        let drawn = page(&mut case.browser, &format!("{path}?name=unexpectedProblem&language=de")).await;
        merge::undo(&inbox, merged.id, &me).await.unwrap();

        let filled = |parted: String| {
            let named =
                [("name", "unexpectedProblem"), ("language", "de"), ("value", TOLD), ("value", "Die Tasse ist aus.")];
            named
                .map(|(name, value)| (name, value.to_owned()))
                .into_iter()
                .chain([("parted", parted)])
                .collect::<Vec<_>>()
        };
        let fields = filled(value_of(&drawn, "parted"));
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let asked = send(&mut case.browser, path, &fields).await;
        assert_eq!(case.count().await, 2, "nothing was sent");
        let drawn = asked.text();
        assert_eq!(asked.status, 422, "{drawn}");
        for words in
            ["a merge was taken back, since you opened it.", "Die Tasse ist aus.", ">Send all the same</button>"]
        {
            assert!(drawn.contains(words), "{words}: {drawn}");
        }
        let fields = filled(value_of(&drawn, "parted"));
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let sent = send(&mut case.browser, path, &fields).await;
        assert_eq!(sent.header("location"), Some("/conversations/7?view=all"), "{}", said(&sent));
        assert_eq!(case.count().await, 3);
    }
}
