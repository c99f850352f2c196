//! A gRPC connection to a plugin, with the transport security that Terraform uses or a deliberately wrong one.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hyper_util::rt::TokioIo;
use rustls::client::ResolvesClientCert;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore, SignatureScheme, version};
use tfplugin_proto::plugin::Empty;
use tfplugin_proto::plugin::grpc_controller_client::GrpcControllerClient;
use tfplugin_proto::plugin::grpc_stdio_client::GrpcStdioClient;
use tfplugin_proto::tfplugin6::provider_client::ProviderClient;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint, Uri};

use super::{ClientIdentity, Handshake, HostError};
use crate::serve::MESSAGE_LIMIT;

/// How a connection is secured.
#[derive(Debug, Clone)]
pub enum Security {
    /// No TLS.
    Plaintext,
    /// TLS that shows no client certificate.
    Anonymous,
    /// TLS with this client certificate.
    Mutual(ClientIdentity),
}

/// A connection to one plugin.
#[derive(Debug, Clone)]
pub struct Connection {
    channel: Channel,
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

impl Connection {
    /// Connects to the address of a handshake. A server refuses a client certificate only after the client's part of
    /// a TLS 1.3 handshake is done, so a refusal may show with the first call only.
    ///
    /// # Errors
    /// If the socket cannot be reached or the TLS handshake fails, and [`HostError::Unasked`] where a certificate is to be
    /// shown and the plugin does not ask for one: such a plugin would serve anybody.
    pub async fn open(handshake: &Handshake, security: &Security) -> Result<Self, HostError> {
        let io = connect(handshake, security).await?;
        let mut io = Some(TokioIo::new(io));
        let channel = Endpoint::from_static("http://localhost")
            .connect_with_connector(tower::service_fn(move |_: Uri| {
                let io = io.take().ok_or_else(|| io::Error::other("the plugin closed the connection"));
                async move { io }
            }))
            .await?;
        Ok(Self { channel })
    }

    /// The provider.
    pub fn provider(&self) -> ProviderClient<Channel> {
        ProviderClient::new(self.channel.clone())
            .max_decoding_message_size(MESSAGE_LIMIT)
            .max_encoding_message_size(MESSAGE_LIMIT)
    }

    /// The plugin's output stream.
    pub fn stdio(&self) -> GrpcStdioClient<Channel> {
        GrpcStdioClient::new(self.channel.clone())
    }

    /// The channel, for services that have no accessor here.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Asks the plugin to end.
    ///
    /// # Errors
    /// If the plugin does not answer.
    pub async fn shut_down(&self) -> Result<(), HostError> {
        GrpcControllerClient::new(self.channel.clone()).shutdown(Empty {}).await.map_err(Box::new)?;
        Ok(())
    }
}

async fn connect(handshake: &Handshake, security: &Security) -> Result<Box<dyn Duplex>, HostError> {
    let failed = |source| HostError::Io { action: format!("cannot connect to {}", handshake.address), source };
    let socket: Box<dyn Duplex> = match handshake.network.as_str() {
        #[cfg(unix)]
        "unix" => Box::new(tokio::net::UnixStream::connect(&handshake.address).await.map_err(failed)?),
        _ => Box::new(tokio::net::TcpStream::connect(&handshake.address).await.map_err(failed)?),
    };
    let identity = match security {
        Security::Plaintext => return Ok(socket),
        Security::Anonymous => None,
        Security::Mutual(identity) => Some(identity),
    };
    let asked = Arc::new(AtomicBool::new(false));
    let connector = TlsConnector::from(Arc::new(tls_config(handshake, identity, &asked)?));
    let name = ServerName::try_from("localhost").map_err(io::Error::other).map_err(failed)?;
    let secured = connector.connect(name, socket).await.map_err(failed)?;
    if identity.is_some() && !asked.load(Ordering::Relaxed) {
        return Err(HostError::Unasked);
    }
    Ok(Box::new(secured))
}

/// Shows one certificate, and notes that it was asked for.
#[derive(Debug)]
struct Witness {
    certificate: Arc<CertifiedKey>,
    asked: Arc<AtomicBool>,
}

impl ResolvesClientCert for Witness {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        Some(Arc::clone(&self.certificate))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Trusts the announced certificate and nothing else, under the name `localhost`.
fn tls_config(
    handshake: &Handshake,
    identity: Option<&ClientIdentity>,
    asked: &Arc<AtomicBool>,
) -> Result<ClientConfig, HostError> {
    let mut roots = RootCertStore::empty();
    if let Some(certificate) = &handshake.certificate {
        roots.add(CertificateDer::from(certificate.clone()))?;
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&version::TLS13, &version::TLS12])?
        .with_root_certificates(roots);
    let mut config = match identity {
        Some(identity) => {
            let key = provider.key_provider.load_private_key(identity.key())?;
            let certificate = Arc::new(CertifiedKey::new(identity.chain(), key));
            builder.with_client_cert_resolver(Arc::new(Witness { certificate, asked: Arc::clone(asked) }))
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}
