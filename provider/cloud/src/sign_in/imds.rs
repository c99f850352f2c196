//! EC2's metadata service, version 2 only: it gives keys to whoever first gets a token of its own by PUT, which a forged request cannot.

use std::time::Duration;

use url::Url;

use super::SignInError;
use super::ask::{self, Ask};
use super::file::Object;
use crate::aws::sigv4::Keys;
use crate::secret::Secret;
use crate::transport::Transport;

/// The metadata service of a machine.
#[derive(Clone, Debug)]
pub(super) struct Imds {
    base: Url,
}

impl Imds {
    /// The service at the origin of a URL.
    pub(super) fn at(url: &Url) -> Self {
        Self { base: url.clone() }
    }

    /// The keys of the role that the machine has, and how long they last.
    pub(super) async fn keys(&self, origin: &str, transport: &Transport) -> Result<(Keys, Duration), SignInError> {
        let token = self.token(origin, transport).await?;
        let roles = "/latest/meta-data/iam/security-credentials/";
        let role = self.read(origin, roles, &token, transport).await?;
        let role = role.lines().next().unwrap_or_default().trim();
        if role.is_empty() || role.contains('/') {
            let problem = "the metadata service names no role: the machine has no instance profile".to_owned();
            return Err(SignInError::Malformed { origin: origin.to_owned(), problem });
        }
        let text = Secret::new(self.read(origin, &format!("{roles}{role}"), &token, transport).await?);
        keys_in(&Object::parse(&format!("{origin} (role {role})"), &text)?)
    }

    /// The region that the machine is in.
    pub(super) async fn region(&self, origin: &str, transport: &Transport) -> Result<String, SignInError> {
        let token = self.token(origin, transport).await?;
        Ok(self.read(origin, "/latest/meta-data/placement/region", &token, transport).await?.trim().to_owned())
    }

    async fn token(&self, origin: &str, transport: &Transport) -> Result<Secret, SignInError> {
        let ask = Ask::put(origin, self.url("/latest/api/token")).header("x-aws-ec2-metadata-token-ttl-seconds", "300");
        ask.text(transport).await.map(Secret::new)
    }

    async fn read(
        &self,
        origin: &str,
        path: &str,
        token: &Secret,
        transport: &Transport,
    ) -> Result<String, SignInError> {
        Ask::get(origin, self.url(path)).secret_header("x-aws-ec2-metadata-token", "", token).text(transport).await
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(path);
        url.set_query(None);
        url
    }
}

/// Keys as metadata service, container endpoints and programs write them.
pub(super) fn keys_in(object: &Object) -> Result<(Keys, Duration), SignInError> {
    let token = match object.optional("Token")? {
        Some(token) => Some(token),
        None => object.optional("SessionToken")?,
    };
    let keys = Keys {
        access_key_id: object.text("AccessKeyId")?.to_owned(),
        secret_access_key: Secret::new(object.text("SecretAccessKey")?),
        session_token: token.map(Secret::new),
    };
    let life = match object.optional("Expiration")? {
        None => Duration::from_secs(3_600),
        Some(_) => ask::remaining(object.get("Expiration"))
            .ok_or_else(|| object.malformed("its `Expiration` is not a time"))?,
    };
    if life.is_zero() {
        return Err(object.malformed("the keys in it have expired"));
    }
    Ok((keys, life))
}
