//! The table of routes. A template is a path whose `{name}` segments match anything and whose one `{+name}` matches any number of segments,
//! with Google's `:verb` or the action of AWS's Query protocol at the end where there is one.

use std::collections::BTreeMap;

use serde_json::Value;

use super::answer::{Answer, Refusal};
use super::request::Request;
use crate::state::world::World;

/// Runs one request against the world.
pub(crate) type Handler = fn(&mut World, &Call<'_>) -> Result<Answer, Refusal>;

/// One method of an API.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) template: &'static str,
    /// Query parameters of this method, beside those that the whole API takes.
    pub(crate) query: &'static [&'static str],
    pub(crate) handler: Handler,
}

/// What the APIs of one vendor have in common on the wire.
#[derive(Debug)]
pub(crate) struct Vendor {
    /// Whether the fixed parts of a path match in any case.
    pub(crate) any_case: bool,
    /// Whether a query parameter that no method knows is refused.
    pub(crate) strict_query: bool,
    /// Whether a request can be meant for this vendor at all.
    pub(crate) owns: fn(&Request) -> bool,
    /// The id of a request, by its sequence number.
    pub(crate) request_id: fn(u64) -> String,
    /// The headers that carry the id.
    pub(crate) request_id_headers: &'static [&'static str],
    /// Writes the refusal of a request that is meant for this vendor and for none of its APIs.
    pub(crate) render: fn(&Refusal) -> Answer,
}

/// One API of one vendor: a file of its own, joined by one line in [`crate::apis`].
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) vendor: &'static Vendor,
    /// The vendor's name for it, such as `iam.googleapis.com`.
    pub(crate) service: &'static str,
    /// The name shown to people.
    pub(crate) title: &'static str,
    pub(crate) routes: &'static [Route],
    /// Query parameters that every method takes.
    pub(crate) common_query: &'static [&'static str],
    /// Writes a refusal in the vendor's error shape.
    pub(crate) render: fn(&Refusal) -> Answer,
    /// Makes the refusal that an injected fault asks for: HTTP status and, optionally, the vendor's reason.
    pub(crate) fault: fn(u16, Option<&str>) -> Refusal,
    /// The objects that this API holds, for the control API's listing.
    pub(crate) objects: fn(&World) -> Vec<Object>,
}

/// One object of the emulated clouds, as the control API lists it.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Object {
    /// `cloud/kind`, such as `gcp/pool`.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) id: String,
    /// `live` or `soft_deleted`.
    pub(crate) state: &'static str,
    /// Whether it was there when the emulator started.
    pub(crate) seeded: bool,
    /// What else there is to know about it.
    #[serde(flatten)]
    pub(crate) details: BTreeMap<&'static str, Value>,
}

/// A request on its way through a handler.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) request: &'a Request,
    pub(crate) api: &'static Api,
    params: BTreeMap<&'static str, String>,
}

impl<'a> Call<'a> {
    /// The value of a `{name}` segment; empty when the template has none of that name.
    pub(crate) fn param(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }

    /// The body as JSON; an empty body is an empty object, as the clouds take it.
    pub(crate) fn json(&self) -> Result<Value, serde_json::Error> {
        if self.request.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Value::Object(serde_json::Map::new()));
        }
        serde_json::from_slice(&self.request.body)
    }
}

/// Finds the route of a request.
pub(crate) fn find<'a>(apis: &[&'static Api], request: &'a Request) -> Option<(Call<'a>, &'static Route)> {
    apis.iter().filter(|api| (api.vendor.owns)(request)).find_map(|api| {
        api.routes.iter().find_map(|route| {
            let params = matched(route, request, api.vendor.any_case)?;
            Some((Call { request, api, params }, route))
        })
    })
}

/// The first query parameter that neither the method nor its API takes, where the vendor minds.
pub(crate) fn unknown_query<'a>(call: &Call<'a>, route: &Route) -> Option<&'a str> {
    if !call.api.vendor.strict_query {
        return None;
    }
    call.request
        .query
        .iter()
        .map(|(name, _)| name.as_str())
        .find(|name| !route.query.contains(name) && !call.api.common_query.contains(name))
}

fn matched(route: &'static Route, request: &Request, any_case: bool) -> Option<BTreeMap<&'static str, String>> {
    if route.method != request.method.as_str() {
        return None;
    }
    let (path, verb) = match route.template.rsplit_once(':') {
        Some((path, verb)) => (path, Some(verb)),
        None => (route.template, None),
    };
    if verb != request.verb.as_deref() {
        return None;
    }
    let wanted: Vec<&'static str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let given = request.segments.as_slice();
    let mut params = BTreeMap::new();
    let Some(open) = wanted.iter().position(|segment| segment.starts_with("{+")) else {
        return segments(&wanted, given, any_case, &mut params).then_some(params);
    };
    let after = wanted.len() - open - 1;
    let end = given.len().checked_sub(after).filter(|end| *end > open)?;
    let good = segments(&wanted[..open], &given[..open], any_case, &mut params)
        && segments(&wanted[open + 1..], &given[end..], any_case, &mut params);
    params.insert(wanted[open].trim_matches(['{', '+', '}']), given[open..end].join("/"));
    good.then_some(params)
}

fn segments(
    wanted: &[&'static str],
    given: &[String],
    any_case: bool,
    params: &mut BTreeMap<&'static str, String>,
) -> bool {
    wanted.len() == given.len()
        && wanted.iter().zip(given).all(|(wanted, given)| {
            match wanted.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(name) => {
                    params.insert(name, given.clone());
                    true
                }
                None => wanted == given || (any_case && wanted.eq_ignore_ascii_case(given)),
            }
        })
}
