//! Customers who want nothing on a channel that they did not ask for.

use resolute::store::intake::NewMessage;
use resolute::store::opt_outs;

use crate::support::cast::{Cast, at, put};
use crate::support::stores::{on_both, write};

#[tokio::test]
async fn who_has_opted_out_is_known_on_that_channel_alone_until_they_opt_in() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let (channel, sofie) = (cast.mail.id, cast.sofie);
        let row = cast.open(&db, 1).await;
        let is_last_word = async || write(&db, async |tx| opt_outs::is_last_word(tx, channel, sofie).await).await;
        assert!(!opt_outs::is_there(&db, channel, sofie).await.unwrap());
        for since in [5, 10] {
            write(&db, async |tx| opt_outs::insert(tx, channel, sofie, at(since)).await).await;
        }
        assert!(opt_outs::is_there(&db, channel, sofie).await.unwrap() && is_last_word().await);
        assert!(!opt_outs::is_there(&db, cast.chat.id, sofie).await.unwrap());

        let again = NewMessage { created_at: at(11), ..cast.message(&row, "And my lamp?") };
        put(&db, &[], &[again]).await;
        assert!(!is_last_word().await && opt_outs::is_there(&db, channel, sofie).await.unwrap());
        write(&db, async |tx| opt_outs::delete(tx, channel, sofie).await).await;
        assert!(!opt_outs::is_there(&db, channel, sofie).await.unwrap());
    })
    .await;
}
