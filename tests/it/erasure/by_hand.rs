//! An admin erases a customer on the customer's page.

use resolute::model::ContactId;
use resolute::model::job::JobKind;
use resolute::store::intake::{self, NewContact, NewMessage};
use resolute::store::{audit, jobs, people};

use super::desk;
use crate::support::cast::{NOW, put};
use crate::support::desk::Engine;
use crate::support::forms::{page, send, taken};
use crate::support::stores::{number_of, text_of, write};

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_erases_a_customer_and_nobody_else_may() {
    for engine in Engine::all() {
        let (desk, cast) = desk(engine).await;
        let db = &desk.desk.db;
        let row = cast.open(db, 1).await;
        let told: Vec<NewMessage> = (0..130).map(|number| cast.message(&row, &format!("My zebra {number}"))).collect();
        put(db, &[], &told).await;
        let twin: ContactId = cast.clock.new_id();
        let elsewhere = NewContact {
            id: twin,
            brand_id: cast.brand.id,
            name: "Sofie K.".into(),
            kind: "phone".into(),
            value: "+49151000".into(),
            proved: true,
            created_at: NOW,
        };
        write(db, async |tx| {
            intake::insert_contacts(tx, &[elsewhere]).await?;
            people::point(tx, &[twin], cast.sofie).await
        })
        .await;
        let here = format!("/contacts/{}", cast.sofie);
        let (form, erasures) = (format!("{here}/erasures/new"), format!("{here}/erasures"));

        let mut sam = desk.browser_of(cast.sam.id).await;
        let shown = page(&mut sam, &here).await;
        assert!(!shown.contains("Erase this customer") && !shown.contains("being erased"), "{shown}");
        assert_eq!(sam.get(&form).await.unwrap().status, 403);
        assert_eq!(send(&mut sam, &erasures, &[("word", "erase")]).await.status, 403);

        let mut noor = desk.browser_of(cast.noor.id).await;
        assert!(page(&mut noor, &here).await.contains(&format!("href=\"{form}\"")));
        let asked = page(&mut noor, &form).await;
        for words in ["Nobody can take this back.", "131 messages", "Sofie K.", "What is removed", "What is kept"] {
            assert!(asked.contains(words), "{words}: {asked}");
        }
        for word in ["", "Sofie", "yes"] {
            let refused = send(&mut noor, &erasures, &[("word", word)]).await;
            assert_eq!((refused.status, refused.text().contains("Nothing was erased.")), (422, true), "{word}");
        }
        assert!(desk.unfinished().await.is_empty(), "nothing was begun");

        taken(&mut noor, &erasures, &[("word", " sofie keller ")]).await;
        assert!(page(&mut noor, &here).await.contains("Messages erased: 0"));
        let work = jobs::list_of_key(db, JobKind::EraseContact, &cast.sofie.to_string()).await.unwrap();
        write(db, async |tx| jobs::progress(tx, work[0].id, 0, 131).await).await;
        let shown = page(&mut sam, &here).await;
        assert!(shown.contains("This customer is being erased") && shown.contains("0 of 131"), "{shown}");
        assert!(page(&mut sam, &erasures).await.contains("0 of 131"), "open pages draw it anew");

        desk.drain().await;
        let shown = page(&mut noor, &here).await;
        assert!(shown.contains("Erased customer") && !shown.contains("being erased"), "{shown}");
        assert_eq!(number_of(db, "select count(*) from messages where body like '%zebra%'").await, 0);
        let erased = "select count(*) from contacts where name = 'Erased customer'";
        assert_eq!(number_of(db, erased).await, 2, "whatever the person was called");
        let talk = page(&mut noor, "/conversations/1?view=all").await;
        assert!(talk.contains("Noor had what the customer wrote removed"), "{talk}");
        let asked = "select actor_name || ': ' || details from audit_log where action = 'erasure_asked'";
        assert_eq!(text_of(db, asked).await.as_deref(), Some("Noor: {\"contacts\":2}"));
        assert_eq!(audit::verify(db).await.unwrap().flaw, None);
    }
}
