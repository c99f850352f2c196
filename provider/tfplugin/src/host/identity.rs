//! The kind of certificate that Terraform shows to its plugins.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P521_SHA512,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::HostError;

/// A self-signed P-521 certificate, marked as a CA, and its key.
#[derive(Debug, Clone)]
pub struct ClientIdentity {
    certificate: CertificateDer<'static>,
    pem: String,
    key: Arc<Vec<u8>>,
}

impl ClientIdentity {
    /// Makes a new one.
    ///
    /// # Errors
    /// If no key can be made or the certificate cannot be signed.
    pub fn generate() -> Result<Self, HostError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512)?;
        let mut parameters = CertificateParams::new(vec!["localhost".to_owned()])?;
        parameters.distinguished_name.push(DnType::CommonName, "localhost");
        parameters.distinguished_name.push(DnType::OrganizationName, "A plugin host");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
            KeyUsagePurpose::KeyAgreement,
            KeyUsagePurpose::KeyCertSign,
        ];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        let now = SystemTime::now();
        parameters.not_before = (now - Duration::from_secs(30)).into();
        parameters.not_after = (now + Duration::from_secs(24 * 60 * 60)).into();
        let certificate = parameters.self_signed(&key)?;
        Ok(Self { certificate: certificate.der().clone(), pem: certificate.pem(), key: Arc::new(key.serialize_der()) })
    }

    /// The certificate as a host passes it in `PLUGIN_CLIENT_CERT`.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// This key behind somebody else's certificate: what an eavesdropper of the environment could try.
    #[must_use]
    pub fn showing_certificate_of(&self, other: &ClientIdentity) -> Self {
        Self { certificate: other.certificate.clone(), pem: other.pem.clone(), key: Arc::clone(&self.key) }
    }

    pub(super) fn chain(&self) -> Vec<CertificateDer<'static>> {
        vec![self.certificate.clone()]
    }

    pub(super) fn key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.to_vec()).into()
    }
}
