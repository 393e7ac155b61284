//! The templates of the account that the program plays: some that can be sent, and some that cannot.

use serde_json::{Value, json};

/// As the platform lists them.
pub fn shop_templates() -> [Value; 6] {
    let head = json!({ "type": "HEADER", "format": "TEXT", "text": "Order {{1}}" });
    let news = body("Hi {{1}}, here is what we know: {{2}} Write back if you have a question.");
    let foot = json!({ "type": "FOOTER", "text": "Fjordline" });
    let track = json!({ "type": "URL", "text": "Track it", "url": "https://fjordline.example/parcels/{{1}}" });
    let buttons = json!({ "type": "BUTTONS", "buttons": [track] });
    let english = body("Hi {{1}}, we have an answer to your question. Write back, and we go on here.");
    let german = body("Hallo {{1}}, wir haben eine Antwort auf deine Frage. Schreib zurück, dann geht es hier weiter.");
    [
        template(("order_news", "en"), ("UTILITY", "APPROVED"), &[head, news, foot]),
        template(("parcel_left", "en"), ("UTILITY", "APPROVED"), &[body("Hi {{1}}, your parcel has left."), buttons]),
        template(("we_have_an_answer", "en"), ("UTILITY", "APPROVED"), &[english]),
        template(("we_have_an_answer", "de"), ("UTILITY", "APPROVED"), &[german]),
        template(("everything_must_go", "en"), ("MARKETING", "REJECTED"), &[body("EVERYTHING MUST GO, {{1}}!")]),
        template(("back_in_stock", "en"), ("MARKETING", "PAUSED"), &[body("Hi {{1}}, the lamp is here again.")]),
    ]
}

fn body(text: &str) -> Value {
    json!({ "type": "BODY", "text": text })
}

fn template((name, language): (&str, &str), (category, status): (&str, &str), components: &[Value]) -> Value {
    json!({
        "name": name, "language": language, "category": category, "status": status, "components": components,
    })
}
