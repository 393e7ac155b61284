//! Shop identities.

use resolute::model::brand::{AgentLevel, Brand};
use resolute::store::{Error, brands};

use crate::support::cast::Cast;
use crate::support::stores::{on_both, write};

#[tokio::test]
async fn brands_come_back_by_name() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let second = Brand {
            id: cast.clock.new_id(),
            slug: "aurora".into(),
            name: "Aurora 'é'".into(),
            hue: 0,
            order_pattern: r"#W\d{6}".into(),
            agent_level: AgentLevel::Off,
            ..cast.brand.clone()
        };
        write(&db, async |tx| brands::insert(tx, &second).await).await;
        let listed = brands::list(&db).await.unwrap();
        assert_eq!(format!("{listed:?}"), format!("{:?}", [&second, &cast.brand]));
        assert_eq!(format!("{:?}", brands::get(&db, second.id).await.unwrap()), format!("{second:?}"));
        assert!(matches!(brands::get(&db, cast.clock.new_id()).await, Err(Error::NotFound)));

        let busier = Brand { agent_level: AgentLevel::Auto, ..second.clone() };
        write(&db, async |tx| brands::update(tx, &busier).await).await;
        assert_eq!(brands::get(&db, second.id).await.unwrap().agent_level, AgentLevel::Auto);
        assert_eq!(brands::get(&db, cast.brand.id).await.unwrap().agent_level, AgentLevel::Approve);
    })
    .await;
}

#[tokio::test]
async fn a_slug_is_given_once() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let mut tx = db.begin().await.unwrap();
        let twice = Brand { id: cast.clock.new_id(), ..cast.brand.clone() };
        assert!(matches!(brands::insert(&mut tx, &twice).await, Err(Error::Duplicate)));
    })
    .await;
}
