//! AWS IAM roles. Towards Google the workload signs a `GetCallerIdentity` request, and Google asks AWS who signed it: nothing on the AWS side has
//! to change for that, least of all the role's trust policy. Wherever OpenID Connect tokens are wanted, see [`web_identity`].

use std::collections::BTreeMap;

use serde_json::json;

use crate::import::{Evidence, known};
use crate::leaf::{Leaf, Text};
use crate::names::{cel_string, is_aws_account, parse_role_arn, role_name_fault, role_path_fault};
use crate::object::aws::role_arn;
use crate::object::gcp::ProviderKind;
use crate::problem::Problem;
use crate::source::{Identity, Selector, TokenDelivery, Tokens};

pub(crate) mod web_identity;

const ACCOUNT: &str = "from.aws_role.account_id";
const ROLE: &str = "from.aws_role.role_name";
pub(crate) const SESSION: &str = "from.aws_role.session_name";
const PATH: &str = "from.aws_role.role_path";

/// Google's own default for AWS, written out so that the policy sees it: the session's ARN without the name of the session. IAM users keep
/// theirs, so a user whose path imitates a role stays `arn:aws:iam::…`.
const ROLE_OF_SESSION: &str = "assertion.arn.contains('assumed-role') ? assertion.arn.extract('{account_arn}assumed-role/') + \
     'assumed-role/' + assertion.arn.extract('assumed-role/{role_name}/') : assertion.arn";

/// Longest `google.subject` in bytes.
const MAX_SUBJECT: usize = 127;

/// A workload that runs under an AWS IAM role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsRole {
    /// Twelve-digit account id.
    pub account_id: Text,
    /// Name of the role, without its path.
    pub role_name: Text,
    /// Path of the role, where it is not `/`. Only the account's own issuer tells it.
    pub role_path: Option<Text>,
    /// Name of the one session that is meant; every session of the role where there is none.
    pub session_name: Option<Text>,
    /// Whether the account's own issuer vouches for the role towards Google, too.
    pub web_identity: bool,
}

pub(super) fn identity(role: &AwsRole) -> Identity {
    let arn = Text::concat([
        "arn:aws:sts::".into(),
        role.account_id.piece(),
        ":assumed-role/".into(),
        role.role_name.piece(),
    ]);
    let session = role.session_name.as_ref().map(|session| Text::concat([arn.piece(), "/".into(), session.piece()]));
    let rule = match &session {
        Some(session) => session.as_ref().map(|arn| format!("assertion.arn == {}", cel_string(arn))),
        None => arn.as_ref().map(|arn| format!("assertion.arn.startsWith({})", cel_string(&format!("{arn}/")))),
    };
    let account = role.account_id.as_ref().map(|id| format!("assertion.account == {} && ", cel_string(id)));
    let claims = match (role.account_id.known(), arn.known()) {
        (Some(account), Some(arn)) => {
            let session = match &session {
                Some(session) => session.known().cloned(),
                None => Some(format!("{arn}/i-0123456789abcdef0")),
            };
            session.map_or(Leaf::Unknown, |session| {
                Leaf::Known(vec![BTreeMap::from([
                    ("account".to_owned(), json!(account)),
                    ("arn".to_owned(), json!(session)),
                    ("userid".to_owned(), json!("AROAEXAMPLEID:i-0123456789abcdef0")),
                ])])
            })
        }
        _ => Leaf::Unknown,
    };
    Identity {
        tokens: Tokens::Aws { account_id: role.account_id.clone() },
        condition: Text::concat([account.piece(), rule.piece()]),
        selectors: vec![match &session {
            Some(session) => Selector::Subject(session.clone()),
            None => Selector::Attribute("aws_role", arn.clone()),
        }],
        subjects: vec![session.unwrap_or(arn)],
        pins: BTreeMap::new(),
        issuer_path: ACCOUNT,
        subject_path: if role.session_name.is_some() { SESSION } else { ROLE },
        attribute_mapping: BTreeMap::from([
            ("google.subject".to_owned(), "assertion.arn".to_owned()),
            ("attribute.aws_role".to_owned(), ROLE_OF_SESSION.to_owned()),
        ]),
        claims,
        delivery: TokenDelivery::AwsCredentials,
        after: Vec::new(),
    }
}

/// The role that a condition admits with every session, where it admits nobody else.
pub(crate) fn role_of<'a>(condition: &'a str, account_id: &str) -> Option<&'a str> {
    let start = format!(
        "assertion.account == {} && assertion.arn.startsWith('arn:aws:sts::{account_id}:assumed-role/",
        cel_string(account_id)
    );
    let role = condition.strip_prefix(&start)?.strip_suffix("/')")?;
    role_name_fault(role).is_none().then_some(role)
}

impl AwsRole {
    /// ARN of the role itself, which is not that of its sessions.
    fn arn(&self) -> Text {
        role_arn(&self.account_id, &self.role_path.clone().unwrap_or(Text::of("/")), &self.role_name)
    }
}

/// The source that the evidence speaks of.
pub(crate) fn recognise(evidence: &Evidence<'_>) -> Result<AwsRole, &'static str> {
    // The subject of the account's own tokens is the role itself.
    let of_role = evidence.subjects().into_iter().find_map(parse_role_arn);
    if let Some((account, path, name)) = of_role {
        return Ok(AwsRole {
            account_id: known(account),
            role_name: known(name),
            role_path: (path != "/").then(|| known(path)),
            session_name: None,
            web_identity: matches!(evidence.provider().map(|it| &it.kind), Some(ProviderKind::Oidc { .. })),
        });
    }
    let account = match evidence.provider().map(|provider| &provider.kind) {
        Some(ProviderKind::Aws { account_id: Leaf::Known(account) }) => account,
        _ => return Err("the provider is not there, or not one for AWS"),
    };
    let start = format!("arn:aws:sts::{account}:assumed-role/");
    let bound = evidence.bound();
    let sessions = bound.iter().filter_map(|it| it.strip_prefix("subject/").or(it.strip_prefix("attribute.aws_role/")));
    let quoted = ["assertion.arn == ", "assertion.arn.startsWith("].into_iter().filter_map(|it| evidence.quoted(it));
    let session = sessions.chain(quoted).find_map(|arn| arn.strip_prefix(&start));
    let session = session.ok_or("neither a binding nor the condition names a role of the account")?;
    let (role, session) = match session.split_once('/') {
        Some((role, session)) if !session.is_empty() => (role, Some(known(session))),
        Some((role, _)) => (role, None),
        None => (session, None),
    };
    Ok(AwsRole {
        account_id: known(account),
        role_name: known(role),
        role_path: None,
        session_name: session,
        web_identity: false,
    })
}

pub(super) fn problems(role: &AwsRole) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(account) = role.account_id.known()
        && !is_aws_account(account)
    {
        problems.push(Problem::at(
            ACCOUNT,
            "Not an AWS account id",
            format!(
                "`{}` is not twelve digits. Write the id in quotes, so that leading zeros stay; `aws sts get-caller-identity --query Account` prints it.",
                account.escape_debug()
            ),
        ));
    }
    if let Some(name) = role.role_name.known() {
        problems.extend(role_problem(name));
    }
    if let Some(Leaf::Known(path)) = &role.role_path
        && let Some(fault) = role_path_fault(path)
    {
        problems.push(Problem::at(
            PATH,
            "Not the path of a role",
            format!("`{}` cannot be one: {fault}.", path.escape_debug()),
        ));
    }
    if let Some(Leaf::Known(session)) = &role.session_name {
        let well_formed = (2..=64).contains(&session.len())
            && session.bytes().all(|c| c.is_ascii_alphanumeric() || b"_+=,.@-".contains(&c));
        if !well_formed {
            problems.push(Problem::at(
                SESSION,
                "Not the name of a role session",
                format!(
                    "`{}` cannot be one: 2 to 64 letters, digits and `_+=,.@-`, without wildcards. Leave it out to mean every session of the role.",
                    session.escape_debug()
                ),
            ));
        }
    }
    if role.web_identity {
        problems.extend(role.session_name.as_ref().map(|_| web_identity::session_problem()));
    } else if problems.is_empty()
        && let Some(subject) = identity(role).subject().known()
    {
        // A session has a name even where none is prescribed: an EC2 instance's is its id, of 19 characters.
        let length = subject.len() + if role.session_name.is_some() { 0 } else { 1 + "i-0123456789abcdef0".len() };
        if length > MAX_SUBJECT {
            problems.push(Problem::at(
                if role.session_name.is_some() { SESSION } else { ROLE },
                "ARN of the session too long for Google",
                format!(
                    "`google.subject` takes {MAX_SUBJECT} bytes, and the ARNs of these sessions have {length} or more. Shorten the names, or map a shorter claim with `to.gcp.attribute_mapping`, such as `assertion.userid`."
                ),
            ));
        }
    }
    problems
}

fn role_problem(name: &str) -> Option<Problem> {
    let bare = name.rsplit('/').next().unwrap_or_default();
    let detail = if name.starts_with("arn:") && name.contains(":assumed-role/") {
        let role = name.split('/').nth(1).unwrap_or_default();
        format!("`{name}` is the ARN of a session. Write the bare name of the role, `{role}`.")
    } else if name.starts_with("arn:") {
        format!(
            "`{name}` is the ARN of the role. Google never sees it: it sees the session's ARN, `arn:aws:sts::ACCOUNT:assumed-role/{bare}/SESSION`, so a binding to the role's own ARN matches nobody. Write the bare name, `{bare}`; the binding is made of it."
        )
    } else if name.contains('/') {
        format!(
            "`{name}` has a path. The ARN of a session has none, so Google sees only the bare name: write `{bare}`. Names of roles are unique in an account whatever their paths. For Azure, and with `web_identity`, the path goes into `role_path`."
        )
    } else if name.contains(['*', '?']) {
        format!("`{name}` has a wildcard, and bindings compare exactly. Name one role, and make a trust for each.")
    } else {
        format!("`{}` cannot be one: {}.", name.escape_debug(), role_name_fault(name)?)
    };
    Some(Problem::at(ROLE, "Not the name of an AWS role", detail))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn role(name: &str) -> AwsRole {
        AwsRole {
            account_id: Text::of("123456789012"),
            role_name: Text::of(name),
            role_path: None,
            session_name: None,
            web_identity: false,
        }
    }

    #[test]
    fn the_selector_is_what_googles_default_mapping_yields() {
        let identity = identity(&role("ml-training-role"));
        let arn = "arn:aws:sts::123456789012:assumed-role/ml-training-role";
        assert_eq!(identity.selectors, [Selector::Attribute("aws_role", Text::of(arn))]);
        let claims = identity.claims.known().unwrap()[0].clone().into_iter().collect();
        let condition = identity.condition.known().unwrap();
        let mapped =
            crosscloud_policy_model::federation::exchange(&identity.attribute_mapping, Some(condition), &claims);
        assert_eq!(mapped.unwrap().attributes["aws_role"], arn);
    }

    #[test]
    fn an_iam_user_whose_path_imitates_the_role_stays_outside() {
        let identity = identity(&role("ml"));
        let claims = json!({ "account": "123456789012", "arn": "arn:aws:iam::123456789012:user/assumed-role/ml/x" });
        let condition = identity.condition.known().unwrap();
        let refused = crosscloud_policy_model::federation::exchange(
            &identity.attribute_mapping,
            Some(condition),
            claims.as_object().unwrap(),
        );
        assert!(refused.is_err());
    }

    #[test]
    fn the_arn_forms_are_explained() {
        for (name, said) in [
            ("arn:aws:iam::123456789012:role/team/ml", "the bare name, `ml`"),
            ("arn:aws:sts::123456789012:assumed-role/ml/i-0abc", "the bare name of the role, `ml`"),
            ("team/ml", "write `ml`"),
            ("ml-*", "wildcard"),
            ("", "1 to 64"),
        ] {
            let problems = problems(&role(name));
            assert_eq!(problems.len(), 1, "{name}");
            assert!(problems[0].detail.contains(said), "{}", problems[0].detail);
        }
        assert_eq!(problems(&role(&"r".repeat(64))).len(), 0);
        assert_eq!(problems(&role(&"r".repeat(65))).len(), 1);
    }
}
