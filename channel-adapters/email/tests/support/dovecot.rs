//! A real IMAP server for tests: Dovecot with its own folders, ports and certificate, stopped when dropped.
//!
//! Needs the programs `dovecot` (2.3 or 2.4) and `openssl`; where they are missing, [`Dovecot::start`] says so and gives
//! nothing, and the test skips itself, or fails where `CI=true`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unused_self,
    reason = "support of tests: to panic is how a test fails"
)]
#![allow(dead_code, reason = "each test crate that includes this file uses its own part of it")]

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use channel_contract::testkit::skip;

/// Where what the program says lies, beside its log.
const SAID: &str = "said";

/// The password of every user.
pub(crate) const PASSWORD: &str = "test-pass";

/// A running server.
pub(crate) struct Dovecot {
    child: Child,
    folder: tempfile::TempDir,
    /// The port for unprotected connections and STARTTLS.
    pub(crate) port: u16,
    /// The port for connections that are protected from the start.
    pub(crate) tls_port: u16,
}

impl Dovecot {
    /// Starts a server; `None` (and a word why) where it is not installed.
    pub(crate) fn start() -> Option<Self> {
        let program = program();
        let version = version_of(program);
        if let Some(lack) = lack_of(&version, !version_of("openssl").is_empty()) {
            skip(&lack);
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let (port, tls_port) = (free_port(), free_port());
        make_certificate(folder.path());
        let config = write_config(folder.path(), &version, port, tls_port);
        // What is wrong with a configuration is said here, before there is a log.
        let said = File::create(folder.path().join(SAID)).unwrap();
        let mut command = if is_root() {
            hand_over(folder.path());
            let mut command = Command::new("setpriv");
            command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", program]);
            command
        } else {
            Command::new(program)
        };
        command.arg("-F").arg("-c").arg(config).stdout(said.try_clone().unwrap()).stderr(said);
        let mut server = Self { child: command.spawn().unwrap(), folder, port, tls_port };
        server.await_greeting(&version);
        Some(server)
    }

    /// The host that the certificate is made for.
    pub(crate) fn host(&self) -> &'static str {
        "localhost"
    }

    /// The certificate, to be trusted by the client under test.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    /// Puts a mail into a folder of a user.
    pub(crate) fn deliver(&self, user: &str, mailbox: &str, mail: &[u8]) {
        let mut session = Session::open(self.port, user);
        session.append(mailbox, mail);
    }

    /// All mails in a folder of a user, with their flags.
    pub(crate) fn read(&self, user: &str, mailbox: &str) -> Vec<Stored> {
        Session::open(self.port, user).read(mailbox)
    }

    /// Runs a command in a folder of a user, for example to delete mails.
    pub(crate) fn command(&self, user: &str, mailbox: &str, command: &str) {
        let mut session = Session::open(self.port, user);
        session.run(&format!("SELECT \"{mailbox}\""));
        session.run(command);
    }

    /// Makes the server forget its numbers for a folder, as after a restore: UIDVALIDITY changes.
    pub(crate) fn renumber(&self, user: &str, mailbox: &str) {
        let mails = self.read(user, mailbox);
        let mut session = Session::open(self.port, user);
        session.run(&format!("CREATE \"{mailbox}-new\""));
        for mail in &mails {
            session.append(&format!("{mailbox}-new"), &mail.mail);
        }
        session.run(&format!("DELETE \"{mailbox}\""));
        session.run(&format!("RENAME \"{mailbox}-new\" \"{mailbox}\""));
    }

    fn await_greeting(&mut self, version: &str) {
        let until = Instant::now() + Duration::from_secs(20);
        while Instant::now() < until && self.child.try_wait().unwrap().is_none() {
            if let Ok(stream) = TcpStream::connect(("127.0.0.1", self.port)) {
                let mut line = String::new();
                stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
                if BufReader::new(stream).read_line(&mut line).is_ok() && line.starts_with("* OK") {
                    return;
                }
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let text = |name: &str| std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        panic!("dovecot {version} did not start: {}{}", text(SAID), text("log"));
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // A gentle end lets the server stop its own children.
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

/// A mail in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    /// Its flags as the server writes them.
    pub(crate) flags: String,
    /// The mail itself.
    pub(crate) mail: Vec<u8>,
}

/// A small session of our own, so that the client under test is not its own judge.
struct Session {
    stream: BufReader<TcpStream>,
    tag: u32,
}

impl Session {
    fn open(port: u16, user: &str) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut session = Self { stream: BufReader::new(stream), tag: 0 };
        session.line();
        session.run(&format!("LOGIN {user} {PASSWORD}"));
        session
    }

    fn line(&mut self) -> Vec<u8> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).unwrap();
        assert!(!line.is_empty(), "dovecot closed the connection");
        line
    }

    fn send(&mut self, text: &[u8]) {
        self.stream.get_mut().write_all(text).unwrap();
    }

    /// Runs a command and gives its untagged lines, literals included.
    fn run(&mut self, command: &str) -> Vec<Vec<u8>> {
        self.tag += 1;
        self.send(format!("t{} {command}\r\n", self.tag).as_bytes());
        self.answers(command)
    }

    fn answers(&mut self, command: &str) -> Vec<Vec<u8>> {
        let tag = format!("t{} ", self.tag);
        let mut found = Vec::new();
        loop {
            let mut line = self.line();
            if line.starts_with(tag.as_bytes()) {
                let text = String::from_utf8_lossy(&line).into_owned();
                assert!(text.starts_with(&format!("{tag}OK")), "{command}: {text}");
                return found;
            }
            while let Some(length) = literal_length(&line) {
                let mut literal = vec![0; length];
                self.stream.read_exact(&mut literal).unwrap();
                line.extend_from_slice(&literal);
                let rest = self.line();
                line.extend_from_slice(&rest);
                if literal_length(&rest).is_none() {
                    break;
                }
            }
            found.push(line);
        }
    }

    fn append(&mut self, mailbox: &str, mail: &[u8]) {
        self.tag += 1;
        self.send(format!("t{} APPEND \"{mailbox}\" {{{}}}\r\n", self.tag, mail.len()).as_bytes());
        let go_on = self.line();
        assert!(go_on.starts_with(b"+"), "{}", String::from_utf8_lossy(&go_on));
        self.send(mail);
        self.send(b"\r\n");
        self.answers("APPEND");
    }

    fn read(&mut self, mailbox: &str) -> Vec<Stored> {
        let opened = self.run(&format!("EXAMINE \"{mailbox}\""));
        if opened.iter().any(|line| line.starts_with(b"* 0 EXISTS")) {
            return Vec::new();
        }
        let lines = self.run("FETCH 1:* (FLAGS BODY.PEEK[])");
        lines.iter().filter_map(|line| stored(line)).collect()
    }
}

fn literal_length(line: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(line).ok()?.trim_end();
    let (_, length) = text.strip_suffix('}')?.rsplit_once('{')?;
    length.parse().ok()
}

fn stored(line: &[u8]) -> Option<Stored> {
    let start = line.windows(3).position(|three| three == b"}\r\n")? + 3;
    let head = String::from_utf8_lossy(&line[..start]).into_owned();
    let length = literal_length(head.as_bytes())?;
    let flags = head.split_once("FLAGS (")?.1.split_once(')')?.0.to_owned();
    Some(Stored { flags, mail: line.get(start..start + length)?.to_vec() })
}

/// Debian keeps it where the PATH of a person who is not root does not lead.
fn program() -> &'static str {
    const DEBIAN: &str = "/usr/sbin/dovecot";
    if Path::new(DEBIAN).exists() { DEBIAN } else { "dovecot" }
}

/// The version that a program says it has; `""` where it is not installed.
fn version_of(program: &str) -> String {
    let flag = if program == "openssl" { "version" } else { "--version" };
    let said = Command::new(program).arg(flag).output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(said.trim_ascii()).into_owned()
}

/// Why these programs are of no use to the tests, and what to do.
fn lack_of(dovecot: &str, has_openssl: bool) -> Option<String> {
    if dovecot.is_empty() || !has_openssl {
        return Some("Dovecot or openssl is not installed (`bin/setup` installs them)".to_owned());
    }
    (!is_old(dovecot) && !dovecot.starts_with("2.4.")).then(|| {
        format!(
            "Dovecot {dovecot} reads another configuration than those of 2.3 and 2.4 that the tests write: teach \
             `configuration` in tests/support/dovecot.rs the new one"
        )
    })
}

/// Whether it reads the configuration of 2.3, which 2.4 does not.
fn is_old(version: &str) -> bool {
    version.starts_with("2.3.")
}

#[test]
fn a_server_of_another_version_is_told_from_none() {
    assert_eq!(lack_of("2.3.19.1 (9b53102964)", true), None);
    assert!(lack_of("", true).is_some_and(|lack| lack.contains("bin/setup")));
    assert!(lack_of("2.3.19.1", false).is_some_and(|lack| lack.contains("bin/setup")));
    assert_eq!(lack_of("2.4.1-4 (7d8c0e5759)", true), None);
    assert!(lack_of("2.2.36", true).is_some_and(|lack| lack.contains("2.2.36")));
    assert!(lack_of("3.1.0", true).is_some_and(|lack| lack.contains("3.1.0")));
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout.trim_ascii() == b"0"
}

fn hand_over(folder: &Path) {
    let status = Command::new("chown").args(["-R", "65534:65534"]).arg(folder).status().unwrap();
    assert!(status.success());
}

fn make_certificate(folder: &Path) {
    // A client refuses the certificate of an authority as a server's.
    let status = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=localhost", "-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
        .args(["-keyout", "key.pem", "-out", "certificate.pem"])
        .current_dir(folder)
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
}

fn write_config(folder: &Path, version: &str, port: u16, tls_port: u16) -> PathBuf {
    let users = ["desk", "shop", "customer"].map(|name| format!("{name}:{{PLAIN}}{PASSWORD}::::::\n")).concat();
    std::fs::write(folder.join("users"), users).unwrap();
    let path = folder.join("dovecot.conf");
    std::fs::write(&path, configuration(folder, version, port, tls_port)).unwrap();
    path
}

/// The configuration as this version reads it. Of 2.4 the version of the configuration comes first.
fn configuration(folder: &Path, version: &str, port: u16, tls_port: u16) -> String {
    let at = folder.display();
    let (user, group) = if is_root() { ("nobody".to_owned(), "nogroup".to_owned()) } else { (id("-un"), id("-gn")) };
    let (uid, gid) = if is_root() { ("65534".to_owned(), "65534".to_owned()) } else { (id("-u"), id("-g")) };
    let own = if is_old(version) { own_of_2_3(folder, &uid, &gid) } else { own_of_2_4(folder) };
    format!(
        "{own}base_dir = {at}/run\nstate_dir = {at}/state\nlog_path = {at}/log\nprotocols = imap\nlisten = 127.0.0.1\n\
         default_internal_user = {user}\ndefault_login_user = {user}\ndefault_internal_group = {group}\n\
         mail_uid = {uid}\nmail_gid = {gid}\nfirst_valid_uid = 1\nfirst_valid_gid = 1\n\
         auth_mechanisms = plain login\nmail_max_userip_connections = 100\nssl = yes\n\
         namespace inbox {{\n  inbox = yes\n  mailbox Junk {{\n    special_use = \\Junk\n    auto = create\n  }}\n\
         mailbox Sent {{\n    special_use = \\Sent\n    auto = create\n  }}\n}}\n\
         service imap-login {{\n  chroot =\n  inet_listener imap {{\n    port = {port}\n  }}\n\
         inet_listener imaps {{\n    port = {tls_port}\n    ssl = yes\n  }}\n}}\n\
         service anvil {{\n  chroot =\n}}\nservice stats {{\n  chroot =\n}}\n"
    )
}

fn own_of_2_3(folder: &Path, uid: &str, gid: &str) -> String {
    let at = folder.display();
    format!(
        "disable_plaintext_auth = no\nssl_cert = <{at}/certificate.pem\nssl_key = <{at}/key.pem\n\
         mail_location = maildir:{at}/mail/%u\n\
         passdb {{\n  driver = passwd-file\n  args = {at}/users\n}}\n\
         userdb {{\n  driver = static\n  args = uid={uid} gid={gid} home={at}/home/%u\n}}\n"
    )
}

/// Written by the documentation of 2.4 (quick configuration, rootless installation, upgrading from 2.3) where only 2.3
/// could be run: what it gets wrong the server says when it does not start. `2.4.0` is what every 2.4 reads.
fn own_of_2_4(folder: &Path) -> String {
    let at = folder.display();
    format!(
        "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\nauth_allow_cleartext = yes\n\
         ssl_server_cert_file = {at}/certificate.pem\nssl_server_key_file = {at}/key.pem\n\
         mail_home = {at}/home/%{{user}}\nmail_driver = maildir\nmail_path = {at}/mail/%{{user}}\n\
         passdb passwd-file {{\n  passwd_file_path = {at}/users\n}}\n"
    )
}

#[test]
fn each_version_gets_the_configuration_that_it_reads() {
    let of = |version: &str| configuration(Path::new("/there"), version, 10_143, 10_993);
    let (old, new) = (of("2.3.19.1 (9b53102964)"), of("2.4.1-4 (7d8c0e5759)"));
    assert!(
        old.contains("mail_location = maildir:/there/mail/%u\n") && !old.contains("dovecot_config_version"),
        "{old}"
    );
    assert!(new.starts_with("dovecot_config_version = 2.4.0\n"), "{new}");
    assert!(new.contains("mail_path = /there/mail/%{user}\n") && !new.contains("mail_location"), "{new}");
    for shared in ["port = 10143\n", "port = 10993\n", "special_use = \\Sent\n"] {
        assert!(old.contains(shared) && new.contains(shared), "{shared}");
    }
}

fn id(flag: &str) -> String {
    let output = Command::new("id").arg(flag).output().unwrap();
    String::from_utf8_lossy(output.stdout.trim_ascii()).into_owned()
}
