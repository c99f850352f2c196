//! Mutual TLS with exactly one peer: the host that started this process.
//!
//! The host's certificate is self-signed, marked as a CA and on P-521, so a chain verifier refuses it. We compare
//! the presented leaf with the one from the environment and check that the peer holds its key.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme, version,
};

use super::ServeError;

/// Clocks of containers and their hosts drift apart by a little.
const BACKDATE: Duration = Duration::from_secs(5 * 60);
const LIFETIME: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// A TLS configuration and the leaf that the handshake line announces.
pub(crate) struct Identity {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) certificate: CertificateDer<'static>,
}

impl Identity {
    /// Makes a certificate for this process and pins the peer to `client_pem`.
    pub(crate) fn pinned_to(client_pem: &str) -> Result<Self, ServeError> {
        let client = client_certificate(client_pem)?;
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let certificate = parameters()?.self_signed(&key)?.der().clone();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = PinnedClient { client, provider: Arc::clone(&provider) };
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&version::TLS13, &version::TLS12])?
            .with_client_cert_verifier(Arc::new(verifier))
            .with_single_cert(vec![certificate.clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        // The host connects once. A resumed session would skip the certificate.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Self { config: Arc::new(config), certificate })
    }
}

/// The certificate that a host announces.
pub(crate) fn client_certificate(pem: &str) -> Result<CertificateDer<'static>, ServeError> {
    CertificateDer::from_pem_slice(pem.as_bytes()).map_err(ServeError::ClientCertificate)
}

fn parameters() -> Result<CertificateParams, rcgen::Error> {
    let now = SystemTime::now();
    let mut parameters = CertificateParams::new(vec!["localhost".to_owned()])?;
    parameters.distinguished_name.push(DnType::CommonName, "localhost");
    parameters.is_ca = IsCa::ExplicitNoCa;
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    parameters.not_before = (now - BACKDATE).into();
    parameters.not_after = (now + LIFETIME).into();
    Ok(parameters)
}

/// Accepts one certificate, byte for byte, from a peer that can sign with its key.
#[derive(Debug)]
struct PinnedClient {
    client: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ClientCertVerifier for PinnedClient {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if end_entity.as_ref() == self.client.as_ref() {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_bytes_are_accepted() {
        let leaf = |name: &str| {
            let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
            CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap()
        };
        let (host, stranger) = (leaf("localhost"), leaf("localhost"));
        let verifier = PinnedClient { client: host.der().clone(), provider: Arc::new(aws_lc_rs::default_provider()) };
        assert!(verifier.verify_client_cert(host.der(), &[], UnixTime::now()).is_ok());
        assert!(verifier.verify_client_cert(stranger.der(), &[], UnixTime::now()).is_err());
        assert!(verifier.client_auth_mandatory());
        assert!(verifier.supported_verify_schemes().contains(&SignatureScheme::ECDSA_NISTP521_SHA512));
    }

    #[test]
    fn a_client_certificate_that_is_no_pem_is_an_error() {
        assert!(matches!(Identity::pinned_to("not a certificate"), Err(ServeError::ClientCertificate(_))));
    }
}
