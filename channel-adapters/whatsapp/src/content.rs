//! What a message says: words for a person, files, and the button that was pressed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use channel_contract::inbound::{Choice, FileContent, FileReference, InboundAttachment, safe_name};
use channel_contract::wire;
use serde_json::Value;

use crate::wire::{Card, CardPhone, CatalogueItem, Form, Interactive, Location, Media, Message, Order, Referral};

/// How many lines of a form, an order or cards are shown.
const MOST_LINES: usize = 50;
/// The longest value of a form that is shown, in characters.
const LONGEST_VALUE: usize = 1_000;

/// What a message says.
#[derive(Default)]
pub(crate) struct Content {
    /// The customer's words, or what stands for them.
    pub(crate) words: String,
    /// What the platform adds: where the customer comes from, what was passed on.
    pub(crate) beside: Vec<String>,
    pub(crate) files: Vec<InboundAttachment>,
    pub(crate) choice: Option<Choice>,
}

impl Content {
    pub(crate) fn of(message: &Message) -> Self {
        let mut content = Self { beside: beside(message), ..Self::default() };
        if let Some((kind, media)) = media_of(message) {
            media.caption.as_str().clone_into(&mut content.words);
            content.files = attachment(kind, media).into_iter().collect();
            if content.words.is_empty() && content.files.is_empty() {
                "(A file that WhatsApp did not hand on.)".clone_into(&mut content.words);
            }
            return content;
        }
        content.choice = choice_of(message);
        content.words = words_of(message).filter(|words| !words.trim().is_empty()).unwrap_or_else(|| unknown(message));
        content
    }

    /// Everything, what the platform adds below the words.
    pub(crate) fn whole(&self) -> String {
        let parts = std::iter::once(&self.words).chain(&self.beside).filter(|part| !part.is_empty());
        parts.map(String::as_str).collect::<Vec<_>>().join("\n\n")
    }
}

/// The file of a message, and the platform's word for what it is.
pub(crate) fn media_of(message: &Message) -> Option<(&'static str, &Media)> {
    let media = match message.kind.as_str() {
        "image" => ("image", &message.image),
        "video" => ("video", &message.video),
        "audio" => ("audio", &message.audio),
        "voice" => ("audio", &message.voice),
        "document" => ("document", &message.document),
        "sticker" => ("sticker", &message.sticker),
        _ => return None,
    };
    Some((media.0, media.1.get()?))
}

/// The title of what was pressed, and what stands behind it.
pub(crate) fn choice_of(message: &Message) -> Option<Choice> {
    if let Some(button) = message.button.get() {
        let (title, payload) = (button.text.as_str().to_owned(), button.payload.as_str().to_owned());
        return Some(Choice { title, payload });
    }
    let interactive = message.interactive.get()?;
    let reply = interactive.button_reply.get().or_else(|| interactive.list_reply.get())?;
    Some(Choice { title: reply.title.as_str().to_owned(), payload: reply.id.as_str().to_owned() })
}

fn words_of(message: &Message) -> Option<String> {
    if let Some(choice) = choice_of(message) {
        return Some(choice.title);
    }
    match message.kind.as_str() {
        "text" => message.text.get()?.body.owned(),
        "location" => message.location.get().map(place),
        "contacts" => Some(cards(message)),
        "order" => message.order.get().map(order),
        "interactive" => interactive(message.interactive.get()?),
        "edit" => {
            let content = Content::of(message.edit.get()?.message.get()?);
            Some(content.words)
        }
        _ => None,
    }
}

/// What stands for a kind of message that cannot be shown.
fn unknown(message: &Message) -> String {
    let inner = message.unsupported.get().and_then(|unsupported| unsupported.kind.given());
    let reply = message.interactive.get().and_then(|interactive| interactive.kind.given());
    let kind = inner.or(reply).or_else(|| message.kind.given()).unwrap_or("unknown");
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let kind: String = kind.chars().filter(plain).take(40).collect();
    format!("(A kind of message that cannot be shown here: {})", if kind.is_empty() { "unknown" } else { &kind })
}

fn place(place: &Location) -> String {
    let names = [&place.name, &place.address].into_iter().filter_map(|word| word.given());
    let mut words = names.collect::<Vec<_>>().join(", ");
    if let (Some(latitude), Some(longitude)) = (place.latitude.get(), place.longitude.get()) {
        let coordinates = format!("{latitude}, {longitude}");
        words = if words.is_empty() { coordinates } else { format!("{words} ({coordinates})") };
    }
    let link = place.url.given().map(|url| format!("\n{url}")).unwrap_or_default();
    format!("Location: {words}{link}")
}

fn cards(message: &Message) -> String {
    let lines = message.contacts.read::<Card>().take(MOST_LINES).filter_map(|card| {
        let name = card.name.get().and_then(|name| name.formatted_name.owned().or_else(|| name.first_name.owned()));
        let phones = card.phones.read::<CardPhone>();
        let numbers = phones.filter_map(|phone| phone.phone.owned().or_else(|| phone.wa_id.owned()));
        let parts: Vec<String> = name.into_iter().chain(numbers).collect();
        (!parts.is_empty()).then(|| format!("Contact: {}", parts.join(", ")))
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() { "(A card of a contact with nothing on it.)".to_owned() } else { lines.join("\n") }
}

fn order(order: &Order) -> String {
    let mut lines = vec!["Order from the catalogue:".to_owned()];
    lines.extend(order.product_items.read::<CatalogueItem>().take(MOST_LINES).map(|item| {
        let price = item.item_price.given().map(|price| format!(" at {price} {}", item.currency.as_str()));
        let count = item.quantity.given().unwrap_or("1");
        format!("{count} × {}{}", item.product_retailer_id.as_str(), price.unwrap_or_default().trim_end())
    }));
    lines.extend(order.text.owned());
    lines.join("\n")
}

fn interactive(interactive: &Interactive) -> Option<String> {
    if let Some(permission) = interactive.call_permission_reply.get() {
        let allowed = permission.response.as_str() == "accept";
        return Some(if allowed { "(Allowed calls.)" } else { "(Allowed no calls.)" }.to_owned());
    }
    interactive.nfm_reply.get().map(form)
}

/// The answers of a form, a line each. They come as JSON in a string, which may be none.
fn form(form: &Form) -> String {
    let inside = |text: &String| serde_json::from_str(text).unwrap_or_default();
    let answers = if let Value::String(text) = &form.response_json { inside(text) } else { form.response_json.clone() };
    let mut lines = Vec::new();
    if let Value::Object(fields) = answers {
        let shown = fields.into_iter().filter(|(name, value)| name != "flow_token" && !value.is_null());
        lines.extend(shown.take(MOST_LINES).map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            format!("{name}: {}", text.chars().take(LONGEST_VALUE).collect::<String>())
        }));
    }
    match (lines.is_empty(), form.body.given()) {
        (false, _) => format!("Answers of a form:\n{}", lines.join("\n")),
        (true, Some(body)) => body.to_owned(),
        (true, None) => "(Answers of a form that cannot be read.)".to_owned(),
    }
}

fn beside(message: &Message) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(context) = message.context.get() {
        if [&context.forwarded, &context.frequently_forwarded].iter().any(|mark| mark.get() == Some(&true)) {
            notes.push("(Forwarded.)".to_owned());
        }
        if let Some(product) = context.referred_product.get().and_then(|product| product.product_retailer_id.owned()) {
            notes.push(format!("(About the product {product} of the catalogue.)"));
        }
    }
    if let Some(referral) = wire::read::<Referral>(&message.referral) {
        let from = referral.headline.given().map(|headline| format!(" “{headline}”")).unwrap_or_default();
        let link = referral.source_url.given().map(|url| format!(" {url}")).unwrap_or_default();
        notes.push(format!("(Came from the advertisement{from}.{link})"));
    }
    notes
}

fn attachment(kind: &str, media: &Media) -> Option<InboundAttachment> {
    let key = media.id.owned()?;
    let content_type = media.mime_type.as_str().to_owned();
    let name = match safe_name(media.filename.as_str()) {
        name if !name.is_empty() => name,
        _ if media.voice.get() == Some(&true) => format!("voice-message{}", extension(&content_type)),
        _ => format!("{kind}{}", extension(&content_type)),
    };
    let reference = FileReference { key, sha256: hash_of(media.sha256.as_str()), size: None };
    let content = FileContent::Elsewhere(reference);
    Some(InboundAttachment { name, content_type, content_id: None, inline: false, content })
}

/// A SHA-256 in lower-case hex. It comes in base64, and from some versions in hex.
pub(crate) fn hash_of(written: &str) -> Option<String> {
    let written = written.trim();
    let bytes = hex::decode(written).ok().or_else(|| STANDARD.decode(written).ok())?;
    (bytes.len() == 32).then(|| hex::encode(bytes))
}

fn extension(content_type: &str) -> &'static str {
    match content_type.split(';').next().unwrap_or_default().trim() {
        "image/jpeg" => ".jpg",
        "image/png" => ".png",
        "image/webp" => ".webp",
        "video/mp4" => ".mp4",
        "video/3gpp" => ".3gp",
        "audio/ogg" => ".ogg",
        "audio/mpeg" => ".mp3",
        "audio/mp4" => ".m4a",
        "audio/aac" => ".aac",
        "audio/amr" => ".amr",
        "application/pdf" => ".pdf",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_come_in_two_ways_of_writing() {
        let hex = "9b385ee5fa13d2b0ff1a47cc1b29d8fd8a8fdc4c3d20b5ff79ad5cf2fe0bf3a5";
        let base64 = STANDARD.encode(hex::decode(hex).unwrap());
        assert_eq!(hash_of(hex).as_deref(), Some(hex));
        assert_eq!(hash_of(&hex.to_uppercase()).as_deref(), Some(hex));
        assert_eq!(hash_of(&base64).as_deref(), Some(hex));
        for other in ["", "4654+8g=", "nonsense", "abcd"] {
            assert_eq!(hash_of(other), None, "{other}");
        }
    }
}
