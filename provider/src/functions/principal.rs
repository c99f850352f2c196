//! `principal` and `principal_set`: members of allow policies, built from their parts.

use crosscloud_policy_model::federation::SUBJECT_LIMIT;
use crosscloud_policy_model::principal::{Principal as Member, PrincipalError, Selector};
use tfplugin::{Arguments, Context, Function, FunctionError, Parameter, Signature, Type, Value};

const POOL: &str = "Resource name of the pool, `projects/NUMBER/locations/global/workloadIdentityPools/ID`, with the project's number, not its id.";

/// `principal(pool, subject)`.
pub(super) struct Principal;

/// `principal_set(pool, attribute, value)`.
pub(super) struct PrincipalSet;

impl Function for Principal {
    fn name(&self) -> &str {
        "principal"
    }

    fn signature(&self) -> Signature {
        Signature::new("Names one workload of a workload identity pool", Type::String)
            .parameter(Parameter::of::<String>("pool").describe(POOL))
            .parameter(Parameter::of::<String>("subject").describe("The mapped `google.subject`, character for character."))
            .describe(
                "The member of an allow policy that is one workload of a pool: \
                 `principal://iam.googleapis.com/POOL/subject/SUBJECT`.\n\nA subject that Google would never map, because it is empty or \
                 longer than 127 bytes, is refused.",
            )
    }

    async fn call(&self, _: Context, arguments: Arguments) -> Result<Value, FunctionError> {
        let subject: String = arguments.get(1)?;
        if subject.len() > SUBJECT_LIMIT {
            let text = format!("the subject has {} bytes, and Google maps at most {SUBJECT_LIMIT}", subject.len());
            return Err(FunctionError::argument(1, text));
        }
        member(arguments.get(0)?, Selector::Subject(subject))
    }
}

impl Function for PrincipalSet {
    fn name(&self) -> &str {
        "principal_set"
    }

    fn signature(&self) -> Signature {
        let attribute =
            "Name of a mapped attribute, with or without `attribute.` in front; `group` selects by `google.groups`.";
        Signature::new("Names the workloads of a pool that share an attribute", Type::String)
            .parameter(Parameter::of::<String>("pool").describe(POOL))
            .parameter(Parameter::of::<String>("attribute").describe(attribute))
            .parameter(Parameter::of::<String>("value").describe("The attribute's value, character for character."))
            .describe(
                "The member of an allow policy that is every workload of a pool whose mapped attribute has a value: \
                 `principalSet://iam.googleapis.com/POOL/attribute.NAME/VALUE`.\n\nThere is no form for every workload of a pool: \
                 whoever wants that has to write it out, and the policy refuses it.",
            )
    }

    async fn call(&self, _: Context, arguments: Arguments) -> Result<Value, FunctionError> {
        let (attribute, value): (String, String) = (arguments.get(1)?, arguments.get(2)?);
        let name = attribute.strip_prefix("attribute.").unwrap_or(&attribute);
        if name.is_empty()
            || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        {
            let text = format!("`{attribute}` is no attribute: names have lower-case letters, digits and underscores");
            return Err(FunctionError::argument(1, text));
        }
        if value == "*" {
            let text = "values are compared character for character, and `*` is no value of any workload";
            return Err(FunctionError::argument(2, text));
        }
        let selector = match name {
            "group" | "groups" => Selector::Group(value),
            name => Selector::Attribute { name: name.to_owned(), value },
        };
        member(arguments.get(0)?, selector)
    }
}

/// The member, if it reads as what it was built from.
fn member(pool: String, selector: Selector) -> Result<Value, FunctionError> {
    let last = if matches!(selector, Selector::Attribute { .. } | Selector::Group(_)) { 2 } else { 1 };
    let bare = pool.trim_start_matches("https:").trim_start_matches("//iam.googleapis.com/").to_owned();
    let member = Member::Federated { pool: bare, selector };
    match member.to_string().parse::<Member>() {
        Ok(read) if read == member => Ok(Value::from(member.to_string())),
        Err(PrincipalError::Empty(_)) => Err(FunctionError::argument(last, "must not be empty")),
        _ => Err(FunctionError::argument(
            0,
            format!(
                "`{pool}` names no pool: write projects/NUMBER/locations/global/workloadIdentityPools/ID, with the project's number"
            ),
        )),
    }
}
