//! Full text: both engines find the same.

use resolute::model::saved_view::Filters;
use resolute::store::intake::{ConversationRow, NewMessage};
use resolute::store::saved_views::{self, Asked};
use resolute::store::search::Found;
use resolute::store::{Db, contacts, search};

use crate::support::cast::{Cast, NOW, put};
use crate::support::stores::{on_both, write};

/// Number, what was written.
const TEXTS: &[(i64, &str)] = &[
    (1, "Where is my order FJ-20417? It should have come yesterday."),
    (
        2,
        "Das Café in Zürich hat schön geöffnet, naïve Größe XL. Donaudampfschifffahrtselektrizitätenhauptbetriebswerk.",
    ),
    (3, "my jacket arrived broken, the zipper is broken"),
    (4, "Jacken und Zippern; tracking 1Z999AA10123456784, see https://example.com/track?id=77#top"),
    (5, "write to me at lotte.berg@example.org or +49 151 2345678, price 42.50 EUR"),
    (6, "Привет, где мой заказ? 東京から 😀"),
    (7, "version v1.2.3 of user_name and don't & can't; 'quoted' (bracket) a:b c|d !e <-> f"),
];

/// In scripts without spaces, and one beside them.
const UNSPACED: &[(i64, &str)] = &[
    (1, "你好，我的订单FJ-20417还没有到。买的是iPhone手机壳"),
    (2, "注文したランプのガラスが割れていました。FJ-20418を交換してください"),
    (3, "ยังไม่ได้รับสินค้าที่สั่งซื้อ หมายเลข FJ-20419 โคมไฟNordlys"),
    (4, "Where is my lamp? 12 EUR"),
];

async fn fill(db: &Db, texts: &[(i64, &str)]) -> Cast {
    let cast = Cast::stored(db).await;
    let rows: Vec<ConversationRow> = texts
        .iter()
        .map(|(number, _)| ConversationRow { subject: format!("Re: topic{number}"), ..cast.conversation(*number) })
        .collect();
    let messages: Vec<_> = rows.iter().zip(texts).map(|(row, (_, text))| cast.message(row, text)).collect();
    put(db, &rows, &messages).await;
    cast
}

fn numbers(found: &Found) -> Vec<i64> {
    found.conversations.iter().map(|talk| talk.number).collect()
}

async fn find(db: &Db, words: &str) -> Vec<i64> {
    numbers(&search::conversations(db, words, None, 50).await.unwrap())
}

#[tokio::test]
async fn both_engines_find_the_same_conversations() {
    on_both(async |db| {
        fill(&db, TEXTS).await;
        let cases: &[(&str, &[i64])] = &[
            // All words, in any order and case; the last one may be unfinished.
            ("order", &[1]),
            ("ORDER my", &[1]),
            ("jacket broken", &[3]),
            ("jack", &[4, 3]),
            ("zip", &[4, 3]),
            ("jack broken", &[]),
            ("jacket zippers", &[]),
            // Numbers, with and without their dash.
            ("FJ-20417", &[1]),
            ("fj 20417", &[1]),
            ("20417", &[1]),
            ("fj-204", &[1]),
            ("1Z999AA1", &[4]),
            ("42.50", &[5]),
            ("42.5", &[5]),
            ("151 2345678", &[5]),
            // Addresses, whole and in part.
            ("lotte.berg@example.org", &[5]),
            ("berg", &[5]),
            ("example.org", &[5]),
            ("https://example.com/track?id=77", &[4]),
            ("track 77", &[4]),
            // Accents do not matter, on either side.
            ("cafe", &[2]),
            ("CAFÉ", &[2]),
            ("zurich", &[2]),
            ("zürich schon", &[2]),
            ("naive geoffnet", &[2]),
            ("größe", &[2]),
            ("große", &[2]),
            // A long word is whole to its end.
            ("Donaudampfschifffahrtselektrizitätenhauptbetriebswerk xl", &[2]),
            ("Donaudampfschifffahrtselektrizitätenhauptbetrieb xl", &[]),
            ("xl Donaudampfschifffahrtselektrizitätenhauptbetrieb", &[2]),
            // Other scripts.
            ("привет", &[6]),
            ("ЗАКАЗ", &[6]),
            ("東京", &[6]),
            // Subject, name and address count too.
            ("topic3", &[3]),
            ("keller topic", &[7, 6, 5, 4, 3, 2, 1]),
            ("sofie@example.com topic2", &[2]),
            ("sofie example topic2", &[2]),
            // Odd writing.
            ("v1.2.3", &[7]),
            ("user_name", &[7]),
            ("don't", &[7]),
            ("quoted bracket", &[7]),
            ("nothing like this", &[]),
        ];
        for (words, expected) in cases {
            assert_eq!(find(&db, words).await, *expected, "{words}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_stands_within_a_run_without_spaces_is_found() {
    on_both(async |db| {
        let cast = fill(&db, UNSPACED).await;
        let cases: &[(&str, &[i64])] = &[
            // Chinese: from within, with other words beside it, and single letters.
            ("订单", &[1]),
            ("没有到", &[1]),
            ("手机壳", &[1]),
            ("iPhone手机", &[1]),
            ("订单 fj-204", &[1]),
            ("订单20417", &[1]),
            ("壳 订单", &[1]),
            ("单", &[1]),
            ("订手", &[]),
            ("订单 20418", &[]),
            // Japanese, however its marks are written.
            ("ランプ", &[2]),
            ("カ\u{3099}ラス", &[2]),
            ("割れて", &[2]),
            ("交換 FJ-20418", &[2]),
            ("交", &[2]),
            // Thai, also while a letter still lacks its mark.
            ("สินค้า", &[3]),
            ("สั่งซื้อ", &[3]),
            ("สั่งซื", &[3]),
            ("โคมไฟ nordlys", &[3]),
            ("nordlys สินค้า", &[3]),
            ("สินค้า lamp", &[]),
            // What others write is found as before.
            ("fj", &[3, 2, 1]),
            ("lamp 12", &[4]),
        ];
        for (words, expected) in cases {
            assert_eq!(find(&db, words).await, *expected, "{words}");
            let filters = Filters { text: (*words).into(), ..Filters::default() };
            let asked = Asked { filters: &filters, reader: cast.sam.id, now: NOW };
            let listed = saved_views::conversations(&db, asked, None, 50).await.unwrap();
            assert_eq!(listed.rows.iter().map(|talk| talk.number).collect::<Vec<_>>(), *expected, "{words}");
            let number = saved_views::count(&db, asked).await.unwrap();
            assert_eq!(number.found, i64::try_from(expected.len()).unwrap(), "{words}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_long_text_without_spaces_is_taken() {
    on_both(async |db| {
        // Hardly any two letters stand beside each other twice.
        let scattered = std::iter::successors(Some(1_u32), |number| {
            Some(number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223))
        });
        let letters = scattered.map(|number| char::from_u32(0x4e00 + (number >> 12) % 20_000).unwrap());
        let long: String = letters.take(200_000).collect();
        fill(&db, &[(1, long.as_str())]).await;
        let within: String = long.chars().skip(50_000).take(6).collect();
        assert_eq!(find(&db, &within).await, [1]);
    })
    .await;
}

#[tokio::test]
async fn hostile_input_is_only_words() {
    on_both(async |db| {
        fill(&db, TEXTS).await;
        let long = "x".repeat(100_000);
        let many = "order ".repeat(10_000);
        for words in [
            "",
            "   ",
            "'",
            "\"",
            "\\",
            "''''",
            "\"\"\"",
            "*",
            "order*",
            "^order",
            "order NEAR(",
            "content:",
            "facets : x",
            "NOT",
            "AND",
            "OR",
            "NEAR",
            "not order",
            "-order",
            "order:*",
            "order & !",
            "a | b",
            "<->",
            ":*",
            "\0",
            "or\0der",
            "😀",
            "½ ² ①",
            "ा",
            "\u{301}",
            "﷽",
            "ŉ",
            "%",
            "_",
            "$1",
            "); drop table messages; --",
            "channel inbound",
            &long,
            &many,
        ] {
            let found = search::conversations(&db, words, None, 50).await;
            assert!(found.is_ok(), "{words:.40}: {found:?}");
        }
        assert!(find(&db, "   ?!").await.is_empty());
        assert_eq!(find(&db, "order*").await, [1]);
        assert_eq!(find(&db, "; order' --").await, [1]);
        assert!(find(&db, "inbound").await.is_empty(), "what is kept for filtering is not found as text");
    })
    .await;
}

#[tokio::test]
async fn the_newest_hit_comes_first_and_a_conversation_once() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let rows: Vec<ConversationRow> = (1..=3).map(|number| cast.conversation(number)).collect();
        put(&db, &rows, &[]).await;
        for place in [0, 1, 2, 0, 0] {
            put(&db, &[], &[cast.message(&rows[place], "lantern")]).await;
        }
        assert_eq!(find(&db, "lantern").await, [1, 3, 2]);
        let page = search::conversations(&db, "lantern", None, 2).await.unwrap();
        assert_eq!(numbers(&page), [1, 3]);
        assert!(page.next.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_very_long_message_is_stored_and_found() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let row = cast.conversation(1);
        let words = (0..200_000).fold(String::new(), |words, word| words + "w" + &word.to_string() + " ");
        let wide: String = (0x20000..0x2A6D0).filter_map(char::from_u32).flat_map(|c| [c, ' ']).collect();
        let messages = [cast.message(&row, &words), cast.message(&row, &wide), cast.message(&row, &"y".repeat(3_000))];
        put(&db, &[row], &messages).await;
        assert_eq!(find(&db, "w17").await, [1]);
        assert_eq!(find(&db, "\u{20000}").await, [1]);
    })
    .await;
}

/// All pages, one after the other.
async fn paged(db: &Db, words: &str, size: i64) -> (Vec<i64>, usize) {
    let (mut all, mut pages, mut after) = (Vec::new(), 0, None);
    loop {
        let found = search::conversations(db, words, after, size).await.unwrap();
        assert!(found.conversations.len() <= usize::try_from(size).unwrap());
        all.extend(numbers(&found));
        pages += 1;
        after = found.next;
        // A cursor survives being a text.
        if let Some(cursor) = after {
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        } else {
            return (all, pages);
        }
    }
}

#[tokio::test]
async fn pages_go_through_all_hits_and_show_each_conversation_once() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let rows: Vec<ConversationRow> = (1..=1_300).map(|number| cast.conversation(number)).collect();
        // Twice around, so that every conversation has hits on two pages; a few without the word between.
        let mut messages = Vec::new();
        for round in 0..2 {
            for row in &rows {
                let words = if row.number % 10 == 0 { "compass" } else { "lantern" };
                messages.push(cast.message(row, &format!("{words} {round}")));
            }
        }
        put(&db, &rows, &messages).await;
        let expected: Vec<i64> = (1..=1_300).rev().filter(|number| number % 10 != 0).collect();
        for size in [7, 50, 1_170, 5_000] {
            let (all, pages) = paged(&db, "lantern", size).await;
            assert_eq!(all, expected, "{size}");
            assert!(pages >= expected.len() / usize::try_from(size).unwrap(), "{size}");
        }
        assert_eq!(paged(&db, "nothing of the kind", 50).await, (Vec::new(), 1));
    })
    .await;
}

#[tokio::test]
async fn what_comes_while_somebody_pages_moves_nothing_out_of_the_pages_behind() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let rows: Vec<ConversationRow> = (1..=4).map(|number| cast.conversation(number)).collect();
        put(&db, &rows, &rows.iter().map(|row| cast.message(row, "lantern")).collect::<Vec<_>>()).await;
        let first = search::conversations(&db, "lantern", None, 2).await.unwrap();
        assert_eq!(numbers(&first), [4, 3]);
        put(&db, &[], &[cast.message(&rows[0], "lantern again")]).await;
        let second = search::conversations(&db, "lantern", first.next, 2).await.unwrap();
        assert_eq!(numbers(&second), [2, 1], "the first conversation was not on the page before");
        assert_eq!(second.next, None);
    })
    .await;
}

#[tokio::test]
async fn one_conversation_with_all_the_hits_hides_nothing_behind_it() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let rows: Vec<ConversationRow> = (1..=2).map(|number| cast.conversation(number)).collect();
        let mut messages = vec![cast.message(&rows[0], "lantern")];
        messages.extend((0..12_000).map(|_| cast.message(&rows[1], "lantern")));
        put(&db, &rows, &messages).await;
        let first = search::conversations(&db, "lantern", None, 50).await.unwrap();
        assert_eq!(numbers(&first), [2]);
        assert!(first.next.is_some(), "work is bounded, and the page says that there is more");
        let (all, _) = paged(&db, "lantern", 50).await;
        assert_eq!(all, [2, 1]);
    })
    .await;
}

/// The next message is the one with this number.
async fn number_from(db: &Db, next: i64) {
    match db {
        Db::Sqlite { write, .. } => {
            sqlx::query("update sqlite_sequence set seq = $1 where name = 'messages'")
                .bind(next - 1)
                .execute(write)
                .await
                .unwrap();
        }
        Db::Postgres { write, .. } => {
            sqlx::query("select setval(pg_get_serial_sequence('messages', 'seq'), $1, false)")
                .bind(next)
                .execute(write)
                .await
                .unwrap();
        }
    }
}

#[tokio::test]
async fn what_lies_far_apart_is_found_in_turn() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let rows: Vec<ConversationRow> = (1..=9).map(|number| cast.conversation(number)).collect();
        put(&db, &rows, &[]).await;
        // On both sides of the borders of SQLite's parts, and further apart than one question goes.
        let far = [1, 32_767, 32_768, 65_535, 65_536, 1 << 21, (1 << 21) + 40_000, 1 << 26];
        for (row, next) in rows.iter().zip(far) {
            number_from(&db, next).await;
            put(&db, &[], &[cast.message(row, "a lantern of brass")]).await;
        }
        put(&db, &[], &[cast.message(&rows[8], "a lamp"), cast.message(&rows[0], "a lantern of wood")]).await;
        assert_eq!(find(&db, "lantern").await, [1, 8, 7, 6, 5, 4, 3, 2]);
        assert_eq!(find(&db, "lantern bra").await, [8, 7, 6, 5, 4, 3, 2, 1]);
        assert_eq!(find(&db, "la").await, [1, 9, 8, 7, 6, 5, 4, 3, 2]);
        for size in [1, 3] {
            assert_eq!(paged(&db, "lantern", size).await.0, [1, 8, 7, 6, 5, 4, 3, 2], "{size}");
        }
        assert!(find(&db, "0000lantern").await.is_empty() && find(&db, "lanterna").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_cursor_that_nobody_was_given_costs_nothing() {
    on_both(async |db| {
        fill(&db, TEXTS).await;
        for (below, found) in [(i64::MAX, 1), (i64::MIN, 0), (0, 0), (-7, 0)] {
            for newest in [i64::MIN, 0, i64::MAX] {
                let after = format!("{below}.{newest}").parse().unwrap();
                let page = search::conversations(&db, "order", Some(after), 50).await.unwrap();
                assert!(page.conversations.len() <= found, "{below} {newest}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_is_named_later_is_found_by_the_name() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let row = cast.conversation(1);
        let unnamed = NewMessage { sender_name: String::new(), ..cast.message(&row, "Where is my lamp?") };
        put(&db, &[row], &[unnamed]).await;
        assert!(find(&db, "ana").await.is_empty());
        let is_named =
            write(&db, async |tx| contacts::set_name(tx, cast.sofie, ("Sofie Keller", "Ana Sol")).await).await;
        assert!(is_named);
        assert_eq!(find(&db, "ana sol").await, [1]);
        assert_eq!(find(&db, "lamp ana").await, [1], "with what was written");
    })
    .await;
}
