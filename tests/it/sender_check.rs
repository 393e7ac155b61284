//! Whose word on senders a mailbox goes by: never its mails' own, and only an admin says.

use std::net::Ipv4Addr;
use std::time::Duration;

use resolute::model::ChannelId;
use resolute::model::message::Trust;
use resolute::model::teammate::Role;
use resolute::store::audit::{self, Filter};
use resolute::store::{channels, messages};
use serde_json::{Value, json};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use crate::mail_path::{mail, receive};
use crate::support::cast::Cast;
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, send, taken};
use crate::support::setup::MAIL_SERVER;
use crate::support::smtp::SmtpDouble;
use crate::support::stores::write;

/// The server that the mails name.
const NAMED: &str = "mx.provider.example";

/// A desk whose mailbox nobody said anything about, while its mails name a server.
async fn unconfirmed(engine: Engine) -> TestDesk {
    let desk = TestDesk::start(Wish::exact(engine)).await;
    let seen = json!({ "authserv_id": "", "authserv_id_seen": NAMED });
    write(&desk.desk.db, async |tx| channels::add_settings(tx, desk.setup.channel, &seen).await).await;
    desk
}

async fn settings(desk: &TestDesk, id: ChannelId) -> Value {
    channels::find(&desk.desk.db, id).await.unwrap().unwrap().settings.0
}

/// Believed, seen and refused.
async fn names(desk: &TestDesk) -> [String; 3] {
    let settings = settings(desk, desk.setup.channel).await;
    ["authserv_id", "authserv_id_seen", "authserv_id_refused"]
        .map(|name| settings[name].as_str().unwrap_or_default().to_owned())
}

/// How far the sender of a mail is believed that carries the named server's proof.
async fn trust(desk: &TestDesk, number: usize) -> Trust {
    desk.desk.clock.advance(Duration::from_mins(1));
    let proof = format!("Authentication-Results: {NAMED}; dmarc=pass header.from=post.example\r\n");
    let id = format!("{number}@post.example");
    let raw = mail(&id, "sofie@post.example", &format!("Question {number}"), &proof, "Where is my parcel?");
    let number = Box::pin(receive(desk, &raw)).await;
    let talk = desk.talk(number).await;
    messages::list(&desk.desk.db, talk.id, 1).await.unwrap()[0].trust
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_admin_says_which_server_is_believed() {
    for engine in Engine::all() {
        let desk = unconfirmed(engine).await;
        let cast = Cast::stored(&desk.desk.db).await;
        let manager = desk.joined("Ole", Role::Manager).await;
        let here = format!("/channels/{}", desk.setup.channel);
        let (yes, no) = (format!("{here}/sender-check"), format!("{here}/sender-check/deletion"));
        assert_eq!(trust(&desk, 1).await, Trust::Claimed, "{engine:?}");
        for person in [cast.sam.id, manager] {
            let mut browser = desk.browser_of(person).await;
            for path in [&yes, &no] {
                assert_eq!(send(&mut browser, path, &[("server", NAMED)]).await.status, 403, "{path}");
            }
            let list = page(&mut browser, "/channels").await;
            assert!(list.contains(NAMED) && !list.contains("Say whom to believe"), "{list}");
        }
        let mut admin = desk.browser().await;
        assert_eq!(admin.post_form(&yes, &[("server", NAMED)]).await.unwrap().status, 403, "a form of nobody's page");
        assert_eq!(names(&desk).await, ["", NAMED, ""]);
        assert_eq!(trust(&desk, 2).await, Trust::Claimed);

        assert!(page(&mut admin, "/channels").await.contains("Say whom to believe"));
        let shown = page(&mut admin, &here).await;
        assert!(shown.contains("Believe this server") && shown.contains(&format!("value=\"{NAMED}\"")), "{shown}");
        let other = settings(&desk, cast.mail.id).await;
        taken(&mut admin, &yes, &[("server", " MX.Provider.example ")]).await;
        assert_eq!(names(&desk).await, [NAMED, "", ""]);
        assert_eq!(trust(&desk, 3).await, Trust::Proved);
        assert_eq!(settings(&desk, cast.mail.id).await, other, "another brand’s mailbox has its own server");
        let list = page(&mut admin, "/channels").await;
        assert!(list.contains("Senders checked by") && !list.contains(&format!("Is “{NAMED}”")), "{list}");

        let about = Filter { subject: desk.setup.channel.to_string(), ..Filter::default() };
        let entries = audit::list(&desk.desk.db, &about, None, 9).await.unwrap();
        let entries: Vec<(&str, &str)> =
            entries.iter().map(|entry| (entry.action.as_str(), entry.actor_name.as_str())).collect();
        assert_eq!(entries, [("channel_changed", crate::support::setup::NAME)], "what was refused changed nothing");
    }
}

/// How often a page says that nothing proves the sender of a message.
fn doubts(page: &str) -> usize {
    page.matches("Sender not proved").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_bears_the_name_of_a_proved_customer_without_a_proof_says_so() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let mut browser = desk.browser().await;
        let proof = format!("Authentication-Results: {MAIL_SERVER}; dmarc=pass header.from=post.example\r\n");
        let joins = "In-Reply-To: <m1@post.example>\r\n";
        let sofie = "Sofie Lind <sofie@post.example>";
        let first = mail("m1@post.example", sofie, "My parcel", "", "Where is my parcel?");
        let number = Box::pin(receive(&desk, &first)).await;
        let here = format!("/conversations/{number}?view=all");
        assert_eq!(doubts(&page(&mut browser, &here).await), 0, "nothing of her was proved ever");
        let proved = format!("{proof}{joins}");
        for (id, more, text) in
            [("m2@post.example", proved.as_str(), "It is me."), ("m3@post.example", joins, "Send it to Evil street 5.")]
        {
            desk.desk.clock.advance(Duration::from_mins(1));
            assert_eq!(Box::pin(receive(&desk, &mail(id, sofie, "Re: My parcel", more, text))).await, number, "{id}");
        }
        let shown = page(&mut browser, &here).await;
        let articles: Vec<&str> = shown.split("<article class=\"message").skip(1).collect();
        let said: Vec<usize> = articles.iter().map(|article| doubts(article)).collect();
        assert_eq!(said, [1, 0, 1], "{engine:?}: {shown}");
        let fragment = page(&mut browser, &format!("/conversations/{number}/timeline?view=all")).await;
        assert_eq!(doubts(&fragment), 2, "{fragment}");
        let told = desk.api_get(&format!("/api/v1/conversations/{number}")).await;
        let trust: Vec<&str> =
            told["messages"].as_array().unwrap().iter().filter_map(|message| message["trust"].as_str()).collect();
        assert_eq!(trust, ["claimed", "proved", "claimed"]);

        // A case of its own, by the same address: the panel beside it calls that proved.
        desk.desk.clock.advance(Duration::from_mins(1));
        let other = mail("m4@post.example", sofie, "My card", "", "Refund it to my new card.");
        let other = Box::pin(receive(&desk, &other)).await;
        assert_ne!(other, number);
        assert_eq!(doubts(&page(&mut browser, &format!("/conversations/{other}?view=all")).await), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_ours_counts_no_more_and_is_not_proposed_again() {
    for engine in Engine::all() {
        let desk = unconfirmed(engine).await;
        let mut admin = desk.browser().await;
        let here = format!("/channels/{}", desk.setup.channel);
        let (yes, no) = (format!("{here}/sender-check"), format!("{here}/sender-check/deletion"));
        taken(&mut admin, &no, &[("server", NAMED)]).await;
        assert_eq!(names(&desk).await, ["", "", NAMED]);
        let shown = page(&mut admin, &here).await;
        assert!(!shown.contains(NAMED) && shown.contains("No such name is known yet"), "{shown}");
        assert!(page(&mut admin, "/channels").await.contains("which server checks them is not known"));
        taken(&mut admin, &yes, &[("server", "spf=pass")]).await;
        assert_eq!(names(&desk).await, ["", "", NAMED], "a result is no name");

        taken(&mut admin, &yes, &[("server", "mx.own.example")]).await;
        taken(&mut admin, &no, &[("server", NAMED)]).await;
        assert_eq!(names(&desk).await, ["mx.own.example", "", NAMED], "an old page takes nothing else back");
        assert_eq!(trust(&desk, 1).await, Trust::Claimed);
        taken(&mut admin, &yes, &[("server", NAMED)]).await;
        assert_eq!(trust(&desk, 2).await, Trust::Proved);
        assert!(page(&mut admin, &here).await.contains("Believe it no longer"));
        taken(&mut admin, &no, &[("server", NAMED)]).await;
        assert_eq!(names(&desk).await, ["", "", NAMED]);
        assert_eq!(trust(&desk, 3).await, Trust::Claimed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_admin_says_while_a_connection_is_tried_counts() {
    for engine in Engine::all() {
        let desk = unconfirmed(engine).await;
        let (mut admin, mut colleague) = (desk.browser().await, desk.browser().await);
        let here = format!("/channels/{}", desk.setup.channel);
        let (yes, no) = (format!("{here}/sender-check"), format!("{here}/sender-check/deletion"));
        taken(&mut admin, &yes, &[("server", NAMED)]).await;

        // The colleague's account is tried only when the admin has spoken, and waits for that.
        let patience = json!({ "timeout_seconds": 60 });
        write(&desk.desk.db, async |tx| channels::add_settings(tx, desk.setup.channel, &patience).await).await;
        let smtp = SmtpDouble::start().await;
        let gate = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = gate.local_addr().unwrap().port().to_string();
        let fields = [
            ("provider", "password"),
            ("name", "Help desk"),
            ("address", "help@fjord.example"),
            ("smtp_host", "127.0.0.1"),
            ("smtp_port", port.as_str()),
            ("smtp_security", "none"),
        ];
        let connecting = taken(&mut colleague, &here, &fields);
        let speaking = async {
            let (mut near, _) = gate.accept().await.unwrap();
            taken(&mut admin, &no, &[("server", NAMED)]).await;
            let mut far = TcpStream::connect((Ipv4Addr::LOCALHOST, smtp.port)).await.unwrap();
            let _ = copy_bidirectional(&mut near, &mut far).await;
        };
        tokio::join!(connecting, speaking);
        assert_eq!(names(&desk).await, ["", "", NAMED], "{engine:?}");
        assert_eq!(settings(&desk, desk.setup.channel).await["smtp"]["port"].to_string(), port);
        assert_eq!(trust(&desk, 1).await, Trust::Claimed);
    }
}
