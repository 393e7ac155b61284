//! Customers who want nothing on a channel that they did not ask for.

use resolute::model::Ts;
use resolute::store::erasures;
use resolute::store::intake::{BrandIdentity, NewMessage};
use resolute::store::opt_outs::{self, Early, Word};

use crate::support::cast::{Cast, at, put};
use crate::support::stores::{number_of, on_both, write};

#[tokio::test]
async fn who_has_opted_out_is_known_on_that_channel_alone_until_they_opt_in() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let (channel, sofie) = (cast.mail.id, cast.sofie);
        let row = cast.open(&db, 1).await;
        let is_last_word = async || write(&db, async |tx| opt_outs::is_last_word(tx, channel, sofie).await).await;
        assert!(!opt_outs::is_there(&db, channel, sofie).await.unwrap());
        for since in [5, 10] {
            write(&db, async |tx| opt_outs::note(tx, channel, sofie, stops(at(since))).await).await;
        }
        assert!(opt_outs::is_there(&db, channel, sofie).await.unwrap() && is_last_word().await);
        assert!(!opt_outs::is_there(&db, cast.chat.id, sofie).await.unwrap());

        let late = NewMessage { created_at: at(11), written_at: Some(at(9)), ..cast.message(&row, "Hello?") };
        put(&db, &[], &[late]).await;
        assert!(is_last_word().await, "it was written before");
        let again = NewMessage { created_at: at(12), ..cast.message(&row, "And my lamp?") };
        put(&db, &[], &[again]).await;
        assert!(!is_last_word().await && opt_outs::is_there(&db, channel, sofie).await.unwrap());
        write(&db, async |tx| opt_outs::note(tx, channel, sofie, wants(at(13))).await).await;
        assert!(!opt_outs::is_there(&db, channel, sofie).await.unwrap());
    })
    .await;
}

fn stops(at: Ts) -> Word {
    Word { given: false, at }
}

fn wants(at: Ts) -> Word {
    Word { given: true, at }
}

#[tokio::test]
async fn the_newest_word_stands_in_whatever_order_they_come() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let (channel, sofie) = (cast.mail.id, cast.sofie);
        for (word, is_out) in [
            (wants(at(5)), false),
            (stops(at(4)), false),
            (stops(at(7)), true),
            (wants(at(6)), true),
            (wants(at(7)), false),
        ] {
            write(&db, async |tx| opt_outs::note(tx, channel, sofie, word).await).await;
            assert_eq!(opt_outs::is_there(&db, channel, sofie).await.unwrap(), is_out, "{word:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_somebody_said_whom_nobody_knew_waits_for_each_of_their_names_once() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let (mail, chat) = (cast.mail.id, cast.chat.id);
        let named = |kind: &str, value: &str| BrandIdentity {
            brand_id: cast.brand.id,
            kind: kind.to_owned(),
            value: value.to_owned(),
        };
        let hers = [named("phone", "+4915100001"), named("whatsapp_user", "DE.1")];
        for word in [stops(at(5)), wants(at(4))] {
            write(&db, async |tx| opt_outs::note_early(tx, mail, &hers, word).await).await;
        }
        write(&db, async |tx| opt_outs::note_early(tx, chat, &hers[..1], wants(at(3))).await).await;
        let take = async |names: &[BrandIdentity]| write(&db, async |tx| opt_outs::take_early(tx, names).await).await;
        assert!(take(&[]).await.is_empty() && take(&[named("phone", "DE.1")]).await.is_empty());
        let mut taken = take(&hers[..1]).await;
        taken.sort_by_key(|early| early.word.at);
        let early = |channel, word| Early { channel, name: hers[0].clone(), word };
        assert_eq!(taken, [early(chat, wants(at(3))), early(mail, stops(at(5)))]);
        assert!(take(&hers[..1]).await.is_empty(), "once");
        assert_eq!(take(&hers).await.len(), 1, "it waits under the other name as well");

        write(&db, async |tx| opt_outs::note_early(tx, mail, &hers, stops(at(5))).await).await;
        write(&db, async |tx| opt_outs::forget_early(tx, at(5)).await).await;
        assert_eq!(take(&hers[..1]).await.len(), 1, "not yet");
        write(&db, async |tx| opt_outs::forget_early(tx, at(6)).await).await;
        assert!(take(&hers).await.is_empty(), "and for whom it never came it is forgotten");
    })
    .await;
}

#[tokio::test]
async fn the_no_of_who_is_erased_waits_for_them_for_good() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let (mail, chat) = (cast.mail.id, cast.chat.id);
        let hers =
            BrandIdentity { brand_id: cast.brand.id, kind: "email".to_owned(), value: "sofie@example.com".to_owned() };
        let take = async || write(&db, async |tx| opt_outs::take_early(tx, std::slice::from_ref(&hers)).await).await;
        write(&db, async |tx| {
            opt_outs::note(tx, mail, cast.sofie, stops(at(5))).await?;
            // Nobody is reached in a chat by an address.
            opt_outs::note(tx, chat, cast.sofie, stops(at(5))).await?;
            erasures::forget_names(tx, cast.sofie, at(6)).await?;
            opt_outs::forget_early(tx, at(900)).await
        })
        .await;
        assert_eq!(take().await, [Early { channel: mail, name: hers.clone(), word: stops(at(5)) }]);

        write(&db, async |tx| {
            opt_outs::note_early(tx, mail, std::slice::from_ref(&hers), stops(at(5))).await?;
            opt_outs::forget_early(tx, at(900)).await
        })
        .await;
        assert!(take().await.is_empty(), "that of somebody who was never known is forgotten");
    })
    .await;
}

#[tokio::test]
async fn what_who_is_erased_wanted_again_is_not_kept() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        write(&db, async |tx| {
            opt_outs::note(tx, cast.mail.id, cast.sofie, stops(at(5))).await?;
            opt_outs::note(tx, cast.mail.id, cast.sofie, wants(at(6))).await?;
            erasures::forget_names(tx, cast.sofie, at(7)).await
        })
        .await;
        assert_eq!(number_of(&db, "select count(*) from early_opt_outs").await, 0);
    })
    .await;
}
