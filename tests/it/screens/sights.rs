//! The pages of the desk as people see them. A new page, and a new state of one, is a line here.

/// A page, and what is done on it before it is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    /// Its address; what stands in braces is found out once the desk runs.
    pub(super) path: &'static str,
    /// What is done first, by its name in `states.js`.
    pub(super) state: &'static str,
    /// What the desk answers with in the end.
    pub(super) status: u16,
    /// The name of the pictures that are kept of it.
    pub(super) picture: &'static str,
}

const fn at(path: &'static str) -> Sight {
    Sight { path, state: "", status: 200, picture: "" }
}

impl Sight {
    const fn when(self, state: &'static str) -> Self {
        Self { state, ..self }
    }

    const fn answered(self, status: u16) -> Self {
        Self { status, ..self }
    }

    const fn drawn(self, picture: &'static str) -> Self {
        Self { picture, ..self }
    }
}

/// Before anybody is signed in.
pub(super) const DOOR: &[Sight] =
    &[at("/session/new").drawn("sign-in"), at("/session/new").when("refused").answered(422)];

/// The list and conversations of the demo.
pub(super) const TALKS: &[Sight] = &[
    at("/conversations/{draft}?view=needs_approval").drawn("conversation"),
    at("/inbox?view=needs_approval").drawn("inbox"),
    at("/inbox?view=open"),
    at("/inbox?view=open").when("find"),
    at("/inbox?view=open").when("keys"),
    at("/inbox?view=open").when("ticked"),
    at("/inbox?status=any&assignee=nobody&language=en&quiet_hours=1&text=order"),
    at("/inbox?status=snoozed&unread=1&tag=a-tag-that-no-conversation-of-this-desk-has-however-long-one-looks-for-it"),
    at("/conversations/{draft}?view=all&edit=1"),
    at("/conversations/{draft}?view=all").when("find"),
    at("/conversations/{draft}?view=all").when("opened"),
    at("/conversations/{draft}?view=all").when("attached"),
    at("/conversations/{draft}?view=all").when("noting"),
    at("/conversations/{handed}?view=all").when("opened"),
    at("/conversations/{which}?view=all").when("loaded"),
    at("/conversations/{ordered}?view=all").when("sheet"),
];

/// What conversations of the demo lead to.
pub(super) const BESIDE: &[Sight] = &[
    at("/agent-runs/{run}"),
    at("/approvals/{case}").drawn("approvals"),
    at("/conversations/{draft}/templates"),
    at("/approvals/{case}").when("find"),
    at("/approvals"),
    at("/contacts/{customer}"),
    at("/contacts/{customer}/erasures/new"),
    at("/contacts/{customer}/erasures/new").when("refused").answered(422),
    at("/conversations/{ordered}/actions/new{action}"),
    at("/conversations/{ordered}/actions/new{action}").when("refused").answered(422),
    at("/conversations/{draft}/merges/new"),
    at("/conversations/{draft}/merges/new?source={other}"),
    at("/conversations/{draft}/merges/new?source=99999"),
    at("/conversations/99999").answered(404),
    at("/inbox?view=mine"),
    at("/notifications"),
    at("/resolutions"),
    at("/resolutions/conversations?outcome=unmet"),
    at("/search"),
    at("/search?q=tent"),
    at("/search?q=zzzzzz"),
];

/// What is set up, in the demo.
pub(super) const SETTINGS: &[Sight] = &[
    at("/settings"),
    at("/settings").when("keys"),
    at("/account"),
    at("/answer-times"),
    at("/audit"),
    at("/brands"),
    at("/brands/new"),
    at("/brands/fjordline"),
    at("/channels"),
    at("/channels").when("opened"),
    at("/channels/new"),
    at("/channels/new?kind=email"),
    at("/channels/new?kind=whatsapp"),
    at("/channels/new?kind=instagram").when("opened"),
    at("/channels/new?kind=amazon"),
    at("/channels/new?kind=ebay"),
    at("/channels/new?kind=twilio"),
    at("/channels/new?provider=microsoft"),
    at("/channels/new?provider=oauth"),
    at("/channels/chats/new"),
    at("/channels/{mailbox}"),
    at("/channels/{chat}"),
    at("/channels/{chat}").when("renewed"),
    at("/channels/{chat}/deletion/new"),
    at("/invitations"),
    at("/invitations").when("invited"),
    at("/invitations/{token}"),
    at("/jobs"),
    at("/language-model"),
    at("/macros"),
    at("/macros/new").when("opened"),
    at("/macros/{macro}"),
    at("/order-sources"),
    at("/order-sources/new"),
    at("/order-sources/new?kind=woocommerce"),
    at("/trackers"),
    at("/trackers/new"),
    at("/saved-views"),
    at("/saved-views/new"),
    at("/saved-views/{view}"),
    at("/setup/next"),
    at("/teammates"),
    at("/teammates/{teammate}"),
];

/// What the agent goes by, in the demo.
pub(super) const DOCUMENTS: &[Sight] = &[
    at("/policies").drawn("policy"),
    at("/policies?brand=fjordline&section=1"),
    at("/policies").when("drafted"),
    at("/policies/1"),
    at("/voices").drawn("voice"),
    at("/voices").when("drafted"),
    at("/voices?channel=whatsapp&locale=de"),
    at("/voices/1"),
    at("/reply-templates"),
    at("/reply-templates/en/late_or_lost").when("opened"),
    at("/reply-templates/en/thanks"),
    at("/reply-templates/en/thanks/1"),
    at("/articles"),
    at("/articles/new"),
    at("/articles/import"),
    at("/articles/questions"),
    at("/autonomy"),
];

/// Forms of the demo that the desk does not take as they are, and one that it takes with a page of its own.
pub(super) const REFUSED: &[Sight] = &[
    at("/account").when("refused").answered(422),
    at("/articles/new").when("refused").answered(422),
    at("/autonomy").when("refused").answered(422),
    at("/answer-times").when("nonsense").answered(422),
    at("/brands/new").when("refused").answered(422),
    at("/channels/new?kind=email").when("refused").answered(422),
    at("/channels/new?kind=telegram").when("refused").answered(422),
    at("/channels/chats/new").when("refused").answered(422),
    at("/channels/chats/new").when("connected"),
    at("/invitations").when("refused").answered(422),
    at("/language-model").when("nonsense").answered(422),
    at("/macros/new").when("refused").answered(422),
    at("/order-sources/new").when("refused").answered(422),
    at("/policies").when("rules").answered(422),
    at("/reply-templates/en/invoice").when("wording").answered(422),
    at("/saved-views/new").when("refused").answered(422),
    at("/teammates").when("refused").answered(422),
    at("/teammates/{teammate}").when("password").answered(422),
];

/// What is rare or empty, on a small desk of two brands.
pub(super) const RARE: &[Sight] = &[
    at("/agent-runs/{run}"),
    at("/approvals"),
    at("/articles?brand=fjell"),
    at("/articles/{article}/en"),
    at("/articles/{article}/en/1"),
    at("/articles/import?brand=fjell"),
    at("/articles/import/{import}"),
    at("/autonomy"),
    at("/channels"),
    at("/channels/{bot}"),
    at("/channels/{number}"),
    at("/channels/{number}/deletion/new"),
    at("/channels/{whatsapp}/closed-window"),
    at("/conversations/{writing}?view=all"),
    at("/conversations/{failed}?view=all").when("opened"),
    at("/conversations/{failed}?view=all&macro={macro}"),
    at("/inbox?view=open&changed={changed}"),
    at("/inbox?view=snoozed"),
    at("/jobs"),
    at("/macros?brand=fjell"),
    at("/notifications"),
    at("/order-sources"),
    at("/order-sources/{shop}"),
    at("/trackers/{tracker}"),
    at("/policies?brand=fjell"),
    at("/replays/{replay}"),
    at("/replays/{replay}?what=replies"),
];

/// What a teammate without a further role is kept from, or only reads.
pub(super) const KEPT_FROM: &[Sight] =
    &[at("/audit").answered(403), at("/settings"), at("/brands"), at("/channels"), at("/policies"), at("/voices")];

/// A desk on which nobody has an account yet.
pub(super) const FIRST: &[Sight] = &[at("/setup").drawn("setup"), at("/setup").when("refused").answered(422)];

/// Right after the first account.
pub(super) const SECOND: &[Sight] = &[at("/setup/next"), at("/inbox"), at("/channels"), at("/order-sources")];

/// Every page that is looked at.
pub(super) const ALL: [&[Sight]; 10] =
    [DOOR, TALKS, BESIDE, SETTINGS, DOCUMENTS, REFUSED, RARE, KEPT_FROM, FIRST, SECOND];
