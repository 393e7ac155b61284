//! The token in Amazon's mails by which it finds the thread of an answer. Nothing of the contract carries it from a mail
//! to its answer, so it travels in the id of the message: what is answered is named by that.

use std::sync::LazyLock;

use regex::Regex;

const MARK: &str = "|commMgrTok:";

static TOKEN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\[commMgrTok:\s*([!-Z\\^-~]{1,120})\s*\]").ok());

/// The token in a page of Amazon's: the last one, for what a buyer typed stands before it.
pub(crate) fn find(page: &str) -> Option<String> {
    let found = TOKEN.as_ref()?.captures_iter(page).last()?;
    Some(found.get(1)?.as_str().to_owned())
}

/// The id of a message together with its token.
pub(crate) fn joined(id: &str, token: Option<&str>) -> String {
    token.map_or_else(|| id.to_owned(), |token| format!("{id}{MARK}{token}"))
}

/// The id alone, and its token.
pub(crate) fn parted(id: &str) -> (&str, Option<&str>) {
    id.rsplit_once(MARK).map_or((id, None), |(id, token)| (id, Some(token)))
}

/// The line of a reply that holds it.
pub(crate) fn line(token: &str) -> String {
    format!("[commMgrTok:{token}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_with_the_id_and_comes_back() {
        let page = "I typed [commMgrTok:mine]\n-- \nAmazon [commMgrTok: A1B2-C3/x= ] end";
        let token = find(page).unwrap();
        assert_eq!(token, "A1B2-C3/x=");
        let id = joined("1@amazon.de", Some(&token));
        assert_eq!(parted(&id), ("1@amazon.de", Some("A1B2-C3/x=")));
        assert_eq!(
            (parted("2@amazon.de"), joined("2@amazon.de", None)),
            (("2@amazon.de", None), "2@amazon.de".to_owned())
        );
        assert_eq!(find(&line(&token)), Some(token));
    }

    #[test]
    fn what_is_no_token_is_none() {
        for page in
            ["", "[commMgrTok:]", "[commMgrTok:a b]", "commMgrTok:x", &format!("[commMgrTok:{}]", "x".repeat(121))]
        {
            assert_eq!(find(page), None, "{page}");
        }
    }
}
