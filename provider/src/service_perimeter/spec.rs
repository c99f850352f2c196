//! From the attributes of a perimeter to its specification.

use std::collections::BTreeSet;

use crosscloud_trust::gcp::{Operation, Rule, RuleSource};
use crosscloud_trust::{Admitted, Leaf, ServicePerimeter, Text};
use tfplugin::Attr;

use super::model::{AdmitModel, OperationModel, RuleModel, ServicePerimeterModel};
use crate::convert::{
    attr, leaf, leaf_attr, option, option_attr, option_leaf_attr, option_text, set_attr, switch, switch_attr, text,
    texts,
};

impl ServicePerimeterModel {
    /// The attributes of a specification, for an import; what is computed is not known yet.
    pub(super) fn of(spec: &ServicePerimeter) -> Self {
        let admit = |it: &Admitted| AdmitModel {
            principals: leaf_attr(&it.principals, set_attr),
            access_levels: option_leaf_attr(&it.access_levels, set_attr),
            services: option_leaf_attr(&it.services, set_attr),
        };
        Self {
            name: attr(&spec.name),
            access_policy: attr(&spec.access_policy),
            title: option_attr(&spec.title),
            projects: leaf_attr(&spec.projects, set_attr),
            restricted_services: option_leaf_attr(&spec.restricted_services, set_attr),
            access_levels: option_leaf_attr(&spec.access_levels, set_attr),
            vpc_accessible_services: option_leaf_attr(&spec.vpc_accessible_services, set_attr),
            admit: option_leaf_attr(&spec.admit, admit),
            ingress: option_leaf_attr(&spec.ingress, |rules| rules.iter().filter_map(rule_attr).collect()),
            egress: option_leaf_attr(&spec.egress, |rules| rules.iter().filter_map(rule_attr).collect()),
            disabled: switch_attr(&spec.disabled),
            dry_run: switch_attr(&spec.dry_run),
            adopt: Attr::Null,
            resource_name: Attr::Unknown,
            project_numbers: Attr::Unknown,
            objects: Attr::Unknown,
            realm: Attr::Unknown,
            timeouts: Attr::Null,
        }
    }

    /// What the user asks for.
    pub(super) fn spec(&self) -> ServicePerimeter {
        let admitted = |it: &AdmitModel| Admitted {
            principals: leaf(&it.principals, texts),
            access_levels: option(&it.access_levels, texts),
            services: option(&it.services, texts),
        };
        ServicePerimeter {
            name: text(&self.name),
            access_policy: text(&self.access_policy),
            title: option_text(&self.title),
            projects: leaf(&self.projects, texts),
            restricted_services: option(&self.restricted_services, texts),
            access_levels: option(&self.access_levels, texts),
            vpc_accessible_services: option(&self.vpc_accessible_services, texts),
            admit: option(&self.admit, admitted),
            ingress: option(&self.ingress, |rules| rules.iter().map(rule).collect()),
            egress: option(&self.egress, |rules| rules.iter().map(rule).collect()),
            disabled: switch(&self.disabled),
            dry_run: switch(&self.dry_run),
        }
    }
}

/// A rule, unknown where a part of it is that decides how much it says.
fn rule(it: &RuleModel) -> Leaf<Rule> {
    let set = |values: &Attr<BTreeSet<Attr<String>>>| match values {
        Attr::Null => Some(BTreeSet::new()),
        values => values.known().map(texts),
    };
    let operation = |it: &OperationModel| {
        Some(Operation { service: text(&it.service), methods: set(&it.methods)?, permissions: set(&it.permissions)? })
    };
    let known = || {
        let levels = set(&it.access_levels)?.into_iter().map(RuleSource::AccessLevel);
        Some(Rule {
            title: option_text(&it.title).unwrap_or(Text::of("")),
            identities: set(&it.identities)?,
            identity_type: option_text(&it.identity_type),
            sources: levels.chain(set(&it.source_resources)?.into_iter().map(RuleSource::Resource)).collect(),
            resources: set(&it.resources)?,
            external_resources: set(&it.external_resources)?,
            operations: match &it.operations {
                Attr::Null => Vec::new(),
                operations => operations.known()?.iter().map(operation).collect::<Option<_>>()?,
            },
            roles: set(&it.roles)?,
        })
    };
    known().map_or(Leaf::Unknown, Leaf::Known)
}

fn rule_attr(rule: &Leaf<Rule>) -> Option<RuleModel> {
    let rule = rule.known()?;
    let set = |values: &BTreeSet<Text>| match values.is_empty() {
        true => Attr::Null,
        false => Attr::Known(set_attr(values)),
    };
    let sources = |of: fn(&RuleSource) -> Option<&Text>| set(&rule.sources.iter().filter_map(of).cloned().collect());
    let operations: Vec<_> = rule
        .operations
        .iter()
        .map(|it| OperationModel {
            service: attr(&it.service),
            methods: set(&it.methods),
            permissions: set(&it.permissions),
        })
        .collect();
    Some(RuleModel {
        title: option_attr(&Some(rule.title.clone()).filter(|title| *title != Text::of(""))),
        identities: set(&rule.identities),
        identity_type: option_attr(&rule.identity_type),
        access_levels: sources(|source| match source {
            RuleSource::AccessLevel(level) => Some(level),
            RuleSource::Resource(_) => None,
        }),
        source_resources: sources(|source| match source {
            RuleSource::Resource(resource) => Some(resource),
            RuleSource::AccessLevel(_) => None,
        }),
        resources: set(&rule.resources),
        external_resources: set(&rule.external_resources),
        operations: if operations.is_empty() { Attr::Null } else { Attr::Known(operations) },
        roles: set(&rule.roles),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, each_config};

    #[test]
    fn a_specification_gives_its_attributes_back() {
        each_config::<ServicePerimeterModel>(include_str!("../../malformed/service-perimeter.json"), |model| {
            assert_eq!(ServicePerimeterModel::of(&model.spec()).spec(), model.spec());
        });
    }

    #[test]
    fn malformed_perimeters_are_told_at_their_attributes() {
        let table = include_str!("../../malformed/service-perimeter.json");
        check::<ServicePerimeterModel>(table, |model| model.spec().problems());
    }
}
