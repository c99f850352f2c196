//! Google's objects in the document.

use std::collections::BTreeMap;

use crosscloud_policy_model::document::{
    Binding, KmsKey, Perimeter, PerimeterConfig, PerimeterRule, Pool, PoolProvider, ResourceKind, TokenSource,
};

use super::{Writer, element, escaped};
use crate::admits;
use crate::leaf::{Leaf, Text};
use crate::object::gcp::{self, ProviderKind, Resource, SERVICE_ACCOUNT_USER_ROLE, pool_name};
use crate::object::{Object, gcp::RuleSource};
use crate::target::gcp::{AUDIENCES, MAPPING, PRINCIPALS, PROJECT, ROLES, number};

impl Writer<'_> {
    /// `referenced`: others may bind identities of the pool. `hidden`: nobody has looked at it yet.
    pub(super) fn pool(&mut self, it: &gcp::Pool, referenced: bool, hidden: bool, path: &str) {
        let at = format!("/pools/{}", self.document().pools.len());
        let name = pool_name(&number(self.facts, &it.project), &it.pool);
        let name = self.leaf(&name, format!("{at}/name"), path);
        let disabled = self.switch(&it.disabled, format!("{at}/disabled"));
        self.document().pools.push(Pool { name, disabled: disabled && !hidden, complete: !referenced });
        self.origin(at, "to.gcp");
    }

    pub(super) fn provider(&mut self, it: &gcp::Provider, hidden: bool, path: &str) {
        let at = format!("/providers/{}", self.document().providers.len());
        let pool = pool_name(&number(self.facts, &it.project), &it.pool);
        let name = Text::concat([pool.piece(), "/providers/".into(), it.provider.piece()]);
        let provider = PoolProvider {
            name: self.leaf(&name, format!("{at}/name"), path),
            pool: self.leaf(&pool, format!("{at}/pool"), path),
            disabled: !hidden && self.switch(&it.disabled, format!("{at}/disabled")),
            source: self.source(&it.kind, &at),
            attribute_mapping: self.mapping(&at, &it.attribute_mapping),
            attribute_condition: self.leaf(
                &it.attribute_condition,
                format!("{at}/attribute_condition"),
                self.condition,
            ),
            admits: admits::members_of(&it.attribute_condition).filter(|_| !hidden),
            intended: match &self.identities.gcp {
                // Nobody here says whom another's provider is meant for.
                _ if self.is_foreign() => Vec::new(),
                Some(identity) if identity.claims.known().is_some() => match &it.kind {
                    ProviderKind::Oidc { issuer: Leaf::Known(issuer), .. } => identity.claims_of(issuer),
                    _ => identity.claims.known().cloned().unwrap_or_default(),
                },
                _ => {
                    self.unknown(format!("{at}/intended"));
                    Vec::new()
                }
            },
        };
        if hidden {
            // What stands here is what the trust would write, not what is there.
            for place in ["source", "attribute_mapping", "attribute_condition"] {
                self.unknown(format!("{at}/{place}"));
            }
        }
        self.document().providers.push(if hidden {
            PoolProvider { attribute_mapping: BTreeMap::new(), attribute_condition: None, ..provider }
        } else {
            provider
        });
        self.origin(at, "to.gcp");
    }

    fn source(&mut self, kind: &ProviderKind, at: &str) -> TokenSource {
        let path = self.identities.gcp.as_ref().map_or("from", |identity| identity.issuer_path);
        match kind {
            // That is how a provider of a third kind reads.
            ProviderKind::Oidc { issuer, .. } if issuer.known().is_some_and(String::is_empty) => TokenSource::Saml,
            ProviderKind::Oidc { issuer, allowed_audiences, jwks } => {
                let place = format!("{at}/source/allowed_audiences");
                let explicit = self.gcp.is_some_and(|gcp| gcp.allowed_audiences.is_some());
                self.origin(place.clone(), if explicit { AUDIENCES } else { path });
                TokenSource::Oidc {
                    issuer: self.leaf(issuer, format!("{at}/source/issuer"), path),
                    allowed_audiences: self.texts(allowed_audiences, &place),
                    uploaded_keys: jwks.is_some(),
                }
            }
            ProviderKind::Aws { account_id } => {
                TokenSource::Aws { account_id: self.leaf(account_id, format!("{at}/source/account_id"), path) }
            }
        }
    }

    /// An unknown mapping as a whole is an empty map in the graph, and must not be taken for one.
    fn mapping(&mut self, at: &str, mapping: &BTreeMap<String, Text>) -> BTreeMap<String, String> {
        let at = format!("{at}/attribute_mapping");
        self.origin(at.clone(), MAPPING);
        let wanted = self.gcp.filter(|_| self.found.is_none());
        if matches!(wanted.and_then(|gcp| gcp.attribute_mapping.as_ref()), Some(Leaf::Unknown)) {
            self.unknown(at.clone());
        }
        let mut known = BTreeMap::new();
        for (key, cel) in mapping {
            let pointer = format!("{at}/{}", escaped(key));
            known.insert(key.clone(), self.leaf(cel, pointer, &element(MAPPING, key)).unwrap_or_default());
        }
        known
    }

    pub(super) fn grant(&mut self, it: &gcp::Grant, path: &str) {
        let (kind, name) = match &it.resource {
            Resource::Project { .. } => (ResourceKind::Project, it.resource.name()),
            // The policy knows accounts by their email alone.
            Resource::ServiceAccount { email, .. } => {
                (ResourceKind::ServiceAccount, Text::concat(["projects/-/serviceAccounts/".into(), email.piece()]))
            }
            Resource::CryptoKey { .. } => (ResourceKind::CryptoKey, it.resource.name()),
            Resource::Bucket { .. } => (ResourceKind::Bucket, it.resource.name()),
        };
        let at = self.binding(kind, &name, &it.role, &it.member, path);
        if let Some(condition) = &it.condition {
            let expression = self.leaf(&condition.expression, format!("{at}/condition"), path);
            if let Some(binding) = self.document().bindings.last_mut() {
                binding.condition = expression;
            }
        }
    }

    fn binding(&mut self, kind: ResourceKind, resource: &Text, role: &Text, member: &Text, path: &str) -> String {
        let at = format!("/bindings/{}", self.document().bindings.len());
        let binding = Binding {
            resource_kind: kind,
            resource: self.leaf(resource, format!("{at}/resource"), path),
            role: self.leaf(role, format!("{at}/role"), path),
            members: vec![self.leaf(member, format!("{at}/members/0"), path)],
            ..Binding::default()
        };
        self.document().bindings.push(binding);
        self.origin(at.clone(), path);
        at
    }

    /// What an unknown value hides still has to be judged: it stands in the document as something nobody knows.
    pub(super) fn hidden(&mut self, path: &str) {
        match path {
            PRINCIPALS => {
                let role = Text::of(SERVICE_ACCOUNT_USER_ROLE);
                self.binding(ResourceKind::ServiceAccount, &Leaf::Unknown, &role, &Leaf::Unknown, PRINCIPALS);
            }
            ROLES => {
                self.binding(ResourceKind::Project, &Leaf::Unknown, &Leaf::Unknown, &Leaf::Unknown, ROLES);
            }
            // These stand in the document as unknown already, or change nothing about who gets in.
            MAPPING | AUDIENCES | PROJECT | "labels" => {}
            "to.azure.roles" => {
                let pointer = "/azure_role_assignments".to_owned();
                self.unknown(pointer.clone());
                self.origin(pointer, path);
            }
            whole => {
                let places: &[&str] = match whole {
                    "to.gcp.encryption" | "to.gcp.encryption.keys" => &["/kms_keys", "/bindings"],
                    azure if azure.starts_with("to.azure") => &["/entra_identities", "/federated_credentials"],
                    aws if aws.starts_with("to.aws") => &["/aws_roles"],
                    "from" | "to" => &["/pools", "/providers", "/bindings", "/federated_credentials", "/aws_roles"],
                    issuers if issuers.starts_with("from") => &["/providers", "/federated_credentials", "/aws_roles"],
                    _ => &["/pools", "/providers", "/bindings"],
                };
                for pointer in places {
                    self.unknown((*pointer).to_owned());
                    self.origin((*pointer).to_owned(), whole);
                }
            }
        }
    }

    pub(super) fn crypto_key(&mut self, it: &gcp::CryptoKey, hidden: bool, path: &str) {
        let at = format!("/kms_keys/{}", self.document().kms_keys.len());
        let name = self.leaf(&Object::CryptoKey(it.clone()).id(), format!("{at}/name"), path);
        let key = KmsKey {
            name,
            purpose: self.leaf(&it.purpose, format!("{at}/purpose"), path),
            rotation_period: self.leaf(&it.rotation_period, format!("{at}/rotation_period"), path),
            protection_level: self.leaf(&it.protection_level, format!("{at}/protection_level"), path),
            ..KmsKey::default()
        };
        if hidden {
            self.unknown(format!("{at}/purpose"));
        }
        self.document().kms_keys.push(key);
        self.origin(at, path);
    }

    pub(super) fn perimeter(&mut self, it: &gcp::Perimeter, path: &str) {
        let at = format!("/perimeters/{}", self.document().perimeters.len());
        let side = if it.dry_run == Leaf::Known(true) { "dry_run" } else { "enforced" };
        if it.dry_run.is_unknown() {
            self.unknown(at.clone());
        }
        let config = self.perimeter_config(it, &format!("{at}/{side}"));
        let (enforced, dry_run) = if side == "dry_run" { (None, Some(config)) } else { (Some(config), None) };
        let name = self.leaf(&Object::Perimeter(it.clone()).id(), format!("{at}/name"), path);
        self.document().perimeters.push(Perimeter { name, bridge: false, enforced, dry_run });
        self.origin(at, path);
    }

    fn perimeter_config(&mut self, it: &gcp::Perimeter, at: &str) -> PerimeterConfig {
        let set = |writer: &mut Self, values: &Leaf<std::collections::BTreeSet<Text>>, name: &str, path: &str| {
            let pointer = format!("{at}/{name}");
            if values.is_unknown() {
                writer.unknown(pointer.clone());
            }
            writer.origin(pointer.clone(), path);
            writer.texts(values.known().into_iter().flatten(), &pointer)
        };
        let resources = set(self, &it.resources, "resources", "projects");
        let restricted_services = set(self, &it.restricted_services, "restricted_services", "restricted_services");
        let access_levels = set(self, &it.access_levels, "access_levels", "access_levels");
        let rules = |writer: &mut Self, rules: &[gcp::Rule], way: &str| {
            let rules = rules.iter().enumerate();
            rules.map(|(index, rule)| writer.rule(rule, &format!("{at}/{way}/{index}"))).collect()
        };
        let ingress = rules(self, &it.ingress, "ingress");
        let egress = rules(self, &it.egress, "egress");
        PerimeterConfig { resources, restricted_services, access_levels, ingress, egress }
    }

    fn rule(&mut self, rule: &gcp::Rule, at: &str) -> PerimeterRule {
        let members = rule.identities.iter().enumerate().map(|(index, member)| {
            if member.is_unknown() {
                self.unknown(format!("{at}/identities/{index}"));
            }
            member.known().cloned()
        });
        let identities = members.collect();
        if rule.identity_type.as_ref().is_some_and(Leaf::is_unknown) {
            self.unknown(format!("{at}/identity_type"));
        }
        let sources = rule.sources.iter().map(|source| match source {
            RuleSource::AccessLevel(text) | RuleSource::Resource(text) => text,
        });
        PerimeterRule {
            identity_type: rule.identity_type.as_ref().and_then(Leaf::known).cloned(),
            identities,
            sources: self.texts(sources, &format!("{at}/sources")),
            resources: self.texts(rule.resources.iter().chain(&rule.external_resources), &format!("{at}/resources")),
            services: self.texts(rule.operations.iter().map(|it| &it.service), &format!("{at}/services")),
        }
    }
}
