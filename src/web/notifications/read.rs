//! Reading notifications, choosing mails, following conversations.

use actix_web::{HttpRequest, HttpResponse, web};

use super::NotificationsPage;
use crate::app::Desk;
use crate::model::channel::ChannelKind;
use crate::model::conversation::Conversation;
use crate::model::notification::NotificationKind;
use crate::model::teammate::Teammate;
use crate::store::{channels, notifications};
use crate::web::conversations::show::find;
use crate::web::error::Result;
use crate::web::flash::{Back, Tone, back_to, back_with};
use crate::web::frame::{page, shown};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::Place;

const HERE: &str = "/notifications";
/// The newest that are shown.
const MOST: i64 = 100;

/// `GET /notifications`
pub async fn show(desk: web::Data<Desk>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse> {
    let all = notifications::list(&desk.db, who.teammate.id, MOST).await?;
    let wishes = notifications::mail_wishes(&desk.db, who.teammate.id).await?;
    let has_mailbox = channels::list(&desk.db).await?.iter().any(|row| row.channel_kind() == ChannelKind::Email);
    let frame = page(&desk, &request, &who, Place::Notifications, None).await?;
    shown(&request, &NotificationsPage::new(frame, &all, &wishes, has_mailbox))
}

/// `POST /notifications/reading`: everything was read.
pub async fn read_all(desk: web::Data<Desk>, posted: Posted<Back>) -> Result<HttpResponse> {
    let mut tx = desk.db.begin().await?;
    notifications::read_all(&mut tx, posted.by.id, desk.clock.now()).await?;
    tx.commit().await?;
    Ok(back_to(HERE))
}

/// `POST /notifications/mails`: of what the person is told by mail.
pub async fn choose(desk: web::Data<Desk>, posted: Posted<Vec<(String, String)>>) -> Result<HttpResponse> {
    let chosen = |kind: &NotificationKind| posted.form.iter().any(|(name, _)| name == kind.as_str());
    let kinds: Vec<_> = NotificationKind::WISHES.iter().copied().filter(chosen).collect();
    let mut tx = desk.db.begin().await?;
    notifications::set_mail_wishes(&mut tx, posted.by.id, &kinds).await?;
    tx.commit().await?;
    Ok(back_with(HERE, Tone::Info, "Your choice is kept."))
}

/// `POST /conversations/{number}/followers`: the person hears of it from now on.
pub async fn follow(desk: web::Data<Desk>, number: web::Path<i64>, posted: Posted<Back>) -> Result<HttpResponse> {
    let row = find(&desk, *number).await?;
    let mut tx = desk.db.begin().await?;
    notifications::follow(&mut tx, row.id, posted.by.id, desk.clock.now()).await?;
    tx.commit().await?;
    Ok(back_with(&posted.form.back, Tone::Info, "You follow this conversation."))
}

/// `POST /conversations/{number}/followers/deletion`
pub async fn unfollow(desk: web::Data<Desk>, number: web::Path<i64>, posted: Posted<Back>) -> Result<HttpResponse> {
    let row = find(&desk, *number).await?;
    let mut tx = desk.db.begin().await?;
    notifications::unfollow(&mut tx, row.id, posted.by.id).await?;
    tx.commit().await?;
    Ok(back_with(&posted.form.back, Tone::Info, "You follow this conversation no longer."))
}

/// What is about a conversation is read by who has it before them.
pub(in crate::web) async fn note_read(desk: &Desk, row: &Conversation, reader: &Teammate) -> Result<()> {
    if notifications::any_unread_of(&desk.db, reader.id, row.id).await? {
        let mut tx = desk.db.begin().await?;
        notifications::read_of(&mut tx, reader.id, row.id, desk.clock.now()).await?;
        tx.commit().await?;
    }
    Ok(())
}
