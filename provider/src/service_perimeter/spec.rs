//! From the attributes of a perimeter to its specification.

use crosscloud_trust::{Admitted, ServicePerimeter};

use tfplugin::Attr;

use super::model::{AdmitModel, ServicePerimeterModel};
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
            dry_run: switch_attr(&spec.dry_run),
            adopt: Attr::Null,
            resource_name: Attr::Unknown,
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
            dry_run: switch(&self.dry_run),
        }
    }
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
