//! Tells teammates what concerns them, in the transaction of what happened; by mail whoever wants it so.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use channel_contract::failure::ChannelFailure;
use channel_contract::outbound::Outbound;

use super::{Inbox, is_chat_kind, sending};
use crate::clock::Clock;
use crate::model::channel::{Channel, ChannelKind, ChannelState, letterbox};
use crate::model::conversation::{AgentState, Conversation, ConversationStatus};
use crate::model::job::JobKind;
use crate::model::message::{Message, MessageAuthor};
use crate::model::notification::NotificationKind;
use crate::model::teammate::Teammate;
use crate::model::{BrandId, ConversationId, NotificationId, TeammateId, Ts};
use crate::store::intake::NewEvent;
use crate::store::jobs::{self, NewJob};
use crate::store::notifications::{self, Due, Letter, NewNotification};
use crate::store::teammates::{self, Presence};
use crate::store::{self, Tx, channels};

/// How long a person has to see it in the desk before it goes by mail.
const SEEN_FIRST: Duration = Duration::from_secs(30);
/// So many mails go to one person within an hour; the rest waits in the desk.
const MOST_MAILS: i64 = 30;
/// So many conversations that are given at once are told one by one.
const TOLD_EACH: i64 = 5;
/// How long a mail waits for a paused or broken mailbox before it looks again.
const PARKED: Duration = Duration::from_secs(30);
/// Why a mail waits whose mailbox lets nobody in.
pub(super) const REFUSED: &str = "the provider refused the sign-in";
const HOUR: Duration = Duration::from_hours(1);

/// News for teammates about one conversation.
#[derive(Clone, Debug)]
pub struct News<'a> {
    /// Where it happened.
    pub conversation: ConversationId,
    /// Who did it, as a name.
    pub actor: &'a str,
    /// Who did it, if a teammate: they know.
    pub by: Option<TeammateId>,
    /// Who is told, and why; each person once, for the first reason.
    pub to: Vec<(TeammateId, NotificationKind)>,
    /// Whether followers are told, and why.
    pub followers: Option<NotificationKind>,
    /// How many conversations it is about.
    pub count: i64,
}

impl<'a> News<'a> {
    /// A customer wrote: whoever has the conversation is told.
    pub(super) fn received(event: &'a NewEvent, owners: &HashMap<ConversationId, TeammateId>) -> Option<Self> {
        let conversation = event.conversation_id?;
        let owner = owners.get(&conversation).copied();
        Some(Self {
            conversation,
            actor: &event.actor,
            by: None,
            to: owner.into_iter().map(|person| (person, NotificationKind::Answered)).collect(),
            followers: Some(NotificationKind::Followed),
            count: 1,
        })
    }

    /// A customer in a chat waits for a person. Who was `told` of it and has not read it knows.
    fn wanted(conversation: &Conversation, team: &[Presence], told: &[(ConversationId, TeammateId)]) -> Self {
        let wanted = who_is_wanted(team, conversation.assignee_id).into_iter();
        Self {
            conversation: conversation.id,
            actor: "",
            by: None,
            to: wanted
                .filter(|person| !told.contains(&(conversation.id, *person)))
                .map(|person| (person, NotificationKind::Wanted))
                .collect(),
            followers: None,
            count: 1,
        }
    }

    /// A reply waits for a person again, or came back.
    fn unsent(conversation: &Conversation, reply: &Message) -> Self {
        let to = conversation.assignee_id.into_iter().chain(reply.teammate_id);
        Self {
            conversation: conversation.id,
            actor: "",
            by: None,
            to: to.map(|person| (person, NotificationKind::Unsent)).collect(),
            followers: Some(NotificationKind::Unsent),
            count: 1,
        }
    }

    /// A conversation that slept is awake.
    pub(super) fn woken(conversation: &Conversation) -> Self {
        let owner = conversation.assignee_id.into_iter();
        Self {
            conversation: conversation.id,
            actor: "",
            by: None,
            to: owner.map(|person| (person, NotificationKind::Woken)).collect(),
            followers: None,
            count: 1,
        }
    }

    /// What was promised in a closed case does not show in the shop.
    pub(super) fn unmet(conversation: &Conversation) -> Self {
        Self {
            conversation: conversation.id,
            actor: "",
            by: None,
            to: conversation.assignee_id.into_iter().map(|person| (person, NotificationKind::Unmet)).collect(),
            followers: Some(NotificationKind::Unmet),
            count: 1,
        }
    }

    /// A conversation was given to whoever has it now.
    pub(super) fn given(conversation: &Conversation, by: &'a Teammate) -> Self {
        let to = conversation.assignee_id.map(|person| (person, NotificationKind::Assigned));
        Self {
            conversation: conversation.id,
            actor: &by.name,
            by: Some(by.id),
            to: to.into_iter().collect(),
            followers: None,
            count: 1,
        }
    }

    /// Several were given at once to whoever has them now: of a few each is told, of more the first one for all.
    fn given_at_once(conversations: &[&Conversation], by: &'a Teammate) -> Vec<Self> {
        let each = conversations.iter().map(|talk| Self::given(talk, by));
        match i64::try_from(conversations.len()) {
            Ok(count) if count > TOLD_EACH => each
                .take(1)
                .map(|news| {
                    let to = news.to.into_iter().map(|(person, _)| (person, NotificationKind::AssignedSeveral));
                    Self { to: to.collect(), count, ..news }
                })
                .collect(),
            _ => each.collect(),
        }
    }
}

/// Who is told that a customer waits for a person: who has the conversation where they are there, or else all who are, or
/// everybody where nobody is.
fn who_is_wanted(team: &[Presence], owner: Option<TeammateId>) -> Vec<TeammateId> {
    let here: Vec<TeammateId> = team.iter().filter(|one| one.is_here).map(|one| one.id).collect();
    match owner.filter(|owner| here.contains(owner)) {
        Some(owner) => vec![owner],
        None if here.is_empty() => team.iter().map(|one| one.id).collect(),
        None => here,
    }
}

/// Whether a customer sits in a chat before whom the agent keeps out, and nobody has answered since.
fn waits_in_chat(talk: &Conversation) -> bool {
    let is_for_people = talk.taken_over || talk.agent_state == AgentState::HandedOff;
    is_chat_kind(&talk.channel_kind) && talk.status == ConversationStatus::Open && is_for_people
}

/// Customers in these chats wait for a person: whoever can come to them is told, but for `by`, who knows. Gives those who were
/// not told before. They are locked.
pub(super) async fn tell_wanted(
    clock: &Clock,
    tx: &mut Tx,
    chats: &[&Conversation],
    by: Option<TeammateId>,
) -> store::Result<Vec<TeammateId>> {
    if chats.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<ConversationId> = chats.iter().map(|chat| chat.id).collect();
    let told = notifications::list_wanted(tx, &ids).await?;
    let team = teammates::list_presence(tx).await?;
    let news: Vec<News<'_>> = chats.iter().map(|chat| News { by, ..News::wanted(chat, &team, &told) }).collect();
    tell_at(clock, tx, &news).await?;
    let told = news.iter().flat_map(|one| &one.to).map(|(person, _)| *person);
    Ok(told.filter(|person| by != Some(*person)).collect())
}

/// Others have these conversations than before, or they are no longer put away. What was told of a customer who waits there is
/// read where somebody has it, and told to whom it is for now.
pub(super) async fn tell_wanted_anew(
    inbox: &Inbox,
    tx: &mut Tx,
    talks: &[&Conversation],
    by: &Teammate,
) -> store::Result<()> {
    let theirs: Vec<ConversationId> =
        talks.iter().filter(|talk| talk.assignee_id.is_some()).map(|talk| talk.id).collect();
    notifications::read_wanted(tx, &theirs, inbox.clock.now()).await?;
    let waiting: Vec<&Conversation> = talks.iter().copied().filter(|talk| waits_in_chat(talk)).collect();
    tell_wanted(&inbox.clock, tx, &waiting, Some(by.id)).await?;
    Ok(())
}

/// These were given to whoever has them now, who is told, or to nobody: then who waits there for a person is made known anew.
pub(super) async fn tell_given(inbox: &Inbox, tx: &mut Tx, talks: &[Conversation], by: &Teammate) -> store::Result<()> {
    let (given, left): (Vec<_>, Vec<_>) = talks.iter().partition(|talk| talk.assignee_id.is_some());
    let ids: Vec<ConversationId> = given.iter().map(|talk| talk.id).collect();
    notifications::read_wanted(tx, &ids, inbox.clock.now()).await?;
    tell(inbox, tx, &News::given_at_once(&given, by)).await?;
    tell_wanted_anew(inbox, tx, &left, by).await
}

/// A reply waits for a person again, or came back. Behind one of the agent's in a chat its customer waits for a person.
pub(super) async fn tell_unsent(
    clock: &Clock,
    tx: &mut Tx,
    conversation: &Conversation,
    reply: &Message,
) -> store::Result<()> {
    tell_at(clock, tx, &[News::unsent(conversation, reply)]).await?;
    if reply.author == MessageAuthor::Agent && is_chat_kind(&conversation.channel_kind) {
        tell_wanted(clock, tx, &[conversation], None).await?;
    }
    Ok(())
}

/// Tells them.
pub(super) async fn tell(inbox: &Inbox, tx: &mut Tx, all: &[News<'_>]) -> store::Result<()> {
    tell_at(&inbox.clock, tx, all).await
}

/// The same for who has no more than a clock.
pub(super) async fn tell_at(clock: &Clock, tx: &mut Tx, all: &[News<'_>]) -> store::Result<()> {
    let now = clock.now();
    let followed: Vec<_> = all.iter().filter(|news| news.followers.is_some()).map(|news| news.conversation).collect();
    let followers = notifications::followers(tx, &followed).await?;
    let mut rows = Vec::new();
    for news in all {
        let mut told: HashSet<TeammateId> = news.by.into_iter().collect();
        let of = |kind| {
            followers
                .iter()
                .filter(|row| row.conversation_id == news.conversation)
                .map(move |row| (row.teammate_id, kind))
        };
        let followers = news.followers.into_iter().flat_map(of);
        for (teammate_id, kind) in news.to.iter().copied().chain(followers) {
            if told.insert(teammate_id) {
                rows.push(NewNotification {
                    id: clock.new_id(),
                    teammate_id,
                    conversation_id: news.conversation,
                    kind,
                    actor: news.actor.to_owned(),
                    count: news.count,
                    created_at: now,
                });
            }
        }
    }
    let due = notifications::insert(tx, &rows).await?;
    mail_later(clock, tx, &due).await
}

/// Those of which a mail is due go by mail, unless they are read before.
pub(super) async fn mail_later(clock: &Clock, tx: &mut Tx, due: &[Due]) -> store::Result<()> {
    let now = clock.now();
    let work: Vec<NewJob> = due
        .iter()
        .map(|due| NewJob {
            conversation_id: Some(due.conversation_id),
            dedup_key: Some(due.id.to_string()),
            ..NewJob::about(clock.new_id(), JobKind::NotifyByMail, "notification", &due.id, now.plus(SEEN_FIRST))
        })
        .collect();
    jobs::enqueue(tx, &work).await
}

/// What became of a mail.
#[derive(Debug)]
pub enum Mailed {
    /// It is done, or there is nothing to do: the caller ends the job with this.
    Done(Tx),
    /// Its mailbox takes nothing now, and this is why: it waits.
    Waits(String),
    /// It may work later.
    Retry(String),
}

/// When a mail that waits looks at its mailbox again.
pub fn looks_again(now: Ts) -> Ts {
    now.plus(PARKED)
}

/// Why a mailbox takes nothing at this moment.
pub(super) fn why_shut(inbox: &Inbox, mailbox: &Channel, now: Ts) -> Option<&'static str> {
    if mailbox.state == ChannelState::Paused {
        Some("the mailbox is paused")
    } else if inbox.connections.refusals.keep_waiting(mailbox, now) {
        Some(REFUSED)
    } else {
        None
    }
}

/// Sends the mail about a notification, once: one that was cut off in between is not repeated. It waits for a mailbox that
/// has trouble; where the brand has none, there is no mail.
pub async fn mail(inbox: &Inbox, id: NotificationId, public_url: &str) -> store::Result<Mailed> {
    let letter = notifications::find_letter(&inbox.db, id).await?;
    let Some(letter) = letter.filter(|letter| letter.mail == "due") else {
        return Ok(Mailed::Done(inbox.db.begin().await?));
    };
    let now = inbox.clock.now();
    let sent = notifications::count_mailed(&inbox.db, letter.notification.teammate_id, now.minus(HOUR)).await?;
    let all = channels::list(&inbox.db).await?;
    let own = inbox.connections.own().await?;
    let needless = letter.notification.read_at.is_some() || !letter.living || sent >= MOST_MAILS;
    let mailbox = letterbox(&all, letter.brand_id);
    let Some(mailbox) = mailbox.filter(|_| !needless && !own.addresses.contains(&letter.email)) else {
        let mut tx = inbox.db.begin().await?;
        notifications::set_mail(&mut tx, id, ("due", "skipped"), None).await?;
        return Ok(Mailed::Done(tx));
    };
    if let Some(why) = why_shut(inbox, mailbox, now) {
        return Ok(Mailed::Waits(why.to_owned()));
    }
    let connection = match inbox.connections.get(mailbox.id).await {
        Ok(connection) => connection,
        Err(error) => return Ok(Mailed::Retry(error.to_string())),
    };
    let mut tx = inbox.db.begin().await?;
    if !notifications::set_mail(&mut tx, id, ("due", "sending"), Some(now)).await? {
        return Ok(Mailed::Done(tx));
    }
    // What customers are answered knocks at the same door: no turn is taken that is not used, or not given back.
    if !inbox.connections.refusals.may_knock(mailbox, now) {
        return Ok(Mailed::Waits(REFUSED.to_owned()));
    }
    tx.commit().await?;
    let outcome =
        connection.adapter.send(&outbound(&letter, &connection.brand.name, public_url, inbox.clock.now())).await;
    inbox.connections.keep_renewed(&connection).await;
    if !matches!(outcome, Err(ChannelFailure::Reconnect { .. })) {
        inbox.connections.refusals.end(mailbox.id);
    }
    let mut tx = inbox.db.begin().await?;
    match outcome {
        Ok(_) => {
            notifications::set_mail(&mut tx, id, ("sending", "sent"), Some(now)).await?;
            sending::worked(inbox, &mut tx, mailbox).await?;
        }
        Err(ChannelFailure::Retry { reason, .. }) => {
            notifications::set_mail(&mut tx, id, ("sending", "due"), None).await?;
            tx.commit().await?;
            return Ok(Mailed::Retry(reason));
        }
        Err(ChannelFailure::Reconnect { reason }) => {
            notifications::set_mail(&mut tx, id, ("sending", "due"), None).await?;
            tx.commit().await?;
            sending::refused(inbox, mailbox.id, &reason).await?;
            return Ok(Mailed::Waits(reason));
        }
        Err(failure) => {
            tracing::warn!(%failure, notification = %id, "a teammate could not be told by mail");
            notifications::set_mail(&mut tx, id, ("sending", "failed"), Some(now)).await?;
        }
    }
    Ok(Mailed::Done(tx))
}

/// A connected mailbox of a brand.
pub async fn mailbox_of(inbox: &Inbox, brand: BrandId) -> store::Result<Option<Channel>> {
    let all = channels::list(&inbox.db).await?;
    let fits = |row: &Channel| {
        row.brand_id == brand && row.channel_kind() == ChannelKind::Email && row.state == ChannelState::Connected
    };
    Ok(all.into_iter().find(fits))
}

/// The mail: what happened, of whom, in a line; nothing that the customer wrote beyond that.
fn outbound(letter: &Letter, brand: &str, public_url: &str, now: Ts) -> Outbound {
    let Letter { notification, email, name, .. } = letter;
    let what = words(notification.kind, &notification.actor, notification.count);
    let place = format!("#{} with {}", notification.number, notification.contact_name);
    let link = if public_url.is_empty() {
        "Open the desk to see it.".to_owned()
    } else {
        format!("{public_url}/conversations/{}", notification.number)
    };
    Outbound {
        to: vec![email.clone()],
        to_name: name.clone(),
        from_name: format!("{brand}, the desk"),
        subject: format!("{what}: {place}"),
        text: format!(
            "{what}.\n\n{place}: {}\n\n{link}\n\nNobody reads answers to this mail. What you are told by mail is set in the desk, under Notifications.",
            notification.gist
        ),
        ..Outbound::letter(notification.id.0, now.datetime())
    }
}

/// What happened, in words.
pub fn words(kind: NotificationKind, actor: &str, count: i64) -> String {
    match kind {
        NotificationKind::Mention => format!("{actor} mentions you in a note"),
        NotificationKind::Wanted => "A customer in a chat waits for a person".to_owned(),
        NotificationKind::Assigned => format!("{actor} gave you a conversation"),
        NotificationKind::AssignedSeveral => format!("{actor} gave you {count} conversations"),
        NotificationKind::Woken => "A conversation of yours is awake again".to_owned(),
        NotificationKind::Overdue => "An answer is overdue".to_owned(),
        NotificationKind::Unsent => "A reply is held or came back".to_owned(),
        NotificationKind::Unmet => "The shop does not show what was promised".to_owned(),
        NotificationKind::Answered => format!("{actor} wrote in a conversation of yours"),
        NotificationKind::Followed => format!("{actor} wrote in a conversation that you follow"),
    }
}
