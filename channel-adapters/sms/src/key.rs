//! Keys of deliveries and threads, and the command that a delivery names. A report about an answer comes to an address that holds the
//! answer's command, so that it is known for whose it is even where the sending was never confirmed. The address is
//! signed with the rest, and the key is the only place beside the stored bytes that keeps it.

use channel_contract::wire;
use uuid::Uuid;

/// The query parameter of the address.
pub(crate) const COMMAND: &str = "command";

/// The key of a delivery: the same for the same bytes at the same address.
pub(crate) fn external_id(body: &[u8], command: Option<&str>) -> String {
    let digest = wire::fingerprint(body);
    match command.and_then(|command| Uuid::parse_str(command).ok()) {
        Some(command) => format!("{digest}.{command}"),
        None => digest,
    }
}

/// The command in a key.
pub(crate) fn command(external_id: &str) -> Option<Uuid> {
    Uuid::parse_str(external_id.rsplit_once('.')?.1).ok()
}

/// The id of the thread with a number: ids stand in logs, and numbers may not.
pub(crate) fn of_thread(number: &str) -> String {
    wire::short_name(number.as_bytes())
}

/// The address for reports about a command.
pub(crate) fn address(webhook_url: &str, command_id: Uuid) -> String {
    let joint = if webhook_url.contains('?') { '&' } else { '?' };
    format!("{webhook_url}{joint}{COMMAND}={command_id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_gives_its_command_back() {
        let id = Uuid::from_u128(7);
        let key = external_id(b"body", Some(&id.to_string()));
        assert_eq!(command(&key), Some(id));
        for other in [None, Some("no command"), Some("")] {
            let key = external_id(b"body", other);
            assert_eq!((key.len(), command(&key)), (64, None));
        }
    }

    #[test]
    fn an_address_keeps_its_own_parameters() {
        let id = Uuid::nil();
        assert_eq!(address("https://desk.example/x", id), format!("https://desk.example/x?command={id}"));
        assert_eq!(address("https://desk.example/x?a=1", id), format!("https://desk.example/x?a=1&command={id}"));
    }
}
