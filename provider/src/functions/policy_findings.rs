//! `policy_findings`: the policy on a resource of any provider, inside the plan that makes it.

use crosscloud_policy_resources::{Alone, Resource, piece_of};
use serde_json::Value as Json;
use tfplugin::model::Field;
use tfplugin::{Arguments, Attr, Context, Function, FunctionError, Parameter, Signature, Value};

use super::arguments::Known;
use crate::policy::{self, FindingModel};

/// Types that people ask about, each with an attribute without which there is nothing to judge.
const TYPES: &[(&str, &str)] = &[
    ("aws_iam_openid_connect_provider", "url"),
    ("aws_iam_role", "assume_role_policy"),
    ("azuread_application_federated_identity_credential", "issuer"),
    ("azuread_application_flexible_federated_identity_credential", "issuer"),
    ("azurerm_federated_identity_credential", "issuer"),
    ("azurerm_role_assignment", "scope"),
    ("google_iam_workload_identity_pool", "workload_identity_pool_id"),
    ("google_iam_workload_identity_pool_provider", "workload_identity_pool_provider_id"),
    ("google_kms_crypto_key", "key_ring"),
    ("google_kms_crypto_key_iam_member", "member"),
    ("google_project_iam_binding", "members"),
    ("google_project_iam_member", "member"),
    ("google_service_account_iam_binding", "members"),
    ("google_service_account_iam_member", "member"),
    ("google_storage_bucket_iam_member", "member"),
];

/// `policy_findings(type, object)`.
pub(super) struct PolicyFindings;

impl Function for PolicyFindings {
    fn name(&self) -> &str {
        "policy_findings"
    }

    fn signature(&self) -> Signature {
        let types = TYPES.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        Signature::new("Judges a resource of any provider", Attr::<Vec<FindingModel>>::shape().implied_type())
            .parameter(Parameter::of::<String>("type").describe(format!(
                "Type of the resource: {types}, the other `google_…_iam_member`, `_binding` and `_policy` resources, and more."
            )))
            .parameter(Parameter::of::<Value>("object").accept_unknown().describe(
                "The resource, such as `aws_iam_role.deploy`, or `self` in a postcondition. Attributes may be unknown, and those that say nothing \
                 about who gets in may be missing.",
            ))
            .describe(
                "What the built-in policy says of one resource, as a list of objects `{rule, severity, verdict, path, message, remediation, \
                 witness}`. `verdict` is `violation`, or `undetermined` where a value is not known yet; `witness` is a token that gets in and \
                 should not, as JSON, or null. No finding: every rule passes.\n\nThe function runs while the plan is made, also for a resource \
                 that does not exist yet, so that a precondition refuses the plan before anything is created:\n\n\
                 ```terraform\nlifecycle {\n  precondition {\n    condition = alltrue([\n      for f in provider::crosscloud::policy_findings(\"aws_iam_role\", \
                 local.role) : f.verdict != \"violation\"\n    ])\n    error_message = \"The role lets strangers in.\"\n  }\n}\n```\n\n\
                 This pattern lets a plan pass while values are unknown; Terraform evaluates the condition again once they are known, before \
                 the resource is made. Keep to conditions: an output keeps what was found while planning. To refuse also what cannot be decided, write `length(…) == 0`. The settings, levels and waivers of the \
                 provider block do not count here: a function knows nothing of it.",
            )
    }

    async fn call(&self, _: Context, arguments: Arguments) -> Result<Value, FunctionError> {
        let type_name: String = arguments.get(0)?;
        let object: Value = arguments.get(1)?;
        if !crosscloud_policy_resources::is_judged(&type_name) {
            return Err(FunctionError::argument(0, unknown_type(&type_name)));
        }
        if object.is_unknown() {
            return Ok(Value::UNKNOWN);
        }
        let Known { value, unknown } = Known::of(&object);
        check_shape(&type_name, &value)?;
        let created = unknown["id"] == Json::Bool(true) || value["id"].is_null();
        let resource = Resource {
            type_name: &type_name,
            address: &type_name,
            values: &value,
            unknown: &unknown,
            // Terraform marks what comes of a sensitive argument by itself.
            sensitive: &Json::Null,
            created,
            around: &Alone,
        };
        let mut document = piece_of(&resource).unwrap_or_default().document;
        document.subject.clone_from(&type_name);
        let findings = policy::built_in()
            .and_then(|judge| judge.findings(&document))
            .map_err(|error| FunctionError::new(format!("{}: {}", error.summary, error.detail)))?;
        Ok(findings.iter().map(FindingModel::of).collect::<Vec<_>>().encode())
    }
}

fn check_shape(type_name: &str, value: &Json) -> Result<(), FunctionError> {
    let Some(members) = value.as_object() else {
        return Err(FunctionError::argument(1, format!("must be an object, such as {type_name}.NAME as a whole")));
    };
    let needed = TYPES.iter().find(|(name, _)| *name == type_name).map(|(_, attribute)| *attribute);
    match needed.filter(|attribute| !members.contains_key(*attribute)) {
        None => Ok(()),
        Some(attribute) => {
            let given = members.keys().map(String::as_str).take(12).collect::<Vec<_>>().join(", ");
            let text = format!("a {type_name} has an attribute `{attribute}`, and this object has: {given}");
            Err(FunctionError::argument(1, text))
        }
    }
}

fn unknown_type(type_name: &str) -> String {
    let near = |name: &str| {
        let parts = |name: &str| name.split('_').map(str::to_owned).collect::<Vec<_>>();
        let (given, known) = (parts(type_name), parts(name));
        // A part that is misspelled still leaves the others, and no other type shares as many.
        let shared = known.iter().filter(|part| given.contains(part)).count();
        (2 * shared).saturating_sub(known.len().abs_diff(given.len()))
    };
    let mut types: Vec<_> = TYPES.iter().map(|(name, _)| (near(name), *name)).collect();
    types.sort_by_key(|(near, _)| std::cmp::Reverse(*near));
    let close: Vec<_> =
        types.iter().filter(|(near, _)| *near >= 3).take(3).map(|(_, name)| format!("`{name}`")).collect();
    match close.as_slice() {
        [] => format!("`{type_name}` is no resource type that says who gets in, or not one that the policy reads"),
        close => format!("`{type_name}` is no resource type that the policy reads; near it are {}", close.join(", ")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;
    use tfplugin::value::Dynamic;
    use tfplugin::{Type, Value};

    use super::*;

    async fn call(type_name: &str, object: Value) -> Result<Value, FunctionError> {
        let arguments = Arguments::new(vec![Value::from(type_name), object]);
        PolicyFindings.call(Context::new(Default::default()), arguments).await
    }

    fn role(policy: Value) -> Value {
        Value::object([("name", Value::from("deploy")), ("assume_role_policy", policy), ("arn", Value::UNKNOWN)])
    }

    fn rules(findings: &Value) -> Vec<String> {
        let all = findings.as_elements().unwrap_or_default().iter();
        all.filter_map(|it| Some(it.attribute("rule")?.as_str()?.to_owned())).collect()
    }

    fn policy(principal: serde_json::Value) -> Value {
        let statement = json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
        Value::from(json!({"Version": "2012-10-17", "Statement": [statement]}).to_string())
    }

    #[tokio::test]
    async fn a_wildcard_is_a_violation_with_its_path() {
        let findings = call("aws_iam_role", role(policy(json!("*")))).await.unwrap();
        let star =
            findings.as_elements().unwrap().iter().find(|it| rules_of(it) == "aws-principal-star").unwrap().clone();
        assert_eq!(star.attribute("verdict").and_then(Value::as_str), Some("violation"));
        assert_eq!(star.attribute("path").and_then(Value::as_str), Some("assume_role_policy"));
    }

    fn rules_of(finding: &Value) -> &str {
        finding.attribute("rule").and_then(Value::as_str).unwrap_or_default()
    }

    #[tokio::test]
    async fn what_is_not_known_is_undetermined_and_never_passes() {
        let findings = call("aws_iam_role", role(Value::UNKNOWN)).await.unwrap();
        let verdicts: Vec<_> =
            findings.as_elements().unwrap().iter().map(|it| it.attribute("verdict").cloned()).collect();
        assert!(!verdicts.is_empty());
        assert!(verdicts.iter().all(|it| it.as_ref().and_then(Value::as_str) == Some("undetermined")), "{verdicts:?}");
        let whole = Value::Dynamic(Box::new(Dynamic { ty: Type::Dynamic, value: Value::UNKNOWN }));
        assert!(call("aws_iam_role", whole).await.unwrap().is_unknown());
    }

    #[tokio::test]
    async fn a_tight_role_passes() {
        let own = policy(json!({"AWS": "arn:aws:iam::123456789012:role/ci"}));
        assert_eq!(rules(&call("aws_iam_role", role(own)).await.unwrap()), Vec::<String>::new());
    }

    #[tokio::test]
    async fn mistakes_are_told_at_their_argument() {
        let misspelled = call("aws_iam_rolle", role(policy(json!("*")))).await.unwrap_err();
        assert_eq!(misspelled.argument, Some(0));
        assert!(misspelled.text.contains("`aws_iam_role`"), "{}", misspelled.text);
        let text = call("aws_iam_role", Value::from("arn:aws:iam::1:role/x")).await.unwrap_err();
        assert_eq!(text.argument, Some(1));
        let other = call("aws_iam_role", Value::object([("bucket", Value::from("x"))])).await.unwrap_err();
        assert!(other.text.contains("assume_role_policy") && other.text.contains("bucket"), "{}", other.text);
    }

    #[test]
    fn the_types_that_are_shown_are_judged() {
        assert!(TYPES.iter().all(|(name, _)| crosscloud_policy_resources::is_judged(name)));
    }
}
