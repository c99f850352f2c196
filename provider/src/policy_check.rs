//! The data source `crosscloud_policy_check`: what the policy says of something as a cloud has it now.

mod model;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crosscloud_cloud::Context as CloudContext;
use crosscloud_cloud::gcp::{PoolName, ProviderName};
use crosscloud_policy_model::finding::Severity;
use crosscloud_trust::document::{Beside, of_existing};
use crosscloud_trust::{FactQuery, Facts, Leaf, Object, Text, aws, azure, gcp};
use tfplugin::{Attr, Context, DataSource, Diagnostic, Outcome, Path};

use crate::clouds::{CloudError, Clouds, Look};
use crate::composite::{ask, beside};
use crate::diagnostics;
use crate::policy::FindingModel;
use crate::shared::Shared;
pub use model::PolicyCheckModel;

/// How long a look may take.
const USUAL: Duration = Duration::from_secs(5 * 60);

/// The data source `crosscloud_policy_check`.
pub(crate) struct PolicyCheck;

impl DataSource for PolicyCheck {
    type Model = PolicyCheckModel;
    type Provider = Shared;

    fn type_name(&self) -> &str {
        "crosscloud_policy_check"
    }

    async fn read(&self, context: Context<Arc<Shared>>, mut config: PolicyCheckModel) -> Outcome<PolicyCheckModel> {
        let shared = &context.provider;
        let Some((attribute, id)) = config.target().map(|(attribute, id)| (attribute, id.to_owned())) else {
            return Outcome::failed(Diagnostic::error("Nothing to check", "Set exactly one of the arguments."));
        };
        let at = Path::root().attribute(attribute);
        let clouds = Clouds::new(Arc::clone(shared), context.cancel.clone(), Instant::now() + USUAL).surveying();
        let reads = CloudContext::new().with_cancel(context.cancel.clone()).with_timeout(USUAL).sharing_reads();
        let eyes = Eyes { clouds: &clouds, shared, reads: &reads };
        let seen = match eyes.look(attribute, &id).await {
            Ok(Some(seen)) => seen,
            Ok(None) => {
                let detail = format!("`{id}` is not there, or was deleted. Nothing that is not there can be judged.");
                return Outcome::failed(Diagnostic::attribute_error(&at, "There is nothing to check", detail));
            }
            Err(error) => {
                return Outcome::failed(diagnostics::of_error("Cannot look at what is to be checked", &error).at(&at));
            }
        };
        let subject = format!("{attribute}/{id}");
        let described = of_existing(&subject, &seen.objects, &seen.facts, attribute);
        let fail_on = config.fail_on.as_str().and_then(severity);
        let (findings, refusals) = match shared.policy.check(&described, fail_on) {
            Ok(checked) => checked,
            Err(error) => return Outcome::failed(error),
        };
        config.findings = Attr::Known(findings.iter().map(FindingModel::of).collect());
        config.subject = Attr::Known(subject);
        Outcome::done(config).with_diagnostics(refusals)
    }
}

/// What was seen.
struct Seen {
    objects: Vec<(Object, Vec<Beside>)>,
    facts: Facts,
}

/// Looks at what is to be checked.
struct Eyes<'a> {
    clouds: &'a Clouds,
    shared: &'a Shared,
    reads: &'a CloudContext,
}

impl Eyes<'_> {
    async fn look(&self, attribute: &str, id: &str) -> Result<Option<Seen>, CloudError> {
        match attribute {
            "google_pool" => self.pool(&bare(id).parse()?, None).await,
            "google_provider" => {
                let name: ProviderName = bare(id).parse()?;
                self.pool(&name.pool, Some(&name.provider)).await
            }
            "aws_role" => self.role(id).await,
            _ if id.starts_with('/') => self.managed_identity(id).await,
            _ => self.application(id).await,
        }
    }

    /// A pool with all of its providers, or with one.
    async fn pool(&self, name: &PoolName, only: Option<&str>) -> Result<Option<Seen>, CloudError> {
        let wanted = gcp::Pool {
            project: Text::of(&name.project),
            pool: Text::of(&name.pool),
            display_name: Text::of(""),
            description: Text::of(""),
            disabled: Leaf::Known(false),
        };
        let Look::There(pool) = self.clouds.look_for(&Object::Pool(wanted)).await? else { return Ok(None) };
        let is_meant = |it: &Beside| match (it, only) {
            (Beside::Provider(provider), Some(only)) => provider.provider.known().is_some_and(|id| id == only),
            _ => true,
        };
        let beside: Vec<_> = beside(self.clouds, &pool).await?.into_iter().filter(is_meant).collect();
        if only.is_some() && beside.is_empty() {
            return Ok(None);
        }
        let mut facts = Facts::default();
        if !name.project.bytes().all(|digit| digit.is_ascii_digit()) {
            let query = FactQuery::ProjectNumber { project: name.project.clone() };
            ask(self.shared, &query, self.reads, &mut facts).await?;
        }
        Ok(Some(Seen { objects: vec![(pool, beside)], facts }))
    }

    async fn role(&self, id: &str) -> Result<Option<Seen>, CloudError> {
        let name = id.rsplit('/').next().unwrap_or(id);
        let Some(role) = self.shared.aws.get_role(name, self.reads).await? else { return Ok(None) };
        // IAM looks up names without regard to the account and the path in an ARN.
        if id.starts_with("arn:") && role.arn != id {
            return Ok(None);
        }
        let object = Object::Role(aws::Role {
            account_id: Text::of(role.arn.split(':').nth(4).unwrap_or_default()),
            permissions_boundary: role.boundary().map(Text::of),
            path: Text::of(role.path),
            name: Text::of(role.role_name),
            trust_policy: Text::of(role.trust_policy),
            description: Text::of(role.description),
            max_session_duration: Leaf::Known(role.max_session_duration),
            tags: Default::default(),
            members: None,
        });
        Ok(Some(Seen { objects: vec![(object, Vec::new())], facts: Facts::default() }))
    }

    async fn managed_identity(&self, id: &str) -> Result<Option<Seen>, CloudError> {
        let wanted = azure::ManagedIdentity { id: Text::of(id), location: Text::of(""), tags: Default::default() };
        let Look::There(identity) = self.clouds.look_for(&Object::ManagedIdentity(wanted)).await? else {
            return Ok(None);
        };
        let beside = beside(self.clouds, &identity).await?;
        let mut facts = Facts::default();
        ask(self.shared, &FactQuery::Identity { id: id.to_owned() }, self.reads, &mut facts).await?;
        Ok(Some(Seen { objects: vec![(identity, beside)], facts }))
    }

    /// An application by its object id.
    async fn application(&self, id: &str) -> Result<Option<Seen>, CloudError> {
        let Some(application) = self.shared.azure.get_application(id, self.reads).await? else { return Ok(None) };
        let credentials = self.shared.azure.list_application_credentials(id, self.reads).await?;
        let beside = credentials.into_iter().map(|it| Beside::Credential {
            credential: azure::FederatedCredential {
                identity: Text::of(id),
                name: Text::of(it.spec.name),
                issuer: Text::of(it.spec.issuer),
                subject: Text::of(it.spec.subject.unwrap_or_default()),
                audience: Text::of(it.spec.audiences.join(" ")),
            },
            expression: it.spec.claims_matching_expression.map(|expression| expression.value),
        });
        let object = Object::Application(azure::Application {
            tenant_id: Leaf::Unknown,
            display_name: Text::of(application.spec.display_name),
            identifier_uri: Text::of(application.spec.identifier_uris.first().cloned().unwrap_or_default()),
            description: Text::of(application.spec.description),
        });
        Ok(Some(Seen { objects: vec![(object, beside.collect())], facts: Facts::default() }))
    }
}

/// A resource name of Google's without what stands before it in audiences and principals.
fn bare(name: &str) -> &str {
    name.trim_start_matches("https:").trim_start_matches("//iam.googleapis.com/")
}

fn severity(name: &str) -> Option<Severity> {
    [Severity::Low, Severity::Medium, Severity::High, Severity::Critical]
        .into_iter()
        .find(|severity| crate::policy::severity(*severity) == name)
}
