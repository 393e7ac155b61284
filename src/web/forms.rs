//! Fields of forms: label, value, help, and what is wrong with it.

use askama::Template;

use super::parts::fragments;
use crate::model::Zone;

fragments!(Field);

/// A field with its label above and its help or error below.
#[derive(Clone, Debug, Template)]
#[template(path = "shared/field.html")]
pub struct Field {
    name: &'static str,
    /// Before the name, it makes the id.
    scope: &'static str,
    label: &'static str,
    kind: &'static str,
    value: String,
    help: String,
    error: String,
    autocomplete: &'static str,
    placeholder: &'static str,
    required: bool,
    focused: bool,
    choices: Vec<(String, String)>,
}

impl Field {
    /// A line of text.
    pub fn text(name: &'static str, label: &'static str) -> Self {
        Self {
            name,
            scope: "",
            label,
            kind: "text",
            value: String::new(),
            help: String::new(),
            error: String::new(),
            autocomplete: "off",
            placeholder: "",
            required: true,
            focused: false,
            choices: Vec::new(),
        }
    }

    /// A mail address.
    pub fn email(name: &'static str, label: &'static str) -> Self {
        Self { kind: "email", autocomplete: "username", ..Self::text(name, label) }
    }

    /// A password; its value is never sent back to the page.
    pub fn password(name: &'static str, label: &'static str) -> Self {
        Self { kind: "password", autocomplete: "new-password", ..Self::text(name, label) }
    }

    /// A number.
    pub fn number(name: &'static str, label: &'static str) -> Self {
        Self { kind: "number", ..Self::text(name, label) }
    }

    /// One of several: value and words.
    pub fn choice(
        name: &'static str,
        label: &'static str,
        choices: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Self {
        let choices = choices.into_iter().map(|(word, words)| (word.into(), words.into())).collect();
        Self { kind: "select", choices, ..Self::text(name, label) }
    }

    /// A time zone; `unset` are the words for none.
    pub fn time_zone(name: &'static str, label: &'static str, unset: &str) -> Self {
        let zones = Zone::names().into_iter().map(|name| (name.clone(), name.replace('_', " ")));
        Self::choice(name, label, std::iter::once((String::new(), unset.to_owned())).chain(zones))
    }

    /// A value that is sent and not shown.
    pub fn hidden(name: &'static str) -> Self {
        Self { kind: "hidden", ..Self::text(name, "") }
    }

    /// With what stands in it. A choice that is not offered any more stays one.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        let value = value.into();
        match self.kind {
            "password" => return self,
            "select" if !self.choices.iter().any(|(word, _)| *word == value) => {
                self.choices.push((value.clone(), value.clone()));
            }
            _ => {}
        }
        self.value = value;
        self
    }

    /// With a word of help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// With the browser's word for what it may fill in.
    #[must_use]
    pub fn autocomplete(mut self, word: &'static str) -> Self {
        self.autocomplete = word;
        self
    }

    /// With an example of what to write.
    #[must_use]
    pub fn placeholder(mut self, words: &'static str) -> Self {
        self.placeholder = words;
        self
    }

    /// With ids that begin so: of a form beside others that have fields of the same names.
    #[must_use]
    pub fn scoped(mut self, scope: &'static str) -> Self {
        self.scope = scope;
        self
    }

    fn is_chosen(&self, word: &str) -> bool {
        self.value == word
    }

    /// Typing begins here when the page has loaded.
    #[must_use]
    pub fn focused(mut self) -> Self {
        self.focused = true;
        self
    }

    /// May stay empty.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.required = false;
        self
    }
}

/// What is wrong with the fields of a form: name of the field and words.
pub type FieldErrors<'a> = &'a [(&'static str, String)];

/// Fields with the values and errors of a form that came back.
pub fn filled(fields: Vec<Field>, values: &[(&'static str, String)], errors: FieldErrors<'_>) -> Vec<Field> {
    let of = |all: &[(&'static str, String)], name: &str| {
        all.iter().find(|(known, _)| *known == name).map(|(_, words)| words.clone())
    };
    fields
        .into_iter()
        .map(|field| {
            let (value, error) = (of(values, field.name), of(errors, field.name));
            let field = match value {
                Some(value) => field.value(value),
                None => field,
            };
            Field { error: error.unwrap_or_default(), ..field }
        })
        .collect()
}

/// The same fields; typing begins in the first that is wrong, else in the first.
pub fn with_focus<const GROUPS: usize>(mut groups: [Vec<Field>; GROUPS]) -> [Vec<Field>; GROUPS] {
    let is_wrong = |field: &Field| !field.error.is_empty();
    let any_wrong = groups.iter().flatten().any(is_wrong);
    if let Some(first) = groups.iter_mut().flatten().find(|field| !any_wrong || is_wrong(field)) {
        first.focused = true;
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_the_same_name_have_ids_of_their_own() {
        let html = Field::text("tag", "Tag").scoped("filter-").help("One word.").to_string();
        for part in ["for=\"filter-tag\"", "id=\"filter-tag\" name=\"tag\"", "aria-describedby=\"filter-tag-help\""] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }

    #[test]
    fn a_form_that_came_back_keeps_everything_but_passwords() {
        let fields = vec![Field::email("email", "Mail address"), Field::password("password", "Password")];
        let values = [("email", "ida@x.example\"><b>".to_owned()), ("password", "mountain1".to_owned())];
        let html: String = filled(fields, &values, &[("password", "Too short by 3.".to_owned())])
            .iter()
            .map(ToString::to_string)
            .collect();
        assert!(html.contains("ida@x.example") && !html.contains("<b>") && !html.contains("mountain1"), "{html}");
        assert!(html.contains("aria-invalid=\"true\"") && html.contains("Too short by 3."));
    }
}
