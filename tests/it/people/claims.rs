//! What a guest of the chat says of their address proposes whom it is proved to be of, and makes nobody one.

use resolute::inbox::people;
use resolute::model::ContactId;
use resolute::model::person::{Lookalike, Reason};
use resolute::store::chats::{self, VisitorClaims};
use resolute::store::people as kept;
use uuid::Uuid;

use super::{contact, desk, talk};
use crate::support::cast::{Cast, NOW};
use crate::support::desk::{Engine, TestDesk};
use crate::support::forms::{page, said, send, taken};
use crate::support::stores::write;

const VISITOR: Uuid = Uuid::from_u128(7);

/// The guest says that an address is theirs.
async fn says(desk: &TestDesk, cast: &Cast, address: &str) {
    let claims = VisitorClaims { name: String::new(), email: address.into() };
    write(&desk.desk.db, async |tx| chats::save_claims(tx, VISITOR, cast.chat.id, &claims, NOW).await).await;
}

async fn lookalikes(desk: &TestDesk, contact: ContactId) -> Vec<Lookalike> {
    kept::list_lookalikes(&desk.desk.db, contact).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_who_names_a_proved_address_is_proposed_on_both_pages_and_stays_apart_until_a_person_merges() {
    for engine in Engine::all() {
        let (desk, cast, _) = desk(engine).await;
        let guest = contact(&desk, &cast, "Visitor 0007", ("chat_visitor", &VISITOR.to_string()), false).await;
        talk(&desk, &cast, 2, (guest, "Visitor 0007")).await;
        contact(&desk, &cast, "Pia", ("email", "pia@example.com"), false).await;
        says(&desk, &cast, "pia@example.com").await;
        assert!(lookalikes(&desk, guest).await.is_empty(), "nothing proves whose that is");

        says(&desk, &cast, "sofie@example.com").await;
        for (one, other) in [(guest, cast.sofie), (cast.sofie, guest)] {
            let found = lookalikes(&desk, one).await;
            assert_eq!((found.len(), found[0].contact_id, found[0].reason), (1, other, Reason::Said), "{found:?}");
            assert!(!found[0].proof, "{found:?}");
            assert_eq!(kept::contacts_of(&desk.desk.db, one).await.unwrap(), [one], "a claim merges nobody");
        }
        let mut browser = desk.browser().await;
        let pages = ["/conversations/1?view=all".to_owned(), "/conversations/2?view=all".to_owned()];
        for path in pages.into_iter().chain([guest, cast.sofie].map(|one| format!("/contacts/{one}"))) {
            let shown = page(&mut browser, &path).await;
            assert!(shown.contains("says in a chat to have the address sofie@example.com"), "{path}: {shown}");
        }
        let other = cast.sofie.to_string();
        let back = ("back", "/conversations/2?view=all");
        taken(&mut browser, &format!("/contacts/{guest}/merges"), &[("other", &other), back]).await;
        assert_eq!(kept::contacts_of(&desk.desk.db, guest).await.unwrap().len(), 2);
        assert!(lookalikes(&desk, guest).await.is_empty() && lookalikes(&desk, cast.sofie).await.is_empty());
        let merge = kept::list_merges(&desk.desk.db, guest).await.unwrap().remove(0);
        people::undo(&desk.desk.inbox(), merge.id, &cast.sam).await.unwrap();
        assert_eq!(lookalikes(&desk, guest).await.len(), 1, "they say so still");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_whom_a_person_has_told_apart_is_not_proposed_again_by_their_own_word() {
    for engine in Engine::all() {
        let (desk, cast, _) = desk(engine).await;
        let guest = contact(&desk, &cast, "Visitor 0007", ("chat_visitor", &VISITOR.to_string()), false).await;
        // Sofie is known by a number, too, and is shown under that name.
        let phone = contact(&desk, &cast, "Sofie K", ("phone", "+491512345678"), true).await;
        people::merge(&desk.desk.inbox(), (cast.sofie, phone), &cast.sam).await.unwrap();
        says(&desk, &cast, "sofie@example.com").await;
        assert_eq!(lookalikes(&desk, phone).await.len(), 1);

        let path = format!("/contacts/{phone}/merges/refusals");
        let other = guest.to_string();
        let answer = send(&mut desk.browser().await, &path, &[("other", &other)]).await;
        assert!(said(&answer).contains("They stay two."), "{}", said(&answer));
        says(&desk, &cast, "").await;
        says(&desk, &cast, "sofie@example.com").await;
        for one in [guest, phone, cast.sofie] {
            assert!(lookalikes(&desk, one).await.is_empty(), "{engine:?}");
        }
    }
}
