//! Half-written replies.

use resolute::store::composer_texts::{self, ComposerText};

use crate::support::cast::{Cast, NOW};
use crate::support::stores::{on_both, write};

#[tokio::test]
async fn what_somebody_was_writing_is_their_own_and_the_last_word_counts() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let find = async |who| composer_texts::find(&db, talk.id, who).await.unwrap();
        let save = async |body: &str, is_note| {
            let text = ComposerText { body: body.to_owned(), is_note };
            write(&db, async |tx| composer_texts::save(tx, talk.id, cast.sam.id, &text, NOW).await).await;
        };
        assert_eq!(find(cast.sam.id).await, None);
        save("Hi", false).await;
        save("Hi 'Sofie' \0😀\n", true).await;
        let expected = ComposerText { body: "Hi 'Sofie' 😀\n".into(), is_note: true };
        assert_eq!(find(cast.sam.id).await, Some(expected));
        assert_eq!(find(cast.noor.id).await, None);
        save(" \n ", false).await;
        assert_eq!(find(cast.sam.id).await, None, "an empty text is forgotten");
        save("", false).await;
    })
    .await;
}
