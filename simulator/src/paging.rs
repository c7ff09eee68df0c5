//! Pages of a listing, and their tokens. No I/O.

use serde_json::Value;

use crate::{
    random::hash,
    service::{Call, Refusal},
    world::World,
};

/// One page of the items: as many as `maxResults` asks for, at most the service's maximum and the option's page
/// size; and the token of the next page.
///
/// Items may come lazily: only those of the page are made, the earlier ones are skipped. Map the page to JSON afterwards.
/// Tokens are bound to caller, region, operation and parameters; another one is refused as a violated constraint.
pub(crate) fn page<T>(
    call: &Call,
    world: &World,
    items: impl IntoIterator<Item = T>,
    service_maximum: usize,
) -> Result<(Vec<T>, Option<String>), Refusal> {
    let asked = parameter(call, "maxResults").and_then(Value::as_u64);
    let asked = asked.and_then(|asked| usize::try_from(asked).ok()).filter(|asked| *asked > 0);
    let size = asked
        .unwrap_or(service_maximum)
        .min(service_maximum)
        .min(world.behaviour.page_size.unwrap_or(usize::MAX))
        .max(1);
    let (start, empty_before) = match parameter(call, "nextToken").and_then(Value::as_str) {
        None | Some("") => (0, false),
        Some(token) => open(call, token).ok_or_else(|| bad_token(call))?,
    };
    if empty_before {
        return Ok((Vec::new(), Some(seal(call, start, false))));
    }
    let mut items = items.into_iter().skip(start);
    let page: Vec<T> = items.by_ref().take(size).collect();
    let next = items.next().map(|_| seal(call, start + size, world.behaviour.empty_pages));
    Ok((page, next))
}

fn bad_token(call: &Call) -> Refusal {
    if call.service == "ssm" {
        return Refusal::new(400, "InvalidNextToken", "The specified token isn't valid.");
    }
    let refusal = Refusal::invalid(call.service, "The request is rejected because the nextToken is not valid.");
    if call.service == "organizations" { refusal.with("Reason", "INVALID_NEXT_TOKEN") } else { refusal }
}

/// A parameter in either of AWS's spellings.
fn parameter<'a>(call: &'a Call, name: &str) -> Option<&'a Value> {
    let object = call.input.as_object()?;
    object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// A token: where the page starts, whether an empty page comes before it, and what the token is bound to.
fn seal(call: &Call, start: usize, empty_before: bool) -> String {
    let binding = binding(call, start, empty_before);
    format!("{:x}{:016x}{}", start, binding, u8::from(empty_before))
}

fn open(call: &Call, token: &str) -> Option<(usize, bool)> {
    let start = token.len().checked_sub(17).and_then(|end| token.get(..end))?;
    let start = usize::from_str_radix(start, 16).ok()?;
    let empty_before = token.ends_with('1');
    (seal(call, start, empty_before) == token).then_some((start, empty_before))
}

fn binding(call: &Call, start: usize, empty_before: bool) -> u64 {
    let mut parameters = call.input.clone();
    if let Some(object) = parameters.as_object_mut() {
        object.retain(|key, _| !key.eq_ignore_ascii_case("nextToken") && !key.eq_ignore_ascii_case("maxResults"));
    }
    hash(&format!(
        "{} {} {} {} {parameters} {start} {empty_before}",
        call.caller.account, call.region, call.service, call.operation
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::Caller;
    use serde_json::json;

    fn call(operation: &str, input: Value) -> Call {
        Call {
            caller: Caller::root("111111111111"),
            region: "eu-west-1".to_owned(),
            service: "guardduty",
            operation: operation.to_owned(),
            input,
        }
    }

    fn world(page_size: Option<usize>, empty_pages: bool) -> World {
        let mut world = World::default();
        world.behaviour.page_size = page_size;
        world.behaviour.empty_pages = empty_pages;
        world
    }

    fn all(world: &World, maximum: usize) -> Vec<Vec<u32>> {
        let (mut pages, mut input) = (Vec::new(), json!({"onlyAssociated": "true"}));
        loop {
            let (items, next) = page(&call("ListMembers", input.clone()), world, 0..7_u32, maximum).unwrap();
            pages.push(items);
            let Some(next) = next else { return pages };
            input["nextToken"] = Value::String(next);
        }
    }

    #[test]
    fn pages_cover_everything_once() {
        assert_eq!(all(&world(None, false), 3), [vec![0, 1, 2], vec![3, 4, 5], vec![6]]);
        assert_eq!(all(&world(None, false), 7).len(), 1);
        assert_eq!(all(&world(Some(2), false), 50).len(), 4);
    }

    #[test]
    fn empty_pages_carry_a_token() {
        assert_eq!(all(&world(None, true), 4), [vec![0, 1, 2, 3], vec![], vec![4, 5, 6]]);
    }

    #[test]
    fn a_page_is_as_long_as_asked_but_never_longer_than_the_maximum() {
        let asked = |size: u32| {
            page(&call("ListMembers", json!({"MaxResults": size})), &world(None, false), 0..9_u32, 5).unwrap().0.len()
        };
        assert_eq!((asked(2), asked(50)), (2, 5));
    }

    #[test]
    fn a_token_of_another_listing_is_refused() {
        let world = world(None, false);
        let (_, token) = page(&call("ListMembers", json!({"a": 1})), &world, 0..7_u32, 3).unwrap();
        let with = |operation: &str, a: u32, token: &str| {
            page(&call(operation, json!({"a": a, "nextToken": token})), &world, 0..7_u32, 3)
        };
        let token = token.unwrap();
        assert!(with("ListMembers", 1, &token).is_ok());
        assert_eq!(with("ListMembers", 2, &token).unwrap_err().code, "BadRequestException");
        assert!(with("ListDetectors", 1, &token).is_err());
        assert!(with("ListMembers", 1, "nonsense").is_err());
    }
}
