//! The whole route table.

use actix_web::guard::fn_guard;
use actix_web::web::{ServiceConfig, get, head, post, resource, scope};
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::approvals::decide;
use super::conversations::{change, compensation, identity_checks, linking, show, signs};
use super::multipart::is_multipart;
use super::sessions::sign_in;
use super::setup::first_run;
use super::{
    account, agent_runs, answer_times, api, articles, assets, audit, autonomy, brands, bulk_changes, channels,
    composer_files, contacts, draft_texts, flash, health, help, invitations, jobs, language_model, live, macros,
    merges, message_templates, messages, metrics, notifications, offered, order_sources, page, policies, presence,
    raw_events, reply_templates, resolutions, saved_views, search, settings, teammates, trackers, voices, webhooks,
    widget,
};

/// Every address of the desk.
pub fn all(config: &mut ServiceConfig) {
    assets::configure(config);
    config
        .route("/health/live", get().to(health::live))
        .route("/health/ready", get().to(health::ready))
        .route("/metrics", get().to(metrics::show))
        .route("/webhooks/{kind}/{channel}", get().to(webhooks::answer))
        .route("/webhooks/{kind}/{channel}", post().to(webhooks::receive))
        .route("/hooks/orders/{connection}", post().to(order_sources::hook::receive))
        .route("/hooks/tracking/{tracker}", post().to(trackers::hook::receive))
        .route("/hooks/order-keys", post().to(order_sources::keys::receive))
        .service(resource("/files/{token}").route(get().to(offered::show)).route(head().to(offered::show)))
        .configure(api_routes)
        .configure(chat)
        .configure(public_help)
        .configure(entrance)
        .configure(inbox)
        .configure(lists)
        .configure(queue)
        .configure(documents)
        .configure(set_up);
}

fn api_routes(config: &mut ServiceConfig) {
    config.service(
        scope("/api/v1")
            .route("/conversations", get().to(api::conversations::list))
            .route("/conversations/count", get().to(api::conversations::count))
            .route("/conversations/{number}", get().to(api::conversations::show))
            .route("/conversations/{number}/messages", get().to(api::messages::list))
            .route(
                "/conversations/{number}/messages",
                post()
                    .guard(fn_guard(|request| is_multipart(request.head())))
                    .to(api::conversations::answer_with_files),
            )
            .route("/conversations/{number}/messages", post().to(api::conversations::answer))
            .route("/conversations/{number}/templates", get().to(api::conversations::templates))
            .route("/attachments/{id}", get().to(api::messages::attachment))
            .route("/search", get().to(api::conversations::find))
            .route("/resolutions", get().to(api::resolutions::counts))
            .route("/resolutions/conversations", get().to(api::resolutions::list))
            .route("/approvals", get().to(api::approvals::list))
            .route("/approvals/{id}/acceptance", post().to(api::approvals::accept))
            .route("/approvals/{id}/rejection", post().to(api::approvals::reject)),
    );
}

/// What the chat widget asks, from shops' pages and from its own frame.
fn chat(config: &mut ServiceConfig) {
    config
        .route("/widget.js", get().to(widget::page::loader))
        .route("/widget/{channel}", get().to(widget::page::show))
        .route("/widget/{channel}/sessions", post().to(widget::session::create))
        .route("/widget/{channel}/line", get().to(widget::socket::open))
        .route("/widget/{channel}/feed", get().to(widget::feed::follow))
        .route("/widget/{channel}/frames", post().to(widget::feed::send))
        .route("/widget/{channel}/files", post().to(widget::files::send))
        .route("/widget/{channel}/files/{id}", get().to(widget::files::show));
}

/// What customers read, and the programs that read for them.
fn public_help(config: &mut ServiceConfig) {
    use help::show;
    config
        .route("/help/{brand}", get().to(show::start))
        .route("/help/{brand}/llms.txt", get().to(show::contents))
        .route("/help/{brand}/{locale}", get().to(show::list))
        .route("/help/{brand}/{locale}/{slug}.md", get().to(show::markdown))
        .route("/help/{brand}/{locale}/{slug}", get().to(show::article));
}

fn entrance(config: &mut ServiceConfig) {
    config
        .route("/", get().to(home))
        .route("/brand.css", get().to(brand_sheet))
        .service(
            resource("/invitations")
                .route(get().to(invitations::invite::show))
                .route(post().to(invitations::invite::create)),
        )
        .route("/invitations/{id}/deletion", post().to(invitations::invite::revoke))
        .service(
            resource("/invitations/{token}")
                .route(get().to(invitations::join::form))
                .route(post().to(invitations::join::create)),
        )
        .service(resource("/setup").route(get().to(first_run::form)).route(post().to(first_run::create)))
        .route("/setup/next", get().to(first_run::next))
        .route("/session/new", get().to(sign_in::form))
        .route("/session", post().to(sign_in::create))
        .route("/session/deletion", post().to(sign_in::delete))
        .route("/session/theme", post().to(sign_in::theme));
}

fn inbox(config: &mut ServiceConfig) {
    config
        .route("/live", get().to(live::feed))
        .route("/rail", get().to(show::rail))
        .route("/alarms", get().to(show::alarms))
        .route("/inbox", get().to(show::inbox))
        .route("/inbox/rows", get().to(show::rows))
        .route("/inbox/row/{number}", get().to(show::row))
        .route("/inbox/changes", post().to(bulk_changes::change::create))
        .route("/inbox/changes/{id}/deletion", post().to(bulk_changes::change::undo))
        .route("/conversations/{number}", get().to(show::conversation))
        .route("/conversations/{number}/merges/new", get().to(merges::merge::form))
        .route("/conversations/{number}/merges", post().to(merges::merge::create))
        .route("/contacts/{id}", get().to(contacts::show::show))
        .service(
            resource("/contacts/{id}/erasures")
                .route(get().to(contacts::erase::progress))
                .route(post().to(contacts::erase::create)),
        )
        .route("/contacts/{id}/erasures/new", get().to(contacts::erase::form))
        .route("/contacts/{id}/merges", post().to(contacts::merge::create))
        .route("/contacts/{id}/merges/refusals", post().to(contacts::merge::refuse))
        .route("/contact-merges/{id}/deletion", post().to(contacts::merge::undo))
        .route("/merges/{id}/deletion", post().to(merges::merge::undo))
        .route("/messages/{id}/splits", post().to(merges::merge::split))
        .route("/conversations/{number}/timeline", get().to(show::timeline))
        .route("/conversations/{number}/head", get().to(show::head))
        .route("/conversations/{number}/draft", get().to(show::draft))
        .route("/conversations/{number}/composer", get().to(show::composer))
        .route("/conversations/{number}/context", get().to(show::context))
        .route("/conversations/{number}/candidates", get().to(show::candidates))
        .route("/conversations/{number}/order-readings", post().to(linking::read_orders))
        .route("/conversations/{number}/actions/new", get().to(show::new_action))
        .route("/conversations/{number}/actions", post().to(change::act))
        .route("/actions/{id}/compensation", post().to(compensation::create))
        .route("/conversations/{number}/messages", post().to(change::answer))
        .service(
            resource("/conversations/{number}/templates")
                .route(get().to(message_templates::send::show))
                .route(
                    post()
                        .guard(fn_guard(|request| is_multipart(request.head())))
                        .to(message_templates::send::create_with_files),
                )
                .route(post().to(message_templates::send::create)),
        )
        .route("/conversations/{number}/route", post().to(change::choose_route))
        .route("/conversations/{number}/files", post().to(composer_files::attach))
        .route("/conversations/{number}/files/{id}", get().to(composer_files::show))
        .route("/conversations/{number}/files/{id}/deletion", post().to(composer_files::remove))
        .route("/conversations/{number}/notes", post().to(change::note))
        .route("/conversations/{number}/presence", post().to(presence::note))
        .route("/conversations/{number}/draft-text", post().to(change::keep_text))
        .route("/conversations/{number}/resolution", post().to(change::resolve))
        .route("/conversations/{number}/resolution/deletion", post().to(change::reopen))
        .route("/conversations/{number}/spam", post().to(bulk_changes::change::mark_spam))
        .route("/conversations/{number}/snooze", post().to(change::sleep))
        .route("/conversations/{number}/snooze/deletion", post().to(change::wake))
        .route("/conversations/{number}/assignment", post().to(change::assign))
        .route("/conversations/{number}/followers", post().to(notifications::read::follow))
        .route("/conversations/{number}/followers/deletion", post().to(notifications::read::unfollow))
        .route("/conversations/{number}/tags", post().to(change::tag))
        .route("/conversations/{number}/takeover", post().to(change::take_over))
        .route("/conversations/{number}/agent-runs", post().to(change::write_again))
        .route("/conversations/{number}/orders", post().to(linking::choose_order))
        .route("/conversations/{number}/orders/deletion", post().to(linking::take_off_order))
        .route("/conversations/{number}/identity-checks", post().to(identity_checks::create))
        .route("/messages/{id}/cancellation", post().to(change::take_back))
        .route("/messages/{id}/attempts", post().to(change::send_again))
        .route("/messages/{id}/agent-runs", post().to(change::write_instead))
        .route("/messages/{id}/sign", post().to(signs::put))
        .route("/messages/{id}/html", get().to(messages::html))
        .route("/messages/{id}/text", get().to(messages::text))
        .route("/attachments/{id}", get().to(messages::attachment))
        .route("/attachments/{id}/attempts", post().to(change::fetch_again));
}

fn lists(config: &mut ServiceConfig) {
    use saved_views::edit;
    config
        .route("/saved-views", get().to(edit::list))
        .route("/saved-views", post().to(edit::create))
        .route("/saved-views/new", get().to(edit::form))
        .route("/saved-views/{id}", get().to(edit::one))
        .route("/saved-views/{id}", post().to(edit::update))
        .route("/saved-views/{id}/deletion", post().to(edit::delete))
        .route("/saved-views/{id}/moves", post().to(edit::shift));
}

fn queue(config: &mut ServiceConfig) {
    config
        .route("/approvals", get().to(decide::first))
        .route("/approvals/acceptance", post().to(decide::accept_all))
        .route("/approvals/{id}", get().to(decide::one))
        .route("/approvals/{id}/customer", get().to(decide::customer))
        .route("/approvals/{id}/acceptance", post().to(decide::accept))
        .route("/approvals/{id}/edit", post().to(decide::edit))
        .route("/approvals/{id}/draft-text", post().to(draft_texts::keep))
        .route("/approvals/{id}/draft-text/deletion", post().to(draft_texts::forget))
        .route("/approvals/{id}/rejection", post().to(decide::reject))
        .route("/approvals/{id}/takeover", post().to(decide::take_over))
        .route("/agent-runs/{id}", get().to(agent_runs::show::show))
        .route("/drafts/{id}/agent-run", get().to(agent_runs::show::of_draft));
}

fn documents(config: &mut ServiceConfig) {
    config
        .route("/autonomy", get().to(autonomy::edit::show))
        .route("/brakes", post().to(autonomy::edit::stop))
        .route("/brakes/{id}/deletion", post().to(autonomy::edit::release))
        .route("/policies", get().to(policies::edit::show))
        .route("/policies/draft", post().to(policies::edit::draft))
        .route("/policies/draft/examples", post().to(policies::edit::settle_example))
        .route("/policies/draft/deletion", post().to(policies::edit::discard))
        .route("/policies/publication", post().to(policies::edit::publish))
        .route("/policies/replay", get().to(policies::replay::edit::counted))
        .route("/policies/replay/tools", get().to(policies::replay::edit::tools))
        .route("/replays", post().to(policies::replay::edit::begin))
        .route("/replays/{id}", get().to(policies::replay::edit::show))
        .route("/replays/{id}/cancellation", post().to(policies::replay::edit::cancel))
        .route("/policies/{version}", get().to(policies::edit::version))
        .route("/policies/{version}/restoration", post().to(policies::edit::restore))
        .route("/voices", get().to(voices::edit::show))
        .route("/voices/draft", post().to(voices::edit::draft))
        .route("/voices/draft/deletion", post().to(voices::edit::discard))
        .route("/voices/preview", post().to(voices::edit::preview))
        .route("/voices/publication", post().to(voices::edit::publish))
        .route("/voices/{version}", get().to(voices::edit::version))
        .route("/voices/{version}/restoration", post().to(voices::edit::restore))
        .configure(wordings)
        .configure(writings);
}

/// Articles of the help centre.
fn writings(config: &mut ServiceConfig) {
    use articles::{edit, import, questions};
    config
        .service(resource("/articles").route(get().to(edit::list)).route(post().to(edit::create)))
        .route("/articles/new", get().to(edit::form))
        .service(resource("/articles/import").route(get().to(import::form)).route(post().to(import::create)))
        .route("/articles/questions", get().to(questions::list))
        .route("/articles/import/{id}", get().to(import::show))
        .route("/articles/import/{id}/items", get().to(import::items))
        .route("/articles/{id}/deletion", post().to(edit::throw_away))
        .service(resource("/articles/{id}/{locale}").route(get().to(edit::show)).route(post().to(edit::keep)))
        .route("/articles/{id}/{locale}/preview", post().to(edit::preview))
        .route("/articles/{id}/{locale}/withdrawal", post().to(edit::withdraw))
        .route("/articles/{id}/{locale}/{version}", get().to(edit::version))
        .route("/articles/{id}/{locale}/{version}/restoration", post().to(edit::restore));
}

fn wordings(config: &mut ServiceConfig) {
    use reply_templates::edit;
    config
        .route("/reply-templates", get().to(edit::list))
        .service(resource("/reply-templates/{locale}/{name}").route(get().to(edit::show)).route(post().to(edit::keep)))
        .route("/reply-templates/{locale}/{name}/preview", post().to(edit::preview))
        .route("/reply-templates/{locale}/{name}/built-in", post().to(edit::reset))
        .route("/reply-templates/{locale}/{name}/{version}", get().to(edit::version))
        .route("/reply-templates/{locale}/{name}/{version}/restoration", post().to(edit::restore));
}

/// Answers that are given often, and what teammates should know.
fn answers(config: &mut ServiceConfig) {
    config
        .route("/notifications", get().to(notifications::read::show))
        .route("/notifications/reading", post().to(notifications::read::read_all))
        .route("/notifications/mails", post().to(notifications::read::choose))
        .service(resource("/macros").route(get().to(macros::edit::list)).route(post().to(macros::edit::create)))
        .route("/macros/new", get().to(macros::edit::form))
        .service(resource("/macros/{id}").route(get().to(macros::edit::show)).route(post().to(macros::edit::update)))
        .route("/macros/{id}/deletion", post().to(macros::edit::delete));
}

fn set_up(config: &mut ServiceConfig) {
    config
        .route("/settings", get().to(settings::show::show))
        .route("/account", get().to(account::edit::show))
        .route("/account", post().to(account::edit::update))
        .route("/account/password", post().to(account::edit::change_password))
        .route("/account/absence", post().to(account::edit::go_away))
        .route("/account/absence/deletion", post().to(account::edit::come_back))
        .route("/account/sessions/deletion", post().to(account::edit::sign_out_others))
        .service(
            resource("/answer-times")
                .route(get().to(answer_times::edit::show))
                .route(post().to(answer_times::edit::save)),
        )
        .service(
            resource("/language-model")
                .route(get().to(language_model::edit::show))
                .route(post().to(language_model::edit::save)),
        )
        .route("/brands", get().to(brands::edit::show))
        .route("/brands", post().to(brands::edit::create))
        .route("/brands/new", get().to(brands::edit::form))
        .route("/brands/{slug}", get().to(brands::edit::one))
        .route("/brands/{slug}", post().to(brands::edit::update))
        .configure(answers)
        .route("/resolutions", get().to(resolutions::show::show))
        .route("/resolutions/conversations", get().to(resolutions::show::list))
        .route("/search", get().to(search::find::show))
        .route("/search/rebuild", get().to(search::find::rebuilding))
        .route("/jobs", get().to(jobs::retry::show))
        .route("/audit", get().to(audit::show::show))
        .route("/audit/verifications", post().to(audit::show::verify))
        .route("/jobs/under-way", get().to(jobs::retry::under_way))
        .route("/jobs/{id}/attempts", post().to(jobs::retry::attempt))
        .route("/teammates", get().to(teammates::add::show))
        .route("/teammates", post().to(teammates::add::create))
        .route("/teammates/{id}", get().to(teammates::change::show))
        .route("/teammates/{id}/role", post().to(teammates::change::set_role))
        .route("/teammates/{id}/password", post().to(teammates::change::set_password))
        .route("/teammates/{id}/suspension", post().to(teammates::change::disable))
        .route("/teammates/{id}/suspension/deletion", post().to(teammates::change::enable))
        .route("/channels", get().to(channels::connect::show))
        .route("/channels", post().to(channels::connect::create))
        .route("/channels/new", get().to(channels::connect::form))
        .route("/channels/chats", post().to(channels::chat::create))
        .route("/channels/chats/new", get().to(channels::chat::form))
        .route("/channels/consents", get().to(channels::platform::consent::take))
        .route("/channels/{id}/consents/new", get().to(channels::platform::consent::ask))
        .route("/channels/{id}", get().to(channels::connect::edit))
        .route("/channels/{id}", post().to(channels::connect::update))
        .route("/channels/{id}/secrets", post().to(channels::chat::edit::renew))
        .route("/channels/{id}/former-secret/deletion", post().to(channels::former_secret::end))
        .route("/raw-events/{id}", get().to(raw_events::download))
        .route("/raw-events/{id}/attempts", post().to(raw_events::read_again))
        .route("/channels/{id}/reading", get().to(channels::connect::reading))
        .route("/channels/{id}/checks", post().to(channels::connect::check))
        .route("/channels/{id}/closed-window", get().to(channels::closed::show))
        .route("/channels/{id}/closed-window", post().to(channels::closed::choose))
        .route("/channels/{id}/news/deletion", post().to(channels::platform::dismiss))
        .route("/channels/{id}/extra-settings", post().to(channels::platform::extra::save))
        .route("/channels/{id}/test-messages", post().to(channels::platform::send_test))
        .route("/channels/{id}/sender-check", post().to(channels::senders::believe))
        .route("/channels/{id}/sender-check/deletion", post().to(channels::senders::refuse))
        .route("/channels/{id}/pause", post().to(channels::pause::pause))
        .route("/channels/{id}/pause/deletion", post().to(channels::pause::resume))
        .route("/channels/{id}/deletion/new", get().to(channels::removal::form))
        .route("/channels/{id}/deletion", post().to(channels::removal::remove))
        .route("/order-sources", get().to(order_sources::connect::show))
        .route("/order-sources", post().to(order_sources::connect::create))
        .route("/order-sources/new", get().to(order_sources::connect::form))
        .route("/order-sources/{id}", get().to(order_sources::connect::edit))
        .route("/order-sources/{id}", post().to(order_sources::connect::update))
        .route("/order-sources/{id}/former-secret/deletion", post().to(order_sources::connect::end_former))
        .route("/order-sources/{id}/deletion", post().to(order_sources::connect::remove))
        .route("/order-sources/{id}/checks", post().to(order_sources::connect::check))
        .route("/order-sources/{id}/keys", get().to(order_sources::keys::returned))
        .route("/trackers", get().to(trackers::connect::show))
        .route("/trackers", post().to(trackers::connect::create))
        .route("/trackers/new", get().to(trackers::connect::form))
        .route("/trackers/{id}", get().to(trackers::connect::edit))
        .route("/trackers/{id}", post().to(trackers::connect::update))
        .route("/trackers/{id}/checks", post().to(trackers::connect::check))
        .route("/trackers/{id}/deletion", post().to(trackers::connect::delete));
}

async fn home() -> HttpResponse {
    flash::back_to("/inbox")
}

#[derive(Deserialize)]
struct Hue {
    hue: i64,
}

/// The brand's accent as a sheet: the content policy allows no style in the page.
async fn brand_sheet(hue: web::Query<Hue>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header(("cache-control", "public, max-age=86400"))
        .body(page::brand_css(hue.hue))
}
