//! Everything that speaks HTTP: pages, the API, webhooks and the files that pages need. No SQL.
//!
//! A page is a view struct with its askama template; constructors turn values of the model into what is shown.

pub mod account;
pub mod action_words;
pub mod agent_runs;
pub mod answer_times;
pub mod api;
pub mod approvals;
pub mod articles;
pub mod assets;
pub mod audit;
pub mod autonomy;
pub mod body;
pub mod brands;
pub mod bulk_changes;
mod changes;
pub mod channels;
pub mod composer_files;
mod connection;
pub mod contacts;
pub mod conversations;
mod cursors;
pub mod doubts;
pub mod draft_texts;
pub mod error;
pub mod file_name;
pub mod filters;
pub mod flash;
pub mod format;
pub mod former_secret;
pub mod forms;
mod frame;
pub mod guard;
pub mod health;
pub mod help;
mod in_time;
pub mod invitations;
pub mod jobs;
pub mod language_model;
mod limits;
pub mod live;
pub mod macros;
pub mod merges;
pub mod message_templates;
pub mod messages;
pub mod metrics;
pub mod multipart;
pub mod notifications;
pub mod offered;
pub mod order_sources;
pub mod page;
pub mod parts;
pub mod policies;
pub mod presence;
pub mod raw_events;
pub mod reply_templates;
pub mod resolutions;
pub mod routes;
pub mod saved_views;
pub mod search;
pub mod sessions;
pub mod settings;
pub mod setup;
pub mod teammates;
pub mod text;
pub mod trackers;
mod unreadable;
mod upgrade;
pub mod versions;
pub mod voices;
pub mod webhooks;
pub mod widget;
pub mod words;
pub mod writing;

use std::net::TcpListener;
use std::time::Duration;

use actix_server::Server;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::{Compress, DefaultHeaders, Next, NormalizePath, from_fn};
use actix_web::{App, web};

use crate::app::Desk;
use crate::events::Source;

/// Pages load only what the desk itself serves.
const CONTENT_POLICY: &str = "default-src 'self'; img-src 'self' data:; frame-src 'self'; object-src 'none'; \
                              base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// A page stands in no frame, unless its own policy says where it may: that of the chat must not be told both.
async fn in_no_frame(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let mut answered = next.call(request).await?;
    let headers = answered.headers_mut();
    let policy = headers.get(header::CONTENT_SECURITY_POLICY).and_then(|policy| policy.to_str().ok());
    let says_where = policy.is_some_and(|policy| policy.contains("frame-ancestors"));
    if !says_where && !headers.contains_key(header::X_FRAME_OPTIONS) {
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    Ok(answered)
}

/// The web server over a bound listener. It ends when the desk stops.
pub fn server(desk: &Desk, listener: TcpListener) -> std::io::Result<Server> {
    let data = web::Data::new(desk.clone());
    let attempts = web::Data::new(sessions::attempts::SignInAttempts::default());
    let readers = web::Data::new(help::Readers::default());
    let hub = widget::hub::Hub::new(&desk.config.chat);
    let source = Source { db: desk.db.clone(), wake: desk.wake.clone(), clock: desk.clock.clone() };
    desk.events.start(source, desk.stop_token());
    tokio::spawn(hub.clone().run(desk.clone()));
    let hub = web::Data::new(hub);
    let builder = Server::build().workers(2).shutdown_timeout(5).disable_signals();
    let unread = Duration::from_secs(desk.config.http.unread_seconds);
    upgrade::listen(builder, listener, unread, move || {
        App::new()
            .app_data(data.clone())
            .app_data(attempts.clone())
            .app_data(readers.clone())
            .app_data(hub.clone())
            .wrap(Compress::default())
            .wrap(from_fn(in_time::keep))
            .wrap(from_fn(in_no_frame))
            .wrap(
                DefaultHeaders::new()
                    .add(("content-security-policy", CONTENT_POLICY))
                    .add(("x-content-type-options", "nosniff"))
                    .add(("referrer-policy", "same-origin")),
            )
            .wrap(from_fn(metrics::measure))
            .wrap(NormalizePath::trim())
            .configure(unreadable::configure)
            .configure(routes::all)
            .default_service(web::to(unreadable::nowhere))
    })
}
