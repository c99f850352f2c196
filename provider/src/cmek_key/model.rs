//! The attributes of `crosscloud_cmek_key`. Doc comments are the registry page.

use std::collections::{BTreeMap, BTreeSet};

use tfplugin::timeouts::Timeouts;
use tfplugin::{Attr, Model};

use crate::composite::ObjectModel;

/// A Cloud KMS key of one's own (CMEK) with regular rotation, its key ring, and the services that may encrypt with it. Each service's agent is
/// made sure of before it is granted the key. Make one for each sensitivity of the data. The names of rings and keys can never be used again.
#[derive(Debug, Clone, PartialEq, Model)]
pub(crate) struct CmekKeyModel {
    /// Name. Key ring and key take it as their id unless they are given one of their own: 1 to 63 letters, digits, hyphens and underscores.
    #[attr(required)]
    pub(crate) name: Attr<String>,
    /// Project id (not the number, which is looked up).
    #[attr(required)]
    pub(crate) project: Attr<String>,
    /// Location, such as `europe-west4`: that of the data, because services encrypt only with keys of their own location.
    #[attr(required)]
    pub(crate) location: Attr<String>,
    /// Id of the key ring. Default: `name`.
    #[attr(optional)]
    pub(crate) key_ring: Attr<String>,
    /// Whether that key ring exists, and is only referred to. Default: `false`.
    #[attr(optional)]
    pub(crate) existing_key_ring: Attr<bool>,
    /// Id of the key. Default: `name`.
    #[attr(optional)]
    pub(crate) key_id: Attr<String>,
    /// Time between rotations in seconds, from `86400s` to `3153600000s`. Default: `7776000s`, 90 days.
    #[attr(optional)]
    pub(crate) rotation_period: Attr<String>,
    /// `SOFTWARE` or `HSM`. Immutable. Default: `SOFTWARE`.
    #[attr(optional)]
    pub(crate) protection_level: Attr<String>,
    /// Time between the order to destroy a version and its destruction, from `86400s` to `10368000s`, in which it can be restored. Immutable.
    /// Default: Google's, 30 days.
    #[attr(optional)]
    pub(crate) destroy_scheduled_duration: Attr<String>,
    /// Services that may encrypt and decrypt with the key. Default: `aiplatform.googleapis.com`, which is Vertex AI.
    #[attr(optional)]
    pub(crate) service_agents: Attr<BTreeSet<Attr<String>>>,
    /// Whether no service may use the key for the time being: the grants of `service_agents` are removed, and ring and key stay. Until it is set
    /// back the services are locked out of everything that they encrypted with the key, and what runs on that fails. Grants that this resource
    /// did not make stay. An import takes a key that no service is granted for a disabled one. Default: `false`.
    #[attr(optional)]
    pub(crate) disabled: Attr<bool>,
    /// Labels, at most 63 lower-case letters, digits, hyphens and underscores each.
    #[attr(optional)]
    pub(crate) labels: Attr<BTreeMap<String, Attr<String>>>,
    /// Whether a ring and a key that exist and are exactly as wanted are taken over. Default: `false`.
    #[attr(optional)]
    pub(crate) adopt: Attr<bool>,
    /// Resource name of the key, for `encryption_spec_key_name` and the like.
    #[attr(computed)]
    pub(crate) key_name: Attr<String>,
    /// Resource name of the key ring.
    #[attr(computed)]
    pub(crate) key_ring_name: Attr<String>,
    /// Every cloud object behind the key, by `cloud/kind[/role]`. A `status` other than `present` is drift, which the next apply repairs.
    #[attr(computed)]
    pub(crate) objects: Attr<BTreeMap<String, ObjectModel>>,
    /// Which world the key lives in: `real`, `emulator` under `CROSSCLOUD_ENDPOINT`, or `custom:` and the hosts of other endpoints.
    #[attr(computed)]
    pub(crate) realm: Attr<String>,
    /// How long operations may take. Default: 20 minutes each.
    #[attr(optional)]
    pub(crate) timeouts: Attr<Timeouts>,
}
