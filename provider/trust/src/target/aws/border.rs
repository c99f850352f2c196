//! The border of a role that admits members: whatever statements stand beside it, nobody gets in whom the trust does not admit. Members are
//! planned against it, as they are against the condition of Google's provider.

use serde_json::{Map, Value, json};

use super::trust_policy::{ACTION, Admitted};
use crate::admits::Admits;
use crate::leaf::{Leaf, Text};
use crate::object::aws::RoleMembers;
use crate::object::aws::statements::{self, SID};
use crate::source::{Identity, Source};

const BORDER: &str = "Admits";

/// The statement that refuses tokens unless they are the trust's own workload's or an admitted member's. A token without the claim is refused,
/// too: a negated comparison with what is absent is true. So one statement is for all issuers: whoever is refused is so by each of them.
///
/// It names the providers: whether `*` means those who come with a token, too, AWS does not say.
pub(super) fn of(issuers: &[Admitted], identity: &Identity, members: &RoleMembers) -> Option<Value> {
    let admitted: Option<Vec<&str>> = members.values.iter().map(|value| value.known().map(String::as_str)).collect();
    let admitted = admitted?;
    let own: Option<Vec<&str>> = match identity.pins.get(members.claim) {
        Some(pin) => pin.known().map(|pin| vec![pin.as_str()]),
        None => identity.subjects.iter().map(|subject| subject.known().map(String::as_str)).collect(),
    };
    let is_member = |own: &&str| admitted.iter().any(|it| own == it || (it.ends_with(':') && own.starts_with(it)));
    let beyond = own?.into_iter().filter(|own| !is_member(own)).map(str::to_owned);
    let pattern = |it: &&str| if it.ends_with(':') { format!("{it}*") } else { (*it).to_owned() };
    let values: Vec<String> = beyond.chain(admitted.iter().map(pattern)).collect();
    let key = |it: &Admitted| Some((format!("{}:{}", it.prefix()?, members.claim), json!(values)));
    let compared: Option<Map<String, Value>> = issuers.iter().map(key).collect();
    let providers: Option<Vec<&str>> = issuers.iter().map(|it| it.provider.known().map(String::as_str)).collect();
    let by_start = admitted.iter().any(|it| it.ends_with(':'));
    let operator = if by_start { "StringNotLike" } else { "StringNotEquals" };
    Some(json!({
        "Sid": BORDER,
        "Effect": "Deny",
        "Principal": { "Federated": single_or_list(providers?) },
        "Action": ACTION,
        "Condition": { operator: compared? },
    }))
}

/// Whom the border of a trust policy admits: the inverse of [`of`].
pub(crate) fn recognise(policy: &str, source: &Source, identity: &Identity) -> Option<Admits> {
    let border = statements::all(policy).into_iter().find(|it| it.get(SID).and_then(Value::as_str) == Some(BORDER))?;
    let compared = border.get("Condition")?.as_object()?.values().next()?.as_object()?;
    let values = statements::texts(compared.values().next()?)?;
    let by_start = values.iter().any(|it| it.ends_with(":*"));
    let is_own = |value: &str| {
        let is = |text: &Text| text.known().is_some_and(|text| text == value);
        identity.pins.values().any(is) || identity.subjects.iter().any(is)
    };
    let of_members = values.into_iter().filter(|it| if by_start { it.ends_with(":*") } else { !is_own(it) });
    let of_members: Vec<&str> = of_members.map(|it| it.trim_end_matches('*')).collect();
    let admits = Admits::of_claim(&of_members, source)?;
    let (claim, values) = Admits::claim(&Leaf::Known(admits.clone()), source)?;
    let members = RoleMembers { providers: Vec::new(), audience: Leaf::Unknown, claim, values };
    let providers = statements::texts(border.get("Principal")?.get("Federated")?)?;
    let issuers = identity.issuers().iter().zip(providers);
    let issuers: Vec<_> =
        issuers.map(|(it, provider)| Admitted { provider: Text::of(provider), issuer: it.issuer.clone() }).collect();
    same(&of(&issuers, identity, &members)?, &border).then_some(admits)
}

fn single_or_list(providers: Vec<&str>) -> Value {
    match providers[..] {
        [one] => json!(one),
        _ => json!(providers),
    }
}

/// IAM gives a list of one back as a text.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::String(_)) if one.len() == 1 => one[0] == *other,
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len() && one.iter().all(|(key, value)| other.get(key).is_some_and(|it| same(value, it)))
        }
        _ => one == other,
    }
}
