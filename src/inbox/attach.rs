//! Files for a reply: what the channel would refuse is refused here, and bytes are stored before anything names them.

use bytes::Bytes;

use super::connections::ConnectionError;
use super::threads::answered;
use super::{Inbox, InboxError};
use crate::model::attachment::{ComposerFile, FileFacts, clean_name, sent_type};
use crate::model::conversation::Conversation;
use crate::model::fit::FileRules;
use crate::model::teammate::Teammate;
use crate::model::{ComposerFileId, ConversationId};
use crate::store::composer_files::{self, NewComposerFile};
use crate::store::files::Files;
use crate::store::{Reader, conversations};

/// A file as somebody gave it.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Its name, as the other side says.
    pub name: String,
    /// Its type, as the other side says.
    pub content_type: String,
    /// The bytes.
    pub content: Bytes,
}

/// The files that go with a reply.
#[derive(Clone, Copy, Debug)]
pub enum Enclosed<'a> {
    /// Of the teammate's half-written reply, by their ids.
    OfComposer(&'a [ComposerFileId]),
    /// These, stored by [`keep`].
    These(&'a [ComposerFile]),
}

impl Enclosed<'_> {
    /// Whether nothing goes with the reply.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::OfComposer(ids) => ids.is_empty(),
            Self::These(files) => files.is_empty(),
        }
    }
}

/// Which files the channel of a conversation takes; none when it is not connected any more.
pub async fn rules_of(inbox: &Inbox, conversation: &Conversation) -> Result<FileRules, InboxError> {
    match inbox.connections.get(conversation.channel_id).await {
        Ok(connection) => {
            let answered = answered(&mut Reader::Db(&inbox.db), &connection, conversation.id).await?;
            Ok(FileRules::of(&connection.adapter.capabilities_in(answered.thread.as_deref())))
        }
        Err(ConnectionError::Gone) => Ok(FileRules::default()),
        Err(ConnectionError::Store(error)) => Err(error.into()),
        Err(broken) => {
            let words = format!("The channel cannot be used: {broken}. Nothing was attached; connect it again first.");
            Err(InboxError::Conflict(words))
        }
    }
}

/// Whether a channel takes these files in one message.
pub fn check<'a>(rules: FileRules, files: impl IntoIterator<Item = FileFacts<'a>>) -> Result<(), InboxError> {
    let files: Vec<FileFacts<'_>> = files.into_iter().collect();
    rules.wrong_with(&files).map_or(Ok(()), |words| Err(InboxError::Invalid(words)))
}

/// Stores a file. It belongs to nothing yet, and is forgotten in time unless something refers to its bytes.
pub async fn keep(
    inbox: &Inbox,
    conversation: ConversationId,
    by: &Teammate,
    upload: Upload,
) -> Result<ComposerFile, InboxError> {
    let now = inbox.clock.now();
    let name = clean_name(&upload.name);
    let file = ComposerFile {
        id: inbox.clock.new_id(),
        content_type: sent_type(&media_type(&upload.content_type), &upload.content, &name),
        name,
        size: i64::try_from(upload.content.len()).unwrap_or(i64::MAX),
        storage_key: Files::key_of(&upload.content),
        created_at: now,
    };
    let mut tx = inbox.db.begin().await?;
    let row = NewComposerFile { released_at: Some(now), ..row_of(&file, conversation, by) };
    composer_files::insert(&mut tx, &[row]).await?;
    tx.commit().await?;
    inbox.files.put(&file.storage_key, upload.content).await?;
    Ok(file)
}

/// A teammate attaches a file to what they are writing.
pub async fn attach(
    inbox: &Inbox,
    conversation: &Conversation,
    by: &Teammate,
    upload: Upload,
) -> Result<ComposerFile, InboxError> {
    let rules = rules_of(inbox, conversation).await?;
    let content_type = sent_type(&media_type(&upload.content_type), &upload.content, &clean_name(&upload.name));
    let size = i64::try_from(upload.content.len()).unwrap_or(i64::MAX);
    let facts = FileFacts { name: &upload.name, content_type: &content_type, size };
    // Whoever reads it has its name before them.
    if let Some(words) = rules.wrong_with_one(&facts) {
        return Err(InboxError::Invalid(words));
    }
    check(rules, [facts])?;
    let file = keep(inbox, conversation.id, by, upload).await?;
    let mut tx = inbox.db.begin().await?;
    // Held, so that two files that come at once are counted one after the other; merged meanwhile, it goes along.
    let held = conversations::lock(&mut tx, conversation.id).await?;
    let there = composer_files::list_held(&mut tx, held.id, by.id).await?;
    check(rules, there.iter().chain([&file]).map(ComposerFile::facts))?;
    composer_files::admit(&mut tx, file.id, held.id).await?;
    tx.commit().await?;
    Ok(file)
}

/// A teammate takes a file off what they are writing. One that is gone already is no trouble.
pub async fn remove(
    inbox: &Inbox,
    conversation: ConversationId,
    by: &Teammate,
    id: ComposerFileId,
) -> Result<(), InboxError> {
    let mut tx = inbox.db.begin().await?;
    composer_files::release(&mut tx, conversation, by.id, id, inbox.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// The row of a file that belongs to what a teammate writes.
pub(super) fn row_of(file: &ComposerFile, conversation: ConversationId, by: &Teammate) -> NewComposerFile {
    NewComposerFile {
        id: file.id,
        conversation_id: conversation,
        teammate_id: by.id,
        name: file.name.clone(),
        content_type: file.content_type.clone(),
        size: file.size,
        storage_key: file.storage_key.clone(),
        created_at: file.created_at,
        released_at: None,
    }
}

/// The declared type without parameters; nothing where it is not of the form of a type.
fn media_type(declared: &str) -> String {
    let plain = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_word = |word: &str| {
        !word.is_empty()
            && word.len() < 100
            && word.chars().all(|c| c.is_ascii_alphanumeric() || "!#$&-^_.+".contains(c))
    };
    let is_type = plain.split_once('/').is_some_and(|(kind, form)| is_word(kind) && is_word(form));
    if is_type { plain } else { String::new() }
}

#[cfg(test)]
mod tests {
    use channel_contract::capabilities::{AttachmentLimit, Capabilities};

    use super::*;

    #[test]
    fn what_a_channel_would_refuse_is_refused_with_words() {
        let of_channel = |attachments| FileRules::of(&Capabilities { attachments, ..Capabilities::NOTHING });
        let (some, none) = (of_channel(Some(AttachmentLimit::any(2, 1_000_000))), of_channel(None));
        let of = |size: &i64| FileFacts { name: "a", content_type: "text/plain", size: *size };
        assert!(check(some, [&400_000, &600_000].map(of)).is_ok());
        assert!(check(none, []).is_ok() && check(some, []).is_ok());
        let words = |rules, sizes: &[i64]| check(rules, sizes.iter().map(of)).unwrap_err().to_string();
        assert!(words(some, &[1, 1, 1]).contains("At most 2 files"));
        assert!(words(some, &[400_000, 600_001]).contains("at most 1 MB"));
        assert!(words(none, &[1]).contains("takes no files"));
    }

    #[test]
    fn a_declared_type_is_a_type_or_nothing() {
        assert_eq!(media_type("Application/PDF; name=\"x\""), "application/pdf");
        assert_eq!(media_type("image/svg+xml"), "image/svg+xml");
        for odd in ["", "pdf", "a/b/c", "text/ht ml", "a/\r\nb", "/x"] {
            assert_eq!(media_type(odd), "", "{odd:?}");
        }
    }
}
