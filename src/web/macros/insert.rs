//! A macro put into a composer: its text filled in for the conversation, its steps as they would be done now.

use super::Inserted;
use crate::app::Desk;
use crate::inbox::contained::facts;
use crate::inbox::macros::{asked_now, variables};
use crate::model::conversation::Conversation;
use crate::model::draft::ProposedAction;
use crate::model::macros::Macro;
use crate::model::order::KnownOrder;
use crate::model::teammate::Teammate;
use crate::store::brands;
use crate::voice::texts;
use crate::web::error::Result;
use crate::web::format::amounts;
use crate::web::parts::Notice;

/// Fills it in for the reader.
pub(in crate::web) async fn insert(
    desk: &Desk,
    one: &Macro,
    (conversation, orders, team): (&Conversation, &[KnownOrder], &[Teammate]),
    reader: &Teammate,
) -> Result<Inserted> {
    let brand = brands::get(&desk.db, conversation.brand_id).await?;
    let (known, speaks_of) = facts(&desk.db, conversation, orders).await?;
    let (language, source) = one.text_for(&conversation.language, &brand.locale);
    let values = variables(&known, &brand, &speaks_of, (reader.first_name(), language));
    let filled = texts::fill_with_gaps(source, &texts::MACRO, &values);
    let asked = match one.document.steps.order {
        Some(step) => Some(asked_now(&desk.db, step, orders, desk.clock.now()).await?),
        None => None,
    };
    let order = asked.as_ref().and_then(|asked| asked.as_ref().ok()).map(ProposedAction::as_shown);
    let asked = asked.map(|asked| asked.map(|it| amounts(&it.label)).map_err(|reason| amounts(&reason)));
    let mut inserted = Inserted::new(one, team, asked);
    inserted.order = order.unwrap_or_default();
    if filled.is_err() {
        inserted.notice = Some(Notice::bad("The text of this macro does not hold.", "Mend it under Macros."));
    }
    let gap = filled.as_ref().ok().and_then(|text| texts::gap_in(text, &texts::MACRO));
    if let Some(gap) = gap {
        let words = "It is not known here. Write there what belongs there; until then it is not sent.";
        inserted.gap = Some(Notice::warn(format!("The text says “{gap}”."), words));
    }
    inserted.text = filled.unwrap_or_default();
    inserted.choices = one.choices_in(language).to_vec();
    Ok(inserted)
}
