//! From the attributes of a perimeter to its specification.

use crosscloud_trust::{Admitted, ServicePerimeter};

use super::model::{AdmitModel, ServicePerimeterModel};
use crate::convert::{leaf, option, option_text, switch, text, texts};

impl ServicePerimeterModel {
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
    use crate::testing::check;

    #[test]
    fn malformed_perimeters_are_told_at_their_attributes() {
        let table = include_str!("../../malformed/service-perimeter.json");
        check::<ServicePerimeterModel>(table, |model| model.spec().problems());
    }
}
