//! Members of one trust, applied together at the documented quotas, which the client keeps in the emulator, too.

use std::path::Path;
use std::time::{Duration, Instant};

use acceptance_tests::emulator::Request;
use acceptance_tests::story;

/// How many members one trust gets. Google lets an allow policy have 1,500 principals.
const MEMBERS: usize = 1000;
/// How many namespaces they are in; each is named in the condition.
const NAMESPACES: usize = 20;

/// What applying them took.
pub(crate) struct Cost {
    pub(crate) time: Duration,
    pub(crate) requests: usize,
    /// Writes of allow policies.
    pub(crate) grants: usize,
    /// Reads of pools and providers.
    pub(crate) federation_reads: usize,
    /// Writes of pools and providers, after the trust's own.
    pub(crate) federation_writes: usize,
    /// Requests that a plan of all of them sends when nothing is left to do.
    pub(crate) settled: usize,
}

/// Applies the trust, then its members.
pub(crate) fn apply(provider: &Path) -> Cost {
    let world = super::world("members", provider, &format!("{}{}", super::HEADER, trust()));
    world.apply().succeeds();
    world.clouds().forget_requests();
    world.write("members.tf", &members());
    world.clouds().delay_every_call(super::LATENESS);
    let start = Instant::now();
    world.apply().succeeds();
    let time = start.elapsed();
    let requests = world.clouds().requests();
    let federation = |it: &&Request| it.path.contains("/workloadIdentityPools") && !it.path.contains("IamPolicy");
    let count = |wanted: &dyn Fn(&&Request) -> bool| requests.iter().filter(wanted).count();
    let cost = Cost {
        time,
        requests: requests.len(),
        grants: count(&|it| it.path.contains(":setIamPolicy")),
        federation_reads: count(&|it| federation(it) && !it.is_write()),
        federation_writes: count(&|it| federation(it) && it.is_write()),
        settled: 0,
    };
    world.clouds().forget_requests();
    world.clouds().delay_every_call(Duration::ZERO);
    world.plan().is_empty_plan();
    Cost { settled: world.clouds().requests().len(), ..cost }
}

fn trust() -> String {
    let namespaces: Vec<_> = (0..NAMESPACES).map(|index| format!("\"team-{index}\"")).collect();
    format!(
        "resource \"crosscloud_trust\" \"platform\" {{\n  name   = \"aks-platform\"\n  \
         from   = {{ aks = {{ issuer = \"{}\", namespace = \"chat\", service_account = \"backend\" }} }}\n  \
         admits = {{ namespaces = [{}] }}\n  \
         to     = {{ gcp = {{ project = \"{}\", roles = [\"roles/aiplatform.user\"] }} }}\n}}\n",
        story::ISSUER,
        namespaces.join(", "),
        story::PROJECT,
    )
}

fn members() -> String {
    format!(
        "resource \"crosscloud_trust_member\" \"team\" {{\n  count = {MEMBERS}\n  name  = \"member-${{count.index}}\"\n  \
         from  = {{ aks = {{ issuer = \"{}\", namespace = \"team-${{count.index % {NAMESPACES}}}\", service_account = \"worker-${{count.index}}\" }} }}\n  \
         to = {{ gcp = {{ project = \"{}\", existing = {{ provider = crosscloud_trust.platform.objects[\"gcp/provider\"].id, \
         service_account = crosscloud_trust.platform.service_account_email }} }} }}\n}}\n",
        story::ISSUER,
        story::PROJECT,
    )
}
