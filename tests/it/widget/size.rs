//! How much a shop's customer loads for the chat.

use std::collections::BTreeSet;

use resolute::config::ChatConfig;

use super::bad_input::desk_with;
use crate::support::chat::SHOP;
use crate::support::desk::Engine;

#[tokio::test(flavor = "multi_thread")]
async fn the_launcher_and_the_panel_are_small() {
    let (desk, chat) = desk_with(Engine::Sqlite, ChatConfig::default()).await;
    let mut packed = desk.client().with("accept-encoding", "gzip");
    for language in ["en", "de", "fr", "ar", "es", "it", "nl", "pt", "pl", "he"] {
        let path = chat.path(&format!("?origin={SHOP}&lang={language}"));
        let page = desk.client().get(&path).await.unwrap().text();
        assert!(page.contains(&format!("<html lang=\"{language}\"")), "{language}");
        let loaded = page.split(['"', '#']).filter(|word| word.starts_with('/') && word.contains('.'));
        let files: BTreeSet<&str> = loaded.chain(["/widget.js", &path]).collect();
        assert!(["panel.", "widget.", "icons."].iter().all(|name| files.iter().any(|file| file.contains(name))));
        let mut all = 0;
        for file in files {
            let answer = packed.get(file).await.unwrap();
            assert_eq!(answer.status, 200, "{file}");
            all += answer.body.len();
        }
        assert!(all < 30_000, "in {language}, launcher and panel are {all} bytes as they travel");
    }
}
