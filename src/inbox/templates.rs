//! Templates that a platform has approved: which there are, and one of them filled in for a conversation.

use std::sync::Arc;

use channel_contract::template::{FilledTemplate, Holds, Template};

use super::connections::{Connection, ConnectionError};
use super::{Inbox, InboxError, clean};
use crate::model::channel::name_of;
use crate::model::conversation::Conversation;
use crate::model::order::KnownOrder;
use crate::store::{self, opt_outs};
use crate::voice::format;

/// The template that somebody wants to send, with what its places are to hold, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Its name on the platform.
    pub name: String,
    /// Its language there; any, where it is empty.
    pub language: String,
    /// What its places hold.
    pub values: Vec<String>,
}

impl Wanted {
    /// Whether this is what it was filled in to.
    pub fn is(&self, filled: &FilledTemplate) -> bool {
        let is_named = self.name == filled.name && (self.language.is_empty() || self.language == filled.language);
        let values: Vec<String> = self.values.iter().map(|value| in_a_line(value)).collect();
        is_named && values == filled.values
    }
}

/// What stands in a place: platforms take no line ends there.
fn in_a_line(value: &str) -> String {
    clean(value).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The state of a template that does not reach the customer, for they want nothing of its kind.
pub const OPTED_OUT: &str = "OPTED_OUT";

/// The templates of the channel of a conversation, as they were a few minutes ago at most, each as it stands for its customer.
pub async fn list(inbox: &Inbox, conversation: &Conversation) -> Result<Arc<Vec<Template>>, InboxError> {
    let connection = connected(inbox, conversation).await?;
    let name = name_of(connection.channel.channel_kind());
    if !connection.adapter.capabilities().templates {
        return Err(InboxError::Invalid(format!("{name} has no templates here. Write a text instead.")));
    }
    let all = inbox.connections.templates(&connection).await.map_err(|failure| {
        InboxError::Conflict(format!(
            "The templates cannot be read now: {failure} Nothing was sent; try again in a moment."
        ))
    })?;
    Ok(for_customer(inbox, &connection, conversation, all).await?)
}

/// The same as they stand for the customer of a conversation: what does not reach them cannot be sent.
pub(super) async fn for_customer(
    inbox: &Inbox,
    connection: &Connection,
    conversation: &Conversation,
    all: Arc<Vec<Template>>,
) -> store::Result<Arc<Vec<Template>>> {
    let stops = |template: &Template| connection.adapter.opted_out(Some(&template.category)).is_some();
    if !all.iter().any(stops)
        || !opt_outs::is_there(&inbox.db, conversation.channel_id, conversation.contact_id).await?
    {
        return Ok(all);
    }
    let stopped = |template: &Template| Template { usable: false, state: OPTED_OUT.to_owned(), ..template.clone() };
    let as_it_stands = |template: &Template| if stops(template) { stopped(template) } else { template.clone() };
    Ok(Arc::new(all.iter().map(as_it_stands).collect()))
}

async fn connected(inbox: &Inbox, conversation: &Conversation) -> Result<Arc<Connection>, InboxError> {
    inbox.connections.get(conversation.channel_id).await.map_err(|error| match error {
        ConnectionError::Store(error) => error.into(),
        broken => InboxError::Conflict(format!(
            "The channel cannot be used: {broken}. Nothing was sent; connect it again first."
        )),
    })
}

/// The template that is wanted, filled in, and what it says then; or why it cannot leave.
pub async fn fill(
    inbox: &Inbox,
    conversation: &Conversation,
    wanted: &Wanted,
) -> Result<(FilledTemplate, String), InboxError> {
    let all = list(inbox, conversation).await?;
    if let Some(words) = in_several_languages(&all, wanted) {
        return Err(InboxError::Invalid(words));
    }
    let template = find(&all, wanted).ok_or_else(|| {
        InboxError::Invalid(format!(
            "There is no template “{}” there any more. Nothing was sent; choose another one.",
            wanted.name
        ))
    })?;
    filled(template, &wanted.values).map_err(InboxError::Invalid)
}

/// The template with this name, in this language where one is named.
pub fn find<'a>(all: &'a [Template], wanted: &Wanted) -> Option<&'a Template> {
    let named = |template: &&Template| {
        template.name == wanted.name && (wanted.language.is_empty() || template.language == wanted.language)
    };
    let usable = all.iter().filter(named).find(|template| template.usable);
    usable.or_else(|| all.iter().find(named))
}

/// What is said where no language is named, and the template is there in several.
fn in_several_languages(all: &[Template], wanted: &Wanted) -> Option<String> {
    let named = all.iter().filter(|template| template.usable && template.name == wanted.name);
    let languages: Vec<&str> = named.map(|template| template.language.as_str()).collect();
    (wanted.language.is_empty() && languages.len() > 1).then(|| {
        let (name, languages) = (&wanted.name, languages.join(", "));
        format!("The template “{name}” is there in several languages: {languages}. Nothing was sent; say which one.")
    })
}

/// Fills a template in; or what is missing.
pub fn filled(template: &Template, values: &[String]) -> Result<(FilledTemplate, String), String> {
    if template.state == OPTED_OUT {
        return Err(format!(
            "The customer wants no messages like the template “{}”, and has told the platform so. Nothing was sent; wait until \
             they write, or choose another one.",
            template.name
        ));
    }
    if !template.usable {
        return Err(format!(
            "The template “{}” cannot be sent: the platform calls it {}. Nothing was sent; choose another one.",
            template.name,
            template.state.to_lowercase()
        ));
    }
    let values: Vec<String> = values.iter().map(|value| in_a_line(value)).collect();
    if values.iter().skip(template.places.len()).any(|value| !value.is_empty()) {
        return Err(format!(
            "The template “{}” has fewer places by now than were filled in. Nothing was sent. Copy what you wrote, and choose \
             the template again.",
            template.name
        ));
    }
    let empty = template.places.len().saturating_sub(values.iter().filter(|value| !value.is_empty()).count());
    if empty > 0 || values.len() != template.places.len() {
        return Err("Every place of the template has to be filled in. Nothing was sent.".to_owned());
    }
    if values.iter().any(|value| value.contains("{{")) {
        return Err("What stands in a place cannot itself have places. Nothing was sent; take “{{” out.".to_owned());
    }
    let text = template.filled(&values);
    let filled = FilledTemplate {
        name: template.name.clone(),
        language: template.language.clone(),
        places: template.places.clone(),
        values,
    };
    Ok((filled, text))
}

/// What is known for the places of a template, `""` where a person has to say it: the customer's first name behind a
/// greeting, the number of the one order behind its word. Where the message goes to whoever placed an order, that is one
/// that the platform has `told`.
pub fn prefilled(
    template: &Template,
    conversation: &Conversation,
    (orders, told): (&[KnownOrder], &[String]),
) -> Vec<String> {
    let first_name = format::first_name(&conversation.contact_name).unwrap_or_default();
    let order = match orders {
        [known] => known.order.number.clone(),
        _ => conversation.order_number.clone().unwrap_or_default(),
    };
    let of_told = match told {
        [one] => one.clone(),
        _ => told.iter().find(|known| **known == order).cloned().unwrap_or_default(),
    };
    let value = |place: &String| match template.form(place).map(|form| form.holds) {
        Some(Holds::Order) => of_told.clone(),
        Some(Holds::Text | Holds::Day) => String::new(),
        None => match meaning(template, place) {
            Some(Meaning::FirstName) => first_name.clone(),
            Some(Meaning::Order) => order.clone(),
            None => String::new(),
        },
    };
    template.places.iter().map(value).collect()
}

/// What a place plainly stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    FirstName,
    Order,
}

const GREETINGS: [&str; 12] =
    ["hi", "hello", "hey", "dear", "hallo", "liebe", "lieber", "bonjour", "hola", "ciao", "beste", "dag"];
const ORDERS: [&str; 6] = ["order", "bestellung", "commande", "pedido", "ordine", "bestelling"];

fn meaning(template: &Template, place: &str) -> Option<Meaning> {
    match place.to_lowercase().as_str() {
        "first_name" | "name" | "customer_name" | "customer" => return Some(Meaning::FirstName),
        "order" | "order_number" | "order_id" | "order_no" => return Some(Meaning::Order),
        _ => {}
    }
    let (before, _) = template.text.split_once(&format!("{{{{{place}}}}}"))?;
    let is_number = before.trim_end().ends_with('#');
    let mut words = before.split(|c: char| !c.is_alphanumeric()).rev().filter(|word| !word.is_empty());
    let last = words.next().unwrap_or_default().to_lowercase();
    if GREETINGS.contains(&last.as_str()) {
        return Some(Meaning::FirstName);
    }
    // “order 1001”, “order number 1001”, “#1001”.
    let earlier = words.next().unwrap_or_default().to_lowercase();
    let is_order = ORDERS.contains(&last.as_str()) || (last == "number" && ORDERS.contains(&earlier.as_str()));
    (is_order || is_number).then_some(Meaning::Order)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str, places: &[&str]) -> Template {
        Template {
            name: "late_parcel".into(),
            language: "en_US".into(),
            category: "UTILITY".into(),
            usable: true,
            state: "APPROVED".into(),
            text: text.into(),
            places: places.iter().map(ToString::to_string).collect(),
            ..Template::default()
        }
    }

    #[test]
    fn what_a_place_plainly_stands_for_is_known() {
        let text = "Hi {{1}}, your order {{2}} is late: {{3}}. Ask about #{{4}} or order number {{5}}.";
        let one = template(text, &["1", "2", "3", "4", "5"]);
        let known: Vec<Option<Meaning>> = one.places.iter().map(|place| meaning(&one, place)).collect();
        let (name, order) = (Some(Meaning::FirstName), Some(Meaning::Order));
        assert_eq!(known, [name, order, None, order, order]);
        assert_eq!(meaning(&template("{{first_name}}!", &["first_name"]), "first_name"), name);
        assert_eq!(meaning(&one, "9"), None, "the text has no such place");
    }

    #[test]
    fn a_template_is_filled_whole_or_not_at_all() {
        let one = template("Hi {{1}}, {{2}}.", &["1", "2"]);
        let values = |all: &[&str]| all.iter().map(ToString::to_string).collect::<Vec<String>>();
        let (filled_in, text) = filled(&one, &values(&["Sam", "it left\ntoday "])).unwrap();
        assert_eq!(text, "Hi Sam, it left today.");
        assert_eq!(filled_in.values, ["Sam", "it left today"]);
        let wrongs: [&[&str]; 3] = [&["Sam"], &["Sam", " "], &["Sam", "a", " "]];
        for wrong in wrongs {
            assert!(filled(&one, &values(wrong)).unwrap_err().contains("has to be filled in"), "{wrong:?}");
        }
        assert!(filled(&one, &values(&["Sam", "a", "b"])).unwrap_err().contains("has fewer places by now"));
        assert!(filled(&one, &values(&["{{2}}", "x"])).unwrap_err().contains("take “{{” out"));
        let unwanted = Template { usable: false, state: OPTED_OUT.into(), ..one.clone() };
        assert!(filled(&unwanted, &values(&["Sam", "a"])).unwrap_err().contains("wants no messages like"));
        let rejected = Template { usable: false, state: "REJECTED".into(), ..one };
        assert!(filled(&rejected, &values(&["a", "b"])).unwrap_err().contains("calls it rejected"));
    }

    #[test]
    fn of_two_languages_the_one_that_can_be_sent_is_meant() {
        let english = Template { usable: false, ..template("Hi", &[]) };
        let german = Template { language: "de".into(), ..template("Hallo", &[]) };
        let all = [english, german];
        let wanted =
            |language: &str| Wanted { name: "late_parcel".into(), language: language.into(), values: Vec::new() };
        let found = |language: &str| find(&all, &wanted(language)).map(|template| template.text.as_str());
        assert_eq!((found(""), found("en_US"), found("fr")), (Some("Hallo"), Some("Hi"), None));
        assert_eq!(in_several_languages(&all, &wanted("")), None, "one of them can be sent");
        let both = all.map(|template| Template { usable: true, ..template });
        assert_eq!(in_several_languages(&both, &wanted("de")), None);
        assert!(in_several_languages(&both, &wanted("")).unwrap().contains("several languages: en_US, de."));
    }
}
