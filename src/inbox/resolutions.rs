//! A closed case is watched until it is known whether it was solved. One whose promise does not show in the shop is opened by
//! itself; no customer hears of that.

use serde_json::json;

use super::Inbox;
use super::notify::{News, tell};
use crate::model::action::Promised;
use crate::model::conversation::{Conversation, ConversationStatus};
use crate::model::event::EventKind;
use crate::model::resolution::{Facts, Outcome, Resolution};
use crate::model::{BrandId, ConversationId, Ts};
use crate::store::resolutions::{self, Word};
use crate::store::{self, Tx, actions, answer_times, brands, conversations, intake, teammates};

/// Watches conversations that have just been closed, all at one moment. The caller commits.
pub(super) async fn begin(tx: &mut Tx, closed: &[Conversation]) -> store::Result<()> {
    let Some(resolved_at) = closed.first().and_then(|talk| talk.resolved_at) else { return Ok(()) };
    let mut owners: Vec<BrandId> = closed.iter().map(|talk| talk.brand_id).collect();
    owners.sort_unstable();
    owners.dedup();
    for brand in owners {
        let times = answer_times::of_brand_in(tx, brand).await?;
        let ids: Vec<ConversationId> =
            closed.iter().filter(|talk| talk.brand_id == brand).map(|talk| talk.id).collect();
        resolutions::begin(tx, &ids, resolved_at, resolved_at.plus(times.settled_after())).await?;
    }
    Ok(())
}

/// A closed case, as it is looked at.
#[derive(Clone, Debug)]
pub struct Case {
    /// The conversation that it is now.
    pub conversation: Conversation,
    /// What was asked for in shops.
    pub promised: Vec<Promised>,
    /// What was written since our last answer, until it was closed.
    pub before: Vec<Word>,
    /// What was written in it since it was closed, while it was watched.
    pub since: Vec<Word>,
    /// What its customer wrote anywhere in that time.
    pub anywhere: Vec<Word>,
    /// Names that may be said in thanks.
    pub names: Vec<String>,
}

/// Reads what is to be known of a closed case; `None` where it is gone.
pub async fn read(inbox: &Inbox, case: &Resolution) -> store::Result<Option<Case>> {
    let db = &inbox.db;
    let Some(row) = conversations::find(db, case.conversation_id).await? else { return Ok(None) };
    let Some(conversation) = conversations::find_merged(db, row.number).await? else { return Ok(None) };
    let watched = (case.resolved_at, case.until_at);
    let since = resolutions::list_words_in_case(db, conversation.id, watched).await?;
    let anywhere = resolutions::list_words_of_person(db, conversation.contact_id, watched).await?;
    let before = match resolutions::answered_at(db, conversation.id, case.resolved_at).await? {
        Some(answered) => resolutions::list_words_in_case(db, conversation.id, (answered, case.resolved_at)).await?,
        None => Vec::new(),
    };
    let settled = resolutions::settled_before(db, case).await?;
    let promised = actions::list_promised(db, conversation.id, settled).await?;
    let brand = brands::get(db, case.brand_id).await?;
    let team = teammates::list(db).await?;
    let ours = [conversation.contact_name.clone(), brand.name];
    let names = ours.into_iter().chain(team.into_iter().map(|person| person.name)).collect();
    Ok(Some(Case { conversation, promised, before, since, anywhere, names }))
}

/// Notes what became of a case, by what was found at a look. One whose promise does not show is open again, and whoever has it
/// is told.
pub async fn judge(inbox: &Inbox, case: &Resolution, mut facts: Facts) -> store::Result<()> {
    let now = inbox.clock.now();
    let mut tx = inbox.db.begin().await?;
    let mut conversation = conversations::lock(&mut tx, case.conversation_id).await?;
    facts.is_resolved = conversation.status == ConversationStatus::Resolved;
    let outcome = facts.judged(case.until_at, now);
    // The one that came later tells of both, unless the customer came back in between.
    if outcome != Some(Outcome::Returned) && resolutions::has_later(&mut tx, case).await? {
        resolutions::forget(&mut tx, case).await?;
        return tx.commit().await;
    }
    match outcome {
        None => resolutions::put_off(&mut tx, case, facts.next_look(case.until_at, now)).await?,
        Some(outcome) => {
            if resolutions::judge(&mut tx, case, outcome, now).await? {
                say(inbox, &mut tx, &mut conversation, case, (outcome, &facts)).await?;
            }
        }
    }
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}

/// Says on the timeline what became of a case.
async fn say(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &mut Conversation,
    case: &Resolution,
    (outcome, facts): (Outcome, &Facts),
) -> store::Result<()> {
    let data = json!({ "outcome": outcome, "days": case.days(), "promises": facts.promises });
    let event = inbox.event(conversation, EventKind::ResolutionJudged, "system", data);
    intake::insert_events(tx, &[event]).await?;
    if outcome != Outcome::Unmet {
        return Ok(());
    }
    let times = answer_times::of_brand_in(tx, conversation.brand_id).await?;
    conversation.open_again(&times, false, inbox.clock.now());
    conversation.unread = true;
    conversations::update(tx, conversation).await?;
    inbox.note(tx, conversation, EventKind::Reopened, "system").await?;
    tell(inbox, tx, &[News::unmet(conversation)]).await
}

/// Looks at a case later that could not be looked at now.
pub async fn put_off(inbox: &Inbox, case: &Resolution, look_at: Ts) -> store::Result<()> {
    let mut tx = inbox.db.begin().await?;
    resolutions::put_off(&mut tx, case, look_at).await?;
    tx.commit().await
}
