//! Root certificates and the protected stream.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use channel_contract::failure::{ChannelFailure, FailureClass};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::settings::{EmailSettings, Server, TlsMode};
use crate::trouble;

/// A stream to a server, protected or not.
pub(crate) trait Stream: AsyncRead + AsyncWrite + fmt::Debug + Send + Sync + Unpin {}

impl<T: AsyncRead + AsyncWrite + fmt::Debug + Send + Sync + Unpin> Stream for T {}

/// Refuses to send passwords in the clear to another machine.
pub(crate) fn check_mode(server: &Server) -> Result<(), ChannelFailure> {
    let local = matches!(server.host.as_str(), "localhost" | "127.0.0.1" | "::1" | "[::1]");
    if server.tls == TlsMode::Plain && !local {
        let reason = format!(
            "{} must be reached with TLS: an unprotected connection is allowed to this machine only",
            server.host
        );
        return Err(ChannelFailure::refused(FailureClass::Permission, reason));
    }
    Ok(())
}

/// Opens the plain connection, and says which address answered.
pub(crate) async fn connect(server: &Server) -> Result<(TcpStream, SocketAddr), ChannelFailure> {
    let stream = TcpStream::connect((server.host.as_str(), server.port)).await;
    stream.and_then(|stream| stream.peer_addr().map(|peer| (stream, peer))).map_err(|error| {
        ChannelFailure::temporary(format!("cannot reach {}:{}: {}", server.host, server.port, trouble::of_io(&error)))
    })
}

/// Protects a connection.
pub(crate) async fn protect<S: Stream + 'static>(
    stream: S,
    server: &Server,
    settings: &EmailSettings,
) -> Result<Box<dyn Stream>, ChannelFailure> {
    let connector = TlsConnector::from(Arc::new(client_config(settings)?));
    let name = ServerName::try_from(server.host.clone())
        .map_err(|_| ChannelFailure::refused(FailureClass::Content, format!("“{}” is not a host name", server.host)))?;
    match connector.connect(name, stream).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) => Err(ChannelFailure::temporary(format!(
            "no protected connection to {}: {}",
            server.host,
            trouble::of_io(&error)
        ))),
    }
}

fn client_config(settings: &EmailSettings) -> Result<ClientConfig, ChannelFailure> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = &settings.extra_root_certificates {
        let unusable = |error: String| {
            ChannelFailure::refused(
                FailureClass::Content,
                format!("the certificates in {path} cannot be used: {error}"),
            )
        };
        for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.to_string()))? {
            let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
            roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
        }
    }
    // The provider is named: a binary may hold several, or have none installed.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ChannelFailure::refused(FailureClass::Protocol, error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
