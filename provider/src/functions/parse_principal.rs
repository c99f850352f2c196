//! `parse_principal`: a member of an allow policy, taken apart.

use crosscloud_policy_model::principal::{Principal, Selector};
use tfplugin::model::Field;
use tfplugin::{Arguments, Attr, Context, Function, FunctionError, Model, Parameter, Signature, Value};

/// The parts of a member.
#[derive(Debug, Clone, Default, PartialEq, Model)]
struct Parts {
    #[attr(computed)]
    kind: Attr<String>,
    #[attr(computed)]
    pool: Attr<String>,
    #[attr(computed)]
    pool_id: Attr<String>,
    #[attr(computed)]
    project_number: Attr<String>,
    #[attr(computed)]
    attribute: Attr<String>,
    #[attr(computed)]
    value: Attr<String>,
}

/// `parse_principal(principal)`.
pub(super) struct ParsePrincipal;

impl Function for ParsePrincipal {
    fn name(&self) -> &str {
        "parse_principal"
    }

    fn signature(&self) -> Signature {
        Signature::new("Takes a member of an allow policy apart", Attr::<Parts>::shape().implied_type())
            .parameter(Parameter::of::<String>("principal").describe("A member, such as `principal://iam.googleapis.com/…`."))
            .describe(
                "The parts of a member of an allow policy, as an object:\n\n\
                 - `kind`: `subject`, `attribute`, `pool_group` or `pool` for workloads of a pool (`pool` is every one of them); `user`, \
                 `service_account`, `group`, `domain`, `all_users`, `all_authenticated_users`, `deleted` or `other`\n\
                 - `pool`, `pool_id`, `project_number`: the pool, where there is one; a workforce pool has no project\n\
                 - `attribute`: the attribute that selects, where there is one\n\
                 - `value`: the subject, the attribute's value, the e-mail address or the domain\n\n\
                 What is no member is an error that says what it should look like.",
            )
    }

    async fn call(&self, _: Context, arguments: Arguments) -> Result<Value, FunctionError> {
        let text: String = arguments.get(0)?;
        let principal: Principal = text.parse().map_err(|error| FunctionError::argument(0, format!("{error}")))?;
        let parts = |kind: &str, value: Option<String>| Parts {
            kind: Attr::from(kind),
            value: Attr::from(value),
            ..Parts::default()
        };
        let parts = match principal {
            Principal::Federated { pool, selector } => {
                let (kind, attribute, value) = match selector {
                    Selector::Subject(subject) => ("subject", None, Some(subject)),
                    Selector::Group(group) => ("pool_group", None, Some(group)),
                    Selector::Attribute { name, value } => ("attribute", Some(name), Some(value)),
                    Selector::All => ("pool", None, None),
                };
                let segments: Vec<&str> = pool.split('/').collect();
                let project = segments.first().filter(|first| **first == "projects").and_then(|_| segments.get(1));
                Parts {
                    pool_id: Attr::from(segments.last().map(|id| (*id).to_owned())),
                    project_number: Attr::from(project.map(|number| (*number).to_owned())),
                    attribute: Attr::from(attribute),
                    pool: Attr::Known(pool.clone()),
                    ..parts(kind, value)
                }
            }
            Principal::User(email) => parts("user", Some(email)),
            Principal::ServiceAccount(email) => parts("service_account", Some(email)),
            Principal::Group(email) => parts("group", Some(email)),
            Principal::Domain(name) => parts("domain", Some(name)),
            Principal::AllUsers => parts("all_users", None),
            Principal::AllAuthenticatedUsers => parts("all_authenticated_users", None),
            Principal::Deleted { principal, .. } => parts("deleted", Some(principal)),
            Principal::Other(text) => parts("other", Some(text)),
        };
        Ok(Model::encode(&parts))
    }
}
