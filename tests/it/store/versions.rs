//! Versions of policies, voices and reply templates.

use resolute::model::Ts;
use resolute::model::version::Version;
use resolute::store::reply_templates::NewText;
use resolute::store::versions::{self, Kind, NewVersion};
use resolute::store::{Db, reply_templates};
use serde_json::{Value, json};

use crate::support::cast::{Cast, NOW, at};
use crate::support::stores::{on_both, write};

fn version(cast: &Cast, document: Value, effective_from: Option<Ts>) -> NewVersion {
    NewVersion {
        id: cast.clock.new_id(),
        brand_id: cast.brand.id,
        document,
        summary: "é 'summary' 😀".into(),
        author_id: Some(cast.noor.id),
        effective_from,
        created_at: NOW,
    }
}

async fn insert(db: &Db, kind: Kind, new: &NewVersion) -> i64 {
    write(db, async |tx| versions::insert(tx, kind, new).await).await
}

async fn in_force(db: &Db, cast: &Cast, kind: Kind, moment: Ts) -> Option<i64> {
    versions::in_force(db, kind, cast.brand.id, moment).await.unwrap().map(|version| version.version)
}

#[tokio::test]
async fn versions_count_up_and_each_is_in_force_from_its_time() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        for kind in [Kind::Policy, Kind::Voice] {
            assert_eq!(in_force(&db, &cast, kind, NOW).await, None);
            let first = version(&cast, json!({ "rules": [1.5, null, "é"] }), Some(at(0)));
            assert_eq!(insert(&db, kind, &first).await, 1);
            assert_eq!(insert(&db, kind, &version(&cast, json!(2), Some(at(100)))).await, 2);
            assert_eq!(insert(&db, kind, &version(&cast, json!(3), Some(at(50)))).await, 3);
            for (seconds, expected) in [(-1, None), (0, Some(1)), (49, Some(1)), (50, Some(3)), (100, Some(2))] {
                assert_eq!(in_force(&db, &cast, kind, at(seconds)).await, expected, "{seconds}");
            }
            let found = versions::find(&db, kind, cast.brand.id, 1).await.unwrap().unwrap();
            assert_eq!((found.id, found.document.0, found.published), (first.id, first.document, true));
            assert_eq!((found.summary.as_str(), found.author_id), ("é 'summary' 😀", Some(cast.noor.id)));
            assert!(versions::find(&db, kind, cast.brand.id, 9).await.unwrap().is_none());
            let listed = versions::list(&db, kind, cast.brand.id).await.unwrap();
            assert_eq!(listed.iter().map(|version| version.version).collect::<Vec<_>>(), [3, 2, 1]);
            assert!(versions::list(&db, kind, cast.clock.new_id()).await.unwrap().is_empty());
        }
    })
    .await;
}

#[tokio::test]
async fn a_draft_is_changed_published_or_thrown_away_and_then_stands() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let brand = cast.brand.id;
        for kind in [Kind::Policy, Kind::Voice] {
            insert(&db, kind, &version(&cast, json!(1), Some(NOW))).await;
            assert!(versions::draft(&db, kind, brand).await.unwrap().is_none());
            let draft = version(&cast, json!("old"), None);
            insert(&db, kind, &draft).await;
            let change = async |seen: &Version, document: Value| {
                let by = (cast.noor.id, at(5));
                write(&db, async |tx| versions::update_draft(tx, kind, seen, &document, by).await).await
            };
            let seen = versions::draft(&db, kind, brand).await.unwrap().unwrap();
            assert!(change(&seen, json!("new")).await);
            assert!(!change(&seen, json!("by somebody who saw the old one")).await);
            let publish = async |seen: &Version, words: &'static str| {
                write(&db, async |tx| versions::publish(tx, kind, seen, words, at(10)).await).await
            };
            assert!(!publish(&seen, "not what was looked at").await);
            let found = versions::draft(&db, kind, brand).await.unwrap().unwrap();
            assert_eq!((&found.document.0, found.created_at, found.published), (&json!("new"), at(5), false));
            assert_eq!(in_force(&db, &cast, kind, at(99)).await, Some(1), "a draft is never in force");

            assert!(publish(&found, "shorter").await);
            assert_eq!(in_force(&db, &cast, kind, at(10)).await, Some(2));
            assert!(!change(&found, json!("after the fact")).await);
            assert!(!publish(&found, "again").await);
            let standing = versions::find(&db, kind, brand, 2).await.unwrap().unwrap();
            assert_eq!((standing.document.0, standing.summary.as_str()), (json!("new"), "shorter"));
            assert_eq!(standing.effective_from, Some(at(10)));

            insert(&db, kind, &version(&cast, json!("third"), None)).await;
            write(&db, async |tx| versions::delete_draft(tx, kind, brand).await).await;
            assert!(versions::draft(&db, kind, brand).await.unwrap().is_none());
            assert_eq!(versions::list(&db, kind, brand).await.unwrap().len(), 2);
        }
    })
    .await;
}

#[tokio::test]
async fn reply_templates_have_versions_and_the_newest_counts() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let brand = cast.brand.id;
        assert!(reply_templates::list_current(&db, brand).await.unwrap().is_empty());
        for (name, locale, body, before, kept) in [
            ("refund", "en", "first", 0, true),
            ("refund", "en", "late to the party", 0, false),
            ("refund", "en", "second 'é' {{ name }}", 1, true),
            ("refund", "de", "erster", 0, true),
            ("late", "en", "sorry", 0, true),
            ("late", "en", "", 1, true),
        ] {
            let new = NewText {
                id: cast.clock.new_id(),
                brand_id: brand,
                name,
                locale,
                body,
                summary: "é 'summary'",
                author_id: Some(cast.noor.id),
                created_at: NOW,
            };
            let done = write(&db, async |tx| reply_templates::insert(tx, &new, before).await).await;
            assert_eq!(done, kept, "{body}");
        }
        let current = reply_templates::list_current(&db, brand).await.unwrap();
        let shown: Vec<(&str, &str, i64, &str)> = current
            .iter()
            .map(|row| (row.name.as_str(), row.locale.as_str(), row.version, row.body.as_str()))
            .collect();
        let expected =
            [("late", "en", 2, ""), ("refund", "de", 1, "erster"), ("refund", "en", 2, "second 'é' {{ name }}")];
        assert_eq!(shown, expected);
        let versions = reply_templates::versions(&db, brand, "refund", "en").await.unwrap();
        let shown: Vec<_> = versions.iter().map(|row| (row.version, row.document.0.clone())).collect();
        assert_eq!(shown, [(2, json!("second 'é' {{ name }}")), (1, json!("first"))]);
        assert_eq!((versions[0].summary.as_str(), versions[0].author_id), ("é 'summary'", Some(cast.noor.id)));
        assert!(versions[0].published && versions[0].effective_from == Some(NOW));
        assert!(reply_templates::list_current(&db, cast.clock.new_id()).await.unwrap().is_empty());
    })
    .await;
}
