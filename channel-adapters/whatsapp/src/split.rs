//! The messages that one reply takes: WhatsApp takes one file a message, and few words above buttons.

use channel_contract::outbound::{Outbound, OutboundAttachment};

use crate::files::{Form, LONGEST_CAPTION};
use crate::send;

/// The longest text above buttons, in characters.
pub(crate) const LONGEST_ABOVE_BUTTONS: usize = 1024;

/// Splits a message into what WhatsApp takes one by one. Buttons stand below the last of it. Where a piece will be refused
/// the message stays whole, so that nothing of it leaves before that.
pub(crate) fn split(message: &Outbound) -> Vec<Outbound> {
    if message.template.is_some() {
        return vec![message.clone()];
    }
    let piece = |text: &str, files: &[OutboundAttachment]| Outbound {
        text: text.to_owned(),
        attachments: files.to_vec(),
        choices: Vec::new(),
        ..message.clone()
    };
    let text = message.text.as_str();
    let has_text = !text.trim().is_empty();
    let mut pieces = Vec::new();
    let mut files = message.attachments.chunks(1);
    if message.choices.is_empty() {
        let fits = message.attachments.first().is_some_and(|file| takes_caption(file, text));
        if has_text && fits {
            pieces.extend(files.next().map(|file| piece(text, file)));
        } else if has_text {
            pieces.push(piece(text, &[]));
        }
        pieces.extend(files.map(|file| piece("", file)));
    } else {
        pieces.extend(files.map(|file| piece("", file)));
        let at = last_part(text, LONGEST_ABOVE_BUTTONS);
        let (head, tail) = text.split_at_checked(at).unwrap_or(("", text));
        if !head.trim().is_empty() {
            pieces.push(piece(head.trim_end(), &[]));
        }
        pieces.push(Outbound { choices: message.choices.clone(), ..piece(tail.trim_start(), &[]) });
    }
    if pieces.is_empty() || pieces.iter().any(|piece| send::admit(piece).is_err()) {
        return vec![message.clone()];
    }
    pieces.into_iter().zip(0_u32..).map(|(piece, number)| piece.numbered(number)).collect()
}

/// Whether a text can stand below a file.
pub(crate) fn takes_caption(file: &OutboundAttachment, text: &str) -> bool {
    Form::of(file).has_caption() && text.chars().count() <= LONGEST_CAPTION
}

/// Where the last part of a text begins that has at most so many characters: behind a paragraph, a line or a word, as far
/// as there is such a place.
fn last_part(text: &str, most: usize) -> usize {
    let Some(over) = text.chars().count().checked_sub(most).filter(|over| *over > 0) else { return 0 };
    let least = text.char_indices().nth(over).map_or(text.len(), |(at, _)| at);
    let rest = text.get(least..).unwrap_or_default();
    let break_at = ["\n\n", "\n", " "].into_iter().find_map(|mark| Some(rest.find(mark)? + mark.len()));
    // What follows the break must say something.
    let at = break_at.map(|at| least + at).filter(|at| text.get(*at..).is_some_and(|tail| !tail.trim().is_empty()));
    at.unwrap_or(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_where_it_has_a_break() {
        assert_eq!(last_part("short", 10), 0);
        let cut = |text: &'static str, most| text.split_at(last_part(text, most));
        assert_eq!(cut("one two\n\nthree four", 12), ("one two\n\n", "three four"));
        assert_eq!(cut("one two\nthree four", 12), ("one two\n", "three four"));
        assert_eq!(cut("one two three", 8), ("one two ", "three"));
        assert_eq!(cut("üüüüüü", 4), ("üü", "üüüü"));
        assert_eq!(cut("aaaaaa ", 4), ("aaa", "aaa "), "nothing but space is no part");
    }
}
