//! Where the time for a reply is over: the template of the brand's choice goes in place of what the agent wrote.

use channel_contract::outbound::{FilledTemplate, Template};

use super::admission::{connected, ground};
use super::connections::Connection;
use super::contained::facts;
use super::macros::variables;
use super::settle::{Finished, Proposal, Returned};
use super::templates::{Wanted, filled, find, for_customer};
use super::threads::answered;
use super::{Inbox, InboxError};
use crate::model::channel::name_of;
use crate::model::conversation::Conversation;
use crate::model::draft::{Check, DraftDocument, Sentence};
use crate::model::macros::MacroTemplate;
use crate::model::order::KnownOrder;
use crate::store::{Reader, channels, conversations, orders};
use crate::voice::texts;

/// Puts the template that the brand has chosen for the channel in place of a reply that could leave there no more. Where
/// none is chosen, or the reply lets the shop do something, it stays what it is, and a person decides.
pub async fn stand_in(inbox: &Inbox, finished: &mut Finished) -> Result<(), InboxError> {
    let Finished { run, understood, result } = finished;
    let Returned::Reply(proposal) = result else { return Ok(()) };
    if !proposal.document.actions.is_empty() {
        return Ok(());
    }
    let Some(conversation) = conversations::find(&inbox.db, run.conversation_id).await? else { return Ok(()) };
    let Some(connection) = connected(inbox, conversation.channel_id).await? else { return Ok(()) };
    if !is_over(inbox, &connection, &conversation).await? {
        return Ok(());
    }
    let Some(chosen) = channels::closed_template(&inbox.db, conversation.channel_id).await? else { return Ok(()) };
    let linked = match understood.orders.as_slice() {
        [] => orders::list_of(&inbox.db, conversation.id).await?,
        found => found.iter().map(|(known, _)| known.clone()).collect(),
    };
    match fill(inbox, &connection, (&conversation, &linked), &chosen, &proposal.language).await? {
        Ok(leaves) => put(proposal, name_of(connection.channel.channel_kind()), leaves),
        Err(words) => {
            let template = &chosen.name;
            proposal.reasons.push(format!("the template “{template}” for closed windows cannot stand in: {words}"));
        }
    }
    Ok(())
}

/// Whether nothing but a template leaves there now.
async fn is_over(inbox: &Inbox, connection: &Connection, conversation: &Conversation) -> Result<bool, InboxError> {
    let answered = answered(&mut Reader::Db(&inbox.db), connection, conversation.id).await?;
    Ok(ground(connection, &answered, inbox.clock.now()).takes_templates_only())
}

/// The template as it leaves, and what it says; or why it cannot.
async fn fill(
    inbox: &Inbox,
    connection: &Connection,
    (conversation, linked): (&Conversation, &[KnownOrder]),
    chosen: &MacroTemplate,
    language: &str,
) -> Result<Result<(FilledTemplate, String), String>, InboxError> {
    let all = match inbox.connections.templates(connection).await {
        Ok(all) => for_customer(inbox, connection, conversation, all).await?,
        Err(failure) => return Ok(Err(failure.to_string())),
    };
    let Some(template) = fitting(&all, chosen, language) else {
        return Ok(Err("there is no such template any more.".to_owned()));
    };
    let (talk, speaks_of) = facts(&inbox.db, conversation, linked).await?;
    let known =
        variables(&talk, &connection.brand, &speaks_of, (connection.brand.name.as_str(), template.language.as_str()));
    let value = |source: &String| texts::fill(source, &texts::MACRO, &known).unwrap_or_default();
    Ok(filled(template, &chosen.values.iter().map(value).collect::<Vec<_>>()))
}

/// The chosen template, in the customer's language where it is there.
fn fitting<'a>(all: &'a [Template], chosen: &MacroTemplate, language: &str) -> Option<&'a Template> {
    let is_theirs = |template: &&Template| {
        let code = template.language.split(['_', '-']).next().unwrap_or_default();
        template.usable && template.name == chosen.name && code.eq_ignore_ascii_case(language)
    };
    let wanted = || Wanted { name: chosen.name.clone(), language: chosen.language.clone(), values: Vec::new() };
    all.iter().find(is_theirs).filter(|_| chosen.language.is_empty()).or_else(|| find(all, &wanted()))
}

/// The reply is the template now. What was found about the words of the text says nothing about it.
fn put(proposal: &mut Proposal, channel: &str, (template, text): (FilledTemplate, String)) {
    let (identity, others): (Vec<Check>, Vec<Check>) =
        proposal.document.checks.drain(..).partition(|check| check.name.starts_with("Identity"));
    let failed = others.into_iter().filter_map(|check| Some(format!("{}: {}", check.name, check.problem?)));
    let gone: Vec<String> = failed.collect();
    proposal.reasons.retain(|reason| !gone.contains(reason));
    if proposal.disclosure.as_ref().is_some_and(|words| !text.contains(words.as_str())) {
        proposal.reasons.push(format!("the template “{}” does not say that a machine writes", template.name));
    }
    proposal.likeness.push_str("/template");
    let passed = Check { name: "Channel rules".to_owned(), problem: None };
    proposal.document = DraftDocument {
        sentences: vec![Sentence { text, evidence: Vec::new(), left_out: None, starts_paragraph: true }],
        evidence: Vec::new(),
        actions: Vec::new(),
        checks: identity.into_iter().chain([passed]).collect(),
        why: format!("the time for a reply on {channel} is over"),
        clause: String::new(),
        proposal: format!("Template {}", template.name),
        voice_score: proposal.document.voice_score,
        orders: Vec::new(),
        asks_back: None,
        choices: Vec::new(),
        told_unread: false,
        template: Some(template),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_the_one_in_the_customers_language() {
        let template = |language: &str, usable: bool| Template {
            name: "still_here".into(),
            language: language.into(),
            category: "UTILITY".into(),
            usable,
            ..Template::default()
        };
        let all = [template("en_US", true), template("de", true), template("fr", false)];
        let found = |chosen: &str, customer: &str| {
            let chosen = MacroTemplate { name: "still_here".into(), language: chosen.into(), values: Vec::new() };
            fitting(&all, &chosen, customer).map(|template| template.language.as_str())
        };
        assert_eq!((found("", "de"), found("", "en")), (Some("de"), Some("en_US")));
        assert_eq!(
            (found("", "fr"), found("", "it")),
            (Some("en_US"), Some("en_US")),
            "what cannot leave is no choice"
        );
        assert_eq!(found("de", "en"), Some("de"), "the brand has said which");
    }
}
