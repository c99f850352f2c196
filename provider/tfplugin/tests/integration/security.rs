//! Who may talk to a provider: the host that started it, and nobody else.

use std::time::Duration;

use tfplugin::host::{ClientIdentity, Connection, Handshake, HostError, Launch, Plugin, Security};
use tfplugin_proto::tfplugin6 as wire;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::example;

async fn secured() -> (Plugin, ClientIdentity) {
    let identity = ClientIdentity::generate().unwrap();
    let plugin = Launch::new(example("note")).identity(&identity).start().await.unwrap();
    (plugin, identity)
}

async fn works(connection: Connection) -> bool {
    let mut provider = connection.provider();
    let call = provider.get_provider_schema(wire::get_provider_schema::Request {});
    tokio::time::timeout(Duration::from_secs(30), call).await.is_ok_and(|reply| reply.is_ok())
}

/// Whether someone with this security gets an answer. A refusal may come while connecting or with the first call.
async fn is_served(plugin: &Plugin, security: Security) -> bool {
    match plugin.connect_with(&security).await {
        Ok(connection) => works(connection).await,
        Err(_) => false,
    }
}

#[tokio::test]
async fn the_host_is_served_over_mutual_tls() {
    let (plugin, identity) = secured().await;
    assert!(plugin.handshake().certificate.as_ref().is_some_and(|der| der.len() > 50));
    assert!(is_served(&plugin, Security::Mutual(identity)).await);
}

#[tokio::test]
async fn strangers_are_refused_and_do_not_disturb_the_host() {
    let (plugin, identity) = secured().await;
    let stranger = ClientIdentity::generate().unwrap();
    assert!(!is_served(&plugin, Security::Mutual(stranger.clone())).await);
    assert!(!is_served(&plugin, Security::Anonymous).await);
    assert!(!is_served(&plugin, Security::Plaintext).await);
    assert!(is_served(&plugin, Security::Mutual(identity.clone())).await);
    assert!(!is_served(&plugin, Security::Mutual(stranger)).await);
    assert!(is_served(&plugin, Security::Mutual(identity)).await);
}

/// A server with TLS that takes everybody: what most attempts at plugins outside of Go are.
#[tokio::test]
async fn a_server_that_asks_for_no_certificate_fails_the_harness() {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let private = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let mut lax = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .unwrap();
    lax.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(lax));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let handshake = Handshake {
        protocol: 6,
        network: "tcp".to_owned(),
        address: listener.local_addr().unwrap().to_string(),
        certificate: Some(certificate.der().to_vec()),
        multiplexing: None,
    };
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((socket, _)) = listener.accept().await {
            open.push(acceptor.accept(socket).await);
        }
    });
    let identity = ClientIdentity::generate().unwrap();
    let refusal = Connection::open(&handshake, &Security::Mutual(identity)).await.unwrap_err();
    assert!(matches!(refusal, HostError::Unasked), "{refusal}");
}

#[tokio::test]
async fn a_thief_of_the_certificate_lacks_its_key() {
    let (plugin, identity) = secured().await;
    let thief = ClientIdentity::generate().unwrap().showing_certificate_of(&identity);
    assert!(!is_served(&plugin, Security::Mutual(thief)).await);
}

#[cfg(unix)]
#[tokio::test]
async fn silent_and_rude_connections_do_not_delay_the_host() {
    let (plugin, identity) = secured().await;
    let mut open = Vec::new();
    for _ in 0..20 {
        open.push(tokio::net::UnixStream::connect(&plugin.handshake().address).await.unwrap());
    }
    open[0].write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    assert!(is_served(&plugin, Security::Mutual(identity)).await);
    let mut answer = Vec::new();
    let _ = open[0].read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
}
