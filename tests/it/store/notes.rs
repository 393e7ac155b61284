//! Private notes.

use resolute::model::note::Note;
use resolute::store::notes;

use crate::support::cast::{Cast, at};
use crate::support::stores::{on_both, write};

#[tokio::test]
async fn notes_come_back_oldest_first_with_their_writer() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let (talk, other) = (cast.open(&db, 1).await, cast.open(&db, 2).await);
        for (conversation, writer, body, seconds) in [
            (talk.id, &cast.noor, "second", 2),
            (talk.id, &cast.sam, "first 'é' 😀\nline", 1),
            (other.id, &cast.sam, "elsewhere", 0),
        ] {
            let id = cast.clock.new_id();
            write(&db, async |tx| notes::insert(tx, id, conversation, writer.id, body, at(seconds)).await).await;
        }
        let listed = notes::list(&db, talk.id).await.unwrap();
        let shown: Vec<(&str, &str)> =
            listed.iter().map(|note| (note.teammate_name.as_str(), note.body.as_str())).collect();
        assert_eq!(shown, [("Sam", "first 'é' 😀\nline"), ("Noor", "second")]);
        let bodies = |notes: Vec<Note>| notes.into_iter().map(|note| note.body).collect::<Vec<_>>();
        assert_eq!(bodies(notes::list_newest(&db, talk.id, 1).await.unwrap()), ["second"]);
        assert_eq!(bodies(notes::list_newest(&db, talk.id, 9).await.unwrap()), bodies(listed.clone()));
        for (from, until, expected) in [(1, 3, 2), (1, 2, 1), (2, 2, 0), (0, 1, 0)] {
            let within = notes::list_within(&db, talk.id, (at(from), at(until))).await.unwrap();
            assert_eq!(bodies(within), bodies(listed[..expected].to_vec()), "{from} to {until}");
        }
        assert_eq!((listed[0].teammate_id, listed[0].created_at), (cast.sam.id, at(1)));
    })
    .await;
}
