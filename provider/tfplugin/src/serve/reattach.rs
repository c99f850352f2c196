//! The environment variable that makes a host use a provider which is already running.

use std::collections::BTreeMap;

use serde::Serialize;

use super::handshake::PLUGIN_PROTOCOL;
use super::listener::Address;

const TERRAFORM_REGISTRY: &str = "registry.terraform.io/";
const OPENTOFU_REGISTRY: &str = "registry.opentofu.org/";

/// Name of the variable.
pub(crate) const VARIABLE: &str = "TF_REATTACH_PROVIDERS";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Reattach<'a> {
    protocol: &'a str,
    protocol_version: u32,
    pid: u32,
    test: bool,
    addr: Addr<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Addr<'a> {
    network: &'a str,
    string: &'a str,
}

/// Renders the variable's value for a provider's source address. A provider of the public Terraform registry is
/// listed under OpenTofu's registry too, because OpenTofu resolves short addresses there.
pub(crate) fn value(provider: &str, address: &Address, pid: u32) -> Result<String, serde_json::Error> {
    let mut names = vec![provider.to_owned()];
    if let Some(rest) = provider.strip_prefix(TERRAFORM_REGISTRY) {
        names.push(format!("{OPENTOFU_REGISTRY}{rest}"));
    }
    let entries: BTreeMap<String, Reattach<'_>> = names
        .into_iter()
        .map(|name| {
            let addr = Addr { network: address.network, string: &address.location };
            // `Test` tells the host that this process is not its own to kill.
            (name, Reattach { protocol: "grpc", protocol_version: PLUGIN_PROTOCOL, pid, test: true, addr })
        })
        .collect();
    serde_json::to_string(&entries)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn both_registries_are_named() {
        let address = Address { network: "unix", location: "/run/x".into() };
        let value = value("registry.terraform.io/ns/name", &address, 1234).unwrap();
        let entry = r#"{"Protocol":"grpc","ProtocolVersion":6,"Pid":1234,"Test":true,"Addr":{"Network":"unix","String":"/run/x"}}"#;
        let expected =
            format!(r#"{{"registry.opentofu.org/ns/name":{entry},"registry.terraform.io/ns/name":{entry}}}"#);
        assert_eq!(value, expected);
    }

    #[test]
    fn another_registry_stands_alone() {
        let address = Address { network: "tcp", location: "127.0.0.1:1".into() };
        let value = value("example.com/ns/name", &address, 1).unwrap();
        let parsed: serde_json::Value = serde_json::from_str(&value).unwrap();
        assert_eq!(parsed.as_object().unwrap().keys().collect::<Vec<_>>(), ["example.com/ns/name"]);
    }
}
