//! Reads a page's island again, without the page's script. No I/O.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rollcall_core::{AccountId, State};
use serde_json::Value;

/// What stands before the island.
const BEGIN: &str = "<script type=\"application/json\" id=\"data\">";

/// The island as a browser finds it: up to the first end of a script element.
pub(crate) fn island(page: &str) -> Value {
    let (_, rest) = page.split_once(BEGIN).expect("an island");
    let (json, _) = rest.split_once("</script").expect("the island's end");
    serde_json::from_str(json).expect("JSON")
}

/// A membership that is not enrolled: state, reason, sentence.
pub(crate) type Told = (State, String, String);

/// The memberships by service, region and account; what is enrolled is `None`.
pub(crate) fn memberships(island: &Value) -> BTreeMap<(String, String, AccountId), Option<Told>> {
    let accounts = accounts(island);
    let mut all = BTreeMap::new();
    for target in list(&island["targets"]) {
        let (service, region) = (text(&target["service"]), text(&target["region"]));
        for (account, cell) in accounts.iter().zip(column(&target["cells"], accounts.len())) {
            let told = (cell > 0).then(|| told(island, cell - 1, &region, *account));
            all.insert((service.clone(), region.clone(), *account), told);
        }
    }
    all
}

/// Since when memberships are as they are, of those of which it is told, to the second.
pub(crate) fn since(island: &Value) -> BTreeMap<(String, String, AccountId), Timestamp> {
    let accounts = accounts(island);
    let mut all = BTreeMap::new();
    for target in list(&island["targets"]) {
        let (service, region) = (text(&target["service"]), text(&target["region"]));
        for (account, index) in accounts.iter().zip(column(&target["since"], accounts.len())) {
            if index > 0 {
                let seconds = island["times"][index - 1].as_i64().unwrap();
                let at = Timestamp::from_second(seconds).unwrap();
                all.insert((service.clone(), region.clone(), *account), at);
            }
        }
    }
    all
}

/// The accounts in the page's order.
pub(crate) fn accounts(island: &Value) -> Vec<AccountId> {
    let ids = text(&island["accounts"]["ids"]);
    ids.as_bytes().chunks(12).map(|id| std::str::from_utf8(id).unwrap().parse().unwrap()).collect()
}

/// A number for each account.
pub(crate) fn column(value: &Value, count: usize) -> Vec<usize> {
    let mut values = Vec::new();
    match value {
        Value::Null => {}
        Value::Array(runs) => {
            for run in runs.chunks(2) {
                values.extend(vec![number(&run[0]); number(&run[1])]);
            }
        }
        packed => {
            let (width, palette) = (number(&packed["width"]), list(&packed["palette"]));
            let mut bits =
                decoded(&text(&packed["bits"])).into_iter().flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1));
            while values.len() < count {
                let code: Vec<u8> = bits.by_ref().take(width).collect();
                if code.len() < width {
                    break;
                }
                let code = code.iter().rev().fold(0, |code, bit| code << 1 | usize::from(*bit));
                values.push(number(&palette[code]));
            }
        }
    }
    assert!(values.len() <= count, "{} values of {count} accounts", values.len());
    values.resize(count, 0);
    values
}

fn told(island: &Value, index: usize, region: &str, account: AccountId) -> Told {
    let reason = &island["reasons"][index];
    let kind = &island["kinds"][number(&reason[0]) - 1];
    let template = text(&island["texts"][number(&reason[1])]);
    let sentence = template.replace('\u{1}', region).replace('\u{2}', &account.to_string());
    (serde_json::from_value(kind[0].clone()).unwrap(), text(&kind[1]), sentence)
}

fn decoded(base64: &str) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        other => panic!("{other} is no digit of base64"),
    };
    let digits: Vec<u8> = base64.trim_end_matches('=').bytes().map(digit).collect();
    let bytes = digits.chunks(4).flat_map(|part| {
        let bits = part.iter().fold(0_u32, |bits, digit| bits << 6 | u32::from(*digit)) << (6 * (4 - part.len()));
        bits.to_be_bytes()[1..part.len()].to_vec()
    });
    bytes.collect()
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

pub(crate) fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().expect("a number")).unwrap()
}
