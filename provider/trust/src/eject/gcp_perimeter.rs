//! Service perimeters as resources of `hashicorp/google`.

use super::{Around, EjectError, Official};
use crate::hcl::Block;
use crate::object::gcp::{Operation, Perimeter, Rule, RuleSource};

impl Around<'_> {
    pub(super) fn perimeter(&self, it: &Perimeter) -> Result<Official, EjectError> {
        let dry_run = self.flag(&it.dry_run, "dry_run")?;
        let resource = self
            .resource()
            .set("parent", format!("accessPolicies/{}", self.known(&it.policy, "policy")?))
            .set("name", self.id)
            .set("title", self.known(&it.title, "title")?)
            .unless_empty("description", self.known(&it.description, "description")?)
            .set("perimeter_type", "PERIMETER_TYPE_REGULAR")
            .unless_empty("use_explicit_dry_run_spec", dry_run)
            .nest(self.configuration(if dry_run { "spec" } else { "status" }, it)?);
        Ok(Official::new(resource, self.id))
    }

    fn configuration(&self, kind: &'static str, it: &Perimeter) -> Result<Block, EjectError> {
        let known = |set: &crate::leaf::Leaf<std::collections::BTreeSet<crate::leaf::Text>>, what| {
            self.all(set.known().ok_or_else(|| self.unknown(what))?, what)
        };
        let mut block = Block::new(kind)
            .unless_empty("resources", known(&it.resources, "resources")?)
            .unless_empty("restricted_services", known(&it.restricted_services, "restricted_services")?)
            .unless_empty("access_levels", known(&it.access_levels, "access_levels")?);
        if let Some(services) = &it.vpc_accessible_services {
            let allowed = known(services, "vpc_accessible_services")?;
            block = block.nest(
                Block::new("vpc_accessible_services")
                    .set("enable_restriction", true)
                    .unless_empty("allowed_services", allowed),
            );
        }
        for rule in &it.ingress {
            block = block.nest(self.rule(rule, ["ingress_policies", "ingress_from", "ingress_to"])?);
        }
        for rule in &it.egress {
            block = block.nest(self.rule(rule, ["egress_policies", "egress_from", "egress_to"])?);
        }
        Ok(block)
    }

    fn rule(&self, it: &Rule, [kind, from, to]: [&'static str; 3]) -> Result<Block, EjectError> {
        let what = if kind.starts_with("in") { "ingress" } else { "egress" };
        let identity_type = it.identity_type.as_ref().map(|it| self.known(it, what)).transpose()?;
        let mut source = Block::new(from)
            .maybe("identity_type", identity_type)
            .unless_empty("identities", self.all(&it.identities, what)?);
        // Egress minds where a call comes from only when it is told to.
        if what == "egress" && !it.sources.is_empty() {
            source = source.set("source_restriction", "SOURCE_RESTRICTION_ENABLED");
        }
        for each in &it.sources {
            let block = match each {
                RuleSource::AccessLevel(level) => Block::new("sources").set("access_level", self.known(level, what)?),
                RuleSource::Resource(resource) => Block::new("sources").set("resource", self.known(resource, what)?),
            };
            source = source.nest(block);
        }
        let mut target = Block::new(to)
            .unless_empty("resources", self.all(&it.resources, what)?)
            .unless_empty("external_resources", self.all(&it.external_resources, what)?)
            .unless_empty("roles", self.all(&it.roles, what)?);
        for operation in &it.operations {
            target = target.nest(self.operation(operation, what)?);
        }
        Ok(Block::new(kind)
            .unless_empty("title", self.known(&it.title, what)?)
            .nest_unless_empty(source)
            .nest_unless_empty(target))
    }

    fn operation(&self, it: &Operation, what: &'static str) -> Result<Block, EjectError> {
        let mut block = Block::new("operations").set("service_name", self.known(&it.service, what)?);
        for method in &it.methods {
            block = block.nest(Block::new("method_selectors").set("method", self.known(method, what)?));
        }
        for permission in &it.permissions {
            block = block.nest(Block::new("method_selectors").set("permission", self.known(permission, what)?));
        }
        Ok(block)
    }
}
