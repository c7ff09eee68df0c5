//! The coverage document as a CSV table for spreadsheets and scripts: a row for each membership. I/O: the given writer.

use std::{borrow::Cow, collections::BTreeMap, io};

use rollcall_core::{AccountId, State, sweep::CoverageDocument};

use crate::units;

const HEADS: [&str; 9] = ["account", "name", "unit", "service", "region", "state", "reason", "since", "sentence"];

/// Writes the table, in UTF-8, with the columns account, name, unit (names from the root down), service, region, state,
/// reason (its code), since (RFC 3339) and sentence; the last three are empty where the membership is enrolled.
///
/// It is written as it goes: 10,000 accounts in 68 targets are some 70 MB where most are enrolled. Accounts' ids have 12
/// digits, which a spreadsheet must be told to read as text.
pub fn write_table(document: &CoverageDocument, into: impl io::Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(into);
    table.write_record(HEADS)?;
    let accounts: BTreeMap<AccountId, [String; 3]> = document
        .accounts
        .iter()
        .map(|(id, account)| {
            let name = defused(account.name.as_deref().unwrap_or_default()).into_owned();
            (*id, [id.to_string(), name, defused(&units::title(account, document)).into_owned()])
        })
        .collect();
    for target in &document.targets {
        let gaps = target.by_account();
        for (id, [account, name, unit]) in &accounts {
            let told = gaps.get(id).map(|gap| {
                let since = gap.since.map(|since| since.to_string()).unwrap_or_default();
                (gap.state, defused(&gap.reason), since, defused(&gap.sentence))
            });
            let (state, reason, since, sentence) =
                told.unwrap_or((State::Enrolled, "".into(), String::new(), "".into()));
            let (service, region) = (target.service.as_str(), target.region.as_str());
            table.write_record([account, name, unit, service, region, state.as_str(), &*reason, &since, &*sentence])?;
        }
    }
    table.flush()
}

/// A cell that no spreadsheet takes for a formula: where it looks like one, an apostrophe before it says that it is text.
/// Source: OWASP, "CSV Injection", and ASVS 1.2.10, which names the null character too.
fn defused(text: &str) -> Cow<'_, str> {
    const FORMULA: [char; 8] = ['=', '+', '-', '@', '\t', '\r', '\n', '\0'];
    // What spreadsheets leave away before the first character, and letters of full width that some take for these.
    let begins = text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if begins || text.starts_with(FORMULA) { format!("'{text}").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_formula_is_text() {
        for text in ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "\0=1", "  =1", "\u{a0}@a", "＝1"] {
            assert_eq!(defused(text), format!("'{text}"));
        }
        for text in ["", "payments-prod", "a=b", "'=1", "off: EC2", "<script>"] {
            assert_eq!(defused(text), text);
        }
    }
}
