//! Files of a message: put where Amazon says, and named by the id of the place.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Effect, protected};
use channel_contract::outbound::OutboundAttachment;
use md5::{Digest as _, Md5};
use reqwest::Method;

use super::actions::Filled;
use super::{AMAZON, Call, Grant, PATIENCE, SpApi, failure, wire};
use crate::rate::Operation;

/// Below which places for files are made.
const DESTINATIONS: [&str; 3] = ["uploads", "2020-11-01", "uploadDestinations"];

impl SpApi {
    /// Puts files where Amazon says; gives the id of each place with the name of the file. Nothing reaches the buyer yet, so
    /// what breaks is done again.
    pub(super) async fn upload(
        &self,
        filled: &Filled<'_>,
        files: &[OutboundAttachment],
        query: &[(&str, &str)],
    ) -> Result<Vec<(String, String)>, ChannelFailure> {
        // What a file is for stands in the address as it is called: a place for something whose slashes are written in
        // another way is none.
        let resource = filled.action.path(filled.order);
        let path: Vec<&str> = DESTINATIONS.into_iter().chain(resource).collect();
        let mut placed = Vec::with_capacity(files.len());
        for file in files {
            placed.push((self.place(file, &path, query).await?, file.name.clone()));
        }
        Ok(placed)
    }

    async fn place(
        &self,
        file: &OutboundAttachment,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<String, ChannelFailure> {
        let hash = STANDARD.encode(Md5::digest(&file.content));
        let own = [("contentMD5", hash.as_str()), ("contentType", file.content_type.as_str())];
        let query: Vec<(&str, &str)> = query.iter().chain(&own).copied().collect();
        let answer = self
            .call(&Call {
                operation: Operation::Uploads,
                method: Method::POST,
                path,
                query: &query,
                body: None,
                grant: Grant::Seller,
                effect: Effect::Reads,
                patience: PATIENCE,
            })
            .await?;
        let place = wire::upload(&answer.json(AMAZON)?).ok_or_else(|| ChannelFailure::Retry {
            class: FailureClass::Protocol,
            after: None,
            reason: "Amazon named no place for a file.".to_owned(),
        })?;
        // The address lets in whoever has it: no token goes there.
        let mut request = self.outside.client.put(protected(&place.url)?).body(file.content.clone());
        for (name, value) in &place.headers {
            request = request.header(name, value);
        }
        let answer = self.outside.call(request, Effect::Reads, AMAZON).await?;
        if answer.is_success() { Ok(place.id) } else { Err(failure::of(&answer, Effect::Reads, answer.retry_after)) }
    }
}
