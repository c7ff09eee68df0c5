//! What is in the CSV table is what is in its document: each membership once, and nothing that a spreadsheet would run. No I/O.

use std::collections::BTreeMap;

use rollcall_core::{AccountId, State, sweep::CoverageDocument};
use rollcall_page::write_table;
use sample::{HOSTILE, REGIONS};

#[cfg(test)]
#[path = "support/sample.rs"]
#[allow(dead_code, reason = "the tests of pages use the rest")]
mod sample;

#[cfg(test)]
fn rows(document: &CoverageDocument) -> Vec<BTreeMap<String, String>> {
    let mut written = Vec::new();
    write_table(document, &mut written).unwrap();
    csv::Reader::from_reader(written.as_slice()).deserialize().map(Result::unwrap).collect()
}

#[test]
fn every_membership_is_a_row_that_says_what_the_document_says() {
    for document in [sample::organization(96, 12, &REGIONS), sample::chaos(300, &REGIONS[..3], true), sample::hostile()]
    {
        let mut told: BTreeMap<(String, String, AccountId), [String; 4]> = BTreeMap::new();
        for row in rows(&document) {
            let key = (row["service"].clone(), row["region"].clone(), row["account"].parse().unwrap());
            let said = ["state", "reason", "since", "sentence"].map(|head| row[head].clone());
            assert_eq!(told.insert(key, said), None, "{row:?}");
        }
        for target in &document.targets {
            let gaps = target.by_account();
            for account in document.accounts.keys() {
                let expected = gaps.get(account).map_or_else(
                    || [State::Enrolled.to_string(), String::new(), String::new(), String::new()],
                    |gap| {
                        let since = gap.since.map(|since| since.to_string()).unwrap_or_default();
                        [gap.state.to_string(), gap.reason.clone(), since, gap.sentence.clone()]
                    },
                );
                let key = (target.service.clone(), target.region.to_string(), *account);
                assert_eq!(told.remove(&key), Some(expected), "{key:?}");
            }
        }
        assert!(told.is_empty(), "{told:?}");
    }
}

#[test]
fn accounts_are_told_by_name_and_unit_and_names_are_names() {
    let mut document = sample::hostile();
    let first = document.accounts.keys().next().copied().unwrap();
    document.accounts.get_mut(&first).unwrap().name = Some("=HYPERLINK(\"http://evil\",\"a\")".to_owned());
    document.units.insert("ou-ab12-division0".to_owned(), "@Division".to_owned());
    let rows = rows(&document);
    assert_eq!(rows[0]["name"], "'=HYPERLINK(\"http://evil\",\"a\")");
    assert_eq!(rows[0]["unit"], "'@Division / </script><b>Unit");
    assert_eq!(rows[1]["name"], HOSTILE[1]);
    let organization = sample::organization(20, 12, &REGIONS[..1]);
    assert_eq!(self::rows(&organization)[0]["unit"], "Workloads / Team payments");
}
