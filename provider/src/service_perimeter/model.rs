//! The attributes of `crosscloud_service_perimeter`. Doc comments are the registry page.

use std::collections::{BTreeMap, BTreeSet};

use tfplugin::timeouts::Timeouts;
use tfplugin::{Attr, Model};

use crate::composite::ObjectModel;

/// A VPC Service Controls perimeter around projects: what is inside can be reached, and its data moved, only from inside. Federated workloads
/// come from outside, so `admit` opens the ways in that they need: the exchange of their token, which has no identity yet and is therefore
/// open to any for that one service, and impersonation and the guarded services for the named principals. Begin with `dry_run`, which only logs
/// what would be refused. Google takes changes of perimeters from service accounts, not from users signed in with gcloud.
#[derive(Debug, Clone, PartialEq, Model)]
pub(crate) struct ServicePerimeterModel {
    /// Short name in the access policy, 1 to 50 letters, digits and underscores, beginning with a letter. Immutable.
    #[attr(required)]
    pub(crate) name: Attr<String>,
    /// Number of the access policy: `gcloud access-context-manager policies list --organization ORGANIZATION`.
    #[attr(required)]
    pub(crate) access_policy: Attr<String>,
    /// Title, unique in the access policy. Default: `name`.
    #[attr(optional)]
    pub(crate) title: Attr<String>,
    /// Ids of the projects inside (not their numbers, which are looked up).
    #[attr(required)]
    pub(crate) projects: Attr<BTreeSet<Attr<String>>>,
    /// Services that are guarded. Default: `aiplatform`, `cloudkms`, `iamcredentials`, `storage` and `sts`, each `.googleapis.com`.
    #[attr(optional)]
    pub(crate) restricted_services: Attr<BTreeSet<Attr<String>>>,
    /// Access levels, `accessPolicies/NUMBER/accessLevels/NAME`, that let anybody in.
    #[attr(optional)]
    pub(crate) access_levels: Attr<BTreeSet<Attr<String>>>,
    /// Services that are reachable from the networks inside; `RESTRICTED-SERVICES` stands for the guarded ones. Default: all.
    #[attr(optional)]
    pub(crate) vpc_accessible_services: Attr<BTreeSet<Attr<String>>>,
    /// Federated workloads that may come in.
    #[attr(optional)]
    pub(crate) admit: Attr<AdmitModel>,
    /// Other ways in, besides those of `admit`, as Google has them. Google keeps rules as one list: what is not here or in `admit` goes.
    #[attr(optional)]
    pub(crate) ingress: Attr<Vec<RuleModel>>,
    /// Ways out, as Google has them. Default: none, and what somebody else adds goes with the next apply.
    #[attr(optional)]
    pub(crate) egress: Attr<Vec<RuleModel>>,
    /// Whether nobody gets in or out for the time being: `admit`, `ingress`, `egress` and `access_levels` are withdrawn, and what the perimeter
    /// guards stays guarded. With `dry_run` that, too, is only logged. An import of a perimeter that is shut does not find the ways that it
    /// has when it is open: the next plan writes them into the state and changes nothing in Google. Default: `false`.
    #[attr(optional)]
    pub(crate) disabled: Attr<bool>,
    /// Whether violations are only logged. Default: `false`.
    #[attr(optional)]
    pub(crate) dry_run: Attr<bool>,
    /// Whether a perimeter that exists and is exactly as wanted is taken over. Default: `false`.
    #[attr(optional)]
    pub(crate) adopt: Attr<bool>,
    /// Resource name, `accessPolicies/NUMBER/servicePerimeters/NAME`.
    #[attr(computed)]
    pub(crate) resource_name: Attr<String>,
    /// Numbers of the projects inside, by id: a perimeter knows them by number.
    #[attr(computed)]
    pub(crate) project_numbers: Attr<BTreeMap<String, Attr<String>>>,
    /// The cloud object behind the resource. A `status` other than `present` is drift, which the next apply repairs.
    #[attr(computed)]
    pub(crate) objects: Attr<BTreeMap<String, ObjectModel>>,
    /// Which world the perimeter lives in: `real`, `emulator` under `CROSSCLOUD_ENDPOINT`, or `custom:` and the hosts of other endpoints.
    #[attr(computed)]
    pub(crate) realm: Attr<String>,
    /// How long operations may take. Default: 20 minutes each.
    #[attr(optional)]
    pub(crate) timeouts: Attr<Timeouts>,
}

/// Who may come in, and from where.
#[derive(Debug, Clone, PartialEq, Model)]
pub(crate) struct AdmitModel {
    /// Principals, in IAM's form: the `principal` of a trust, and `serviceAccount:EMAIL` of the account that it acts as.
    #[attr(required)]
    pub(crate) principals: Attr<BTreeSet<Attr<String>>>,
    /// Access levels that they have to come from, `accessPolicies/NUMBER/accessLevels/NAME`. Default: anywhere.
    #[attr(optional)]
    pub(crate) access_levels: Attr<BTreeSet<Attr<String>>>,
    /// Guarded services that they may call, besides impersonation. Default: all guarded ones.
    #[attr(optional)]
    pub(crate) services: Attr<BTreeSet<Attr<String>>>,
}

/// A way in or out.
#[derive(Debug, Clone, PartialEq, Model)]
pub(crate) struct RuleModel {
    /// Title, at most 100 characters, unique in the perimeter.
    #[attr(optional)]
    pub(crate) title: Attr<String>,
    /// Who, in IAM's form. Not together with `identity_type`.
    #[attr(optional)]
    pub(crate) identities: Attr<BTreeSet<Attr<String>>>,
    /// `ANY_IDENTITY`, `ANY_USER_ACCOUNT` or `ANY_SERVICE_ACCOUNT`, in place of `identities`.
    #[attr(optional)]
    pub(crate) identity_type: Attr<String>,
    /// Access levels that calls come from, `accessPolicies/NUMBER/accessLevels/NAME`; `*` is anywhere. A way in says from where: with these or with
    /// `source_resources`.
    #[attr(optional)]
    pub(crate) access_levels: Attr<BTreeSet<Attr<String>>>,
    /// Projects that calls come from, `projects/NUMBER`, and for a way in networks.
    #[attr(optional)]
    pub(crate) source_resources: Attr<BTreeSet<Attr<String>>>,
    /// Projects that may be reached, `projects/NUMBER`, or `*` for all: those inside for a way in, those outside for a way out.
    #[attr(optional)]
    pub(crate) resources: Attr<BTreeSet<Attr<String>>>,
    /// What a way out reaches beyond Google, such as `s3://BUCKET`.
    #[attr(optional)]
    pub(crate) external_resources: Attr<BTreeSet<Attr<String>>>,
    /// Calls that may be made.
    #[attr(optional)]
    pub(crate) operations: Attr<Vec<OperationModel>>,
    /// Roles that may be used, in place of `operations`.
    #[attr(optional)]
    pub(crate) roles: Attr<BTreeSet<Attr<String>>>,
}

/// Calls to one service.
#[derive(Debug, Clone, PartialEq, Model)]
pub(crate) struct OperationModel {
    /// Service, such as `storage.googleapis.com`; `*` for all, and then no methods and permissions.
    #[attr(required)]
    pub(crate) service: Attr<String>,
    /// Methods, such as `google.storage.objects.get`; `*` for all.
    #[attr(optional)]
    pub(crate) methods: Attr<BTreeSet<Attr<String>>>,
    /// Permissions, such as `bigquery.jobs.create`, for services that tell calls apart by them.
    #[attr(optional)]
    pub(crate) permissions: Attr<BTreeSet<Attr<String>>>,
}
