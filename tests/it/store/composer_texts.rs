//! Half-written replies and notes.

use resolute::model::audience::Audience;
use resolute::model::macros::Ticked;
use resolute::model::writing::{Basis, Kept, KeptText};
use resolute::store::composer_texts::{self, ComposerText, ComposerTexts};
use resolute::store::{Tx, conversations};

use crate::support::cast::{Cast, NOW};
use crate::support::stores::{on_both, write};

#[tokio::test]
async fn what_somebody_was_writing_is_their_own_and_the_last_word_counts() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let find = async |who| composer_texts::find(&db, talk.id, who).await.unwrap();
        let save = async |body: &str, is_note| {
            let text = ComposerText { body: body.to_owned(), is_note, ..ComposerText::default() };
            write(&db, async |tx| composer_texts::save(tx, talk.id, cast.sam.id, &text, NOW).await).await;
        };
        let nothing = ComposerTexts::default;
        assert_eq!(find(cast.sam.id).await, nothing());
        save("Hi", false).await;
        save("Hi 'Sofie' \0😀\n", false).await;
        save("Ask Tom", true).await;
        let shown = find(cast.sam.id).await;
        assert_eq!(shown.reply.as_ref().unwrap().body, "Hi 'Sofie' 😀\n");
        assert_eq!(shown.note.as_ref().unwrap().body, "Ask Tom");
        let own = conversations::for_reader(&db, talk.id, cast.sam.id).await.unwrap();
        assert_eq!(own.writing, shown, "a page has the same");
        assert_eq!(find(cast.noor.id).await, nothing());
        save(" \n ", false).await;
        let left = find(cast.sam.id).await;
        assert_eq!(left, ComposerTexts { reply: None, ..shown }, "an empty text is forgotten, and the other stays");
        save("", true).await;
        assert_eq!(find(cast.sam.id).await, nothing());
        save("", true).await;
    })
    .await;
}

#[tokio::test]
async fn what_another_device_made_of_a_text_is_not_overwritten() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let text = |body: &str| ComposerText { body: body.to_owned(), ..ComposerText::default() };
        let keep = async |body: &str, basis: Basis| {
            let text = text(body);
            write(&db, async |tx| composer_texts::keep(tx, talk.id, cast.sam.id, &text, basis, NOW).await).await
        };
        let Kept::Stored(Some(first)) = keep("One", Basis::Nothing).await else { panic!("it is kept") };
        let Kept::Stored(Some(second)) = keep("One and two", Basis::Revision(first)).await else {
            panic!("it goes on from what is there")
        };
        assert!(second > first, "each change has a revision of its own, also while the clock stands");
        let there = Kept::Changed(Some(KeptText { body: "One and two".to_owned(), updated_at: second }));
        for basis in [Basis::Nothing, Basis::Revision(first)] {
            for other in ["Mine", ""] {
                assert_eq!(keep(other, basis).await, there, "{basis:?} {other:?}");
            }
            assert_eq!(keep("One and two", basis).await, Kept::Stored(Some(second)), "the same is no change");
        }
        let note = ComposerText { body: "Ask Tom".to_owned(), is_note: true, ..ComposerText::default() };
        let noted =
            write(&db, async |tx| composer_texts::keep(tx, talk.id, cast.sam.id, &note, Basis::Nothing, NOW).await);
        assert!(matches!(noted.await, Kept::Stored(Some(_))), "a note goes on from the note");
        assert_eq!(keep("", Basis::Revision(second)).await, Kept::Stored(None));
        assert_eq!(keep("Mine", Basis::Revision(second)).await, Kept::Changed(None), "it was sent or emptied");
        assert_eq!(keep(" ", Basis::Revision(second)).await, Kept::Stored(None), "nothing is still nothing");
        assert!(matches!(keep("Mine", Basis::Any).await, Kept::Stored(Some(_))));
    })
    .await;
}

#[tokio::test]
async fn of_two_devices_that_begin_at_once_one_is_asked() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let begin = async |body: &str| {
            let text = ComposerText { body: body.to_owned(), ..ComposerText::default() };
            write(&db, async |tx| composer_texts::keep(tx, talk.id, cast.sam.id, &text, Basis::Nothing, NOW).await)
                .await
        };
        let (written, asked) = match tokio::join!(begin("From the desk"), begin("From the phone")) {
            (Kept::Stored(_), asked) => ("From the desk", asked),
            (asked, _) => ("From the phone", asked),
        };
        let kept = composer_texts::find(&db, talk.id, cast.sam.id).await.unwrap().reply.unwrap();
        assert_eq!(kept.body, written);
        assert_eq!(asked, Kept::Changed(Some(kept)));
    })
    .await;
}

#[tokio::test]
async fn what_is_put_below_a_reply_leaves_what_is_there_and_its_macro() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let find = async || composer_texts::find(&db, talk.id, cast.sam.id).await.unwrap();
        let below = async |body: &str| {
            write(&db, async |tx| composer_texts::put_below(tx, talk.id, cast.sam.id, body, NOW).await).await;
        };
        below(" ").await;
        assert_eq!(find().await.reply, None, "nothing is put nowhere");
        below("Edited").await;
        let first = find().await.reply.unwrap();
        assert_eq!(first.body, "Edited");
        let from = Ticked { id: cast.clock.new_id(), steps: vec!["refund".to_owned()] };
        let text = ComposerText { body: "Dear Sofie".to_owned(), from: Some(from.clone()), ..ComposerText::default() };
        write(&db, async |tx| composer_texts::save(tx, talk.id, cast.sam.id, &text, NOW).await).await;
        let second = find().await.reply.unwrap();
        below("Edited").await;
        let all = find().await;
        assert_eq!((all.from, all.note), (Some(from), None));
        let reply = all.reply.unwrap();
        assert_eq!(reply.body, "Dear Sofie\n\nEdited");
        assert!(reply.updated_at > second.updated_at, "a page that has the other one is asked");
    })
    .await;
}

#[tokio::test]
async fn who_is_to_read_a_text_stays_chosen_while_it_is_typed_on() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let keep = async |body: &str, audience| {
            let text = ComposerText { body: body.to_owned(), audience, ..ComposerText::default() };
            let kept = async |tx: &mut Tx| composer_texts::keep(tx, talk.id, cast.sam.id, &text, Basis::Any, NOW).await;
            write(&db, kept).await;
            composer_texts::find(&db, talk.id, cast.sam.id).await.unwrap().audience
        };
        assert_eq!(keep("Is she", None).await, None);
        assert_eq!(keep("Is she", Some(Audience::Operator)).await, Some(Audience::Operator));
        assert_eq!(keep("Is she known?", None).await, Some(Audience::Operator), "nobody has chosen anew");
        let own = conversations::for_reader(&db, talk.id, cast.sam.id).await.unwrap();
        assert_eq!(own.writing.audience, Some(Audience::Operator), "a page has the same");
        assert_eq!(keep("Is she known?", Some(Audience::Both)).await, Some(Audience::Both));
        assert_eq!(keep("", None).await, None, "the next text is another one");
    })
    .await;
}
