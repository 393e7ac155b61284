//! The whole route table.

use actix_web::web::{ServiceConfig, get, post, resource, scope};

use super::{api, assets, health, live, webhooks};

/// Every address of the desk.
pub fn all(config: &mut ServiceConfig) {
    assets::configure(config);
    config
        .route("/health/live", get().to(health::live))
        .route("/health/ready", get().to(health::ready))
        .route("/webhooks/{kind}/{channel}", post().to(webhooks::receive))
        .route("/live", get().to(live::feed))
        .service(
            scope("/api/v1")
                .route("/conversations", get().to(api::conversations::list))
                .route("/conversations/count", get().to(api::conversations::count))
                .route("/conversations/{number}", get().to(api::conversations::show))
                .route("/conversations/{number}/messages", post().to(api::conversations::answer))
                .route("/search", get().to(api::conversations::find))
                .route("/approvals", get().to(api::approvals::list))
                .service(resource("/approvals/{id}/acceptance").route(post().to(api::approvals::accept)))
                .service(resource("/approvals/{id}/rejection").route(post().to(api::approvals::reject))),
        );
}
