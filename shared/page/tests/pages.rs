//! What is in a page is what is in its document: nothing lost, nothing that could be markup, and always the same. No I/O.

use decode::{island, list, memberships, number, text};
use rollcall_core::sweep::CoverageDocument;
use rollcall_page::render;
use sample::{HOSTILE, REGIONS};
use serde_json::Value;

#[cfg(test)]
#[path = "support/decode.rs"]
mod decode;
#[cfg(test)]
#[path = "support/sample.rs"]
mod sample;

/// Compares membership by membership.
fn assert_same(document: &CoverageDocument, page: &str) {
    let mut told = memberships(&island(page));
    for target in &document.targets {
        let gaps = target.by_account();
        for account in document.accounts.keys() {
            let key = (target.service.clone(), target.region.to_string(), *account);
            let expected = gaps.get(account).map(|gap| (gap.state, gap.reason.clone(), gap.sentence.clone()));
            assert_eq!(told.remove(&key), Some(expected), "{key:?}");
        }
    }
    assert!(told.is_empty(), "{} memberships that the document does not have", told.len());
}

#[test]
fn every_membership_is_read_back_as_it_was() {
    let samples = [
        sample::organization(96, 12, &REGIONS),
        sample::organization(1_003, 40, &REGIONS[..5]),
        sample::chaos(501, &REGIONS[..4], false),
        sample::chaos(700, &REGIONS[..2], true),
        sample::hostile(),
        sample::covered(30, &REGIONS[..3]),
    ];
    for document in samples {
        assert_same(&document, &render(&document, None));
    }
}

#[test]
fn an_empty_organization_has_a_page_too() {
    let document = CoverageDocument::of_run(&sample::survey(&[], 1, &[]), Vec::new(), sample::at(1));
    assert_same(&document, &render(&document, None));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let page = || render(&sample::organization(200, 12, &REGIONS[..6]), Some("s3://bucket/coverage/latest.json"));
    assert_eq!(page(), page());
}

#[test]
fn names_are_names() {
    let page = render(&sample::hostile(), Some("</script><script>alert(4)</script>"));
    let frame = render(&CoverageDocument::of_run(&sample::survey(&[], 1, &[]), Vec::new(), sample::at(1)), None);
    for element in ["<script", "</script", "<img", "<b>", "<!--"] {
        assert_eq!(page.matches(element).count(), frame.matches(element).count(), "{element}");
    }
    let island = island(&page);
    let mut names: Vec<String> = list(&island["accounts"]["names"]).iter().map(text).collect();
    let mut expected = HOSTILE.map(str::to_owned);
    names.sort();
    expected.sort();
    assert_eq!(names, expected);
}

#[test]
fn nothing_is_loaded_and_nothing_but_the_pages_own_script_runs() {
    let page = render(&sample::organization(20, 12, &REGIONS[..2]), None);
    let policy =
        page.split("Content-Security-Policy\" content=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("http") && !policy.contains('*'), "{policy}");
    let (head, _) = page.split_once("id=\"data\"").unwrap();
    for loaded in [" src=", "url(", "@import", "onclick=\"", " style=\""] {
        assert!(!head.contains(loaded), "{loaded}");
    }
    assert!(!page.contains("innerHTML") && !page.contains("fetch("));
}

#[test]
fn since_and_planned_changes_are_told_of_the_accounts_that_they_are_of() {
    let document = sample::organization(150, 12, &REGIONS[..9]);
    let island = island(&render(&document, None));
    let accounts = decode::accounts(&island);
    let mut since = decode::since(&island);
    for (target, told) in document.targets.iter().zip(list(&island["targets"])) {
        for (account, gap) in target.by_account() {
            let key = (target.service.clone(), target.region.to_string(), account);
            assert_eq!(since.remove(&key), gap.since, "{key:?}");
        }
        assert_eq!(list(&told["planned"]).len(), target.planned.len());
        for (change, step) in target.planned.iter().zip(list(&told["planned"])) {
            let marks = decode::column(&step["accounts"], accounts.len());
            let mut marked: Vec<_> =
                accounts.iter().zip(marks).filter(|(_, mark)| *mark == 1).map(|(id, _)| *id).collect();
            marked.sort();
            assert_eq!(marked, change.accounts);
            assert_eq!(text(&island["texts"][number(&step["what"])]), change.what);
        }
    }
    assert!(since.is_empty(), "{since:?}");
}

#[test]
fn the_trend_ends_with_the_document_also_where_that_is_no_point_of_it() {
    let mut document = sample::organization(20, 12, &REGIONS[..2]);
    let runs = |document: &CoverageDocument| {
        let island = island(&render(document, None));
        list(&island["trend"]).iter().map(|point| text(&point["run"])).collect::<Vec<_>>()
    };
    let kept: Vec<String> = document.trend.iter().map(|point| point.run.to_string()).collect();
    assert_eq!((runs(&document), kept.len()), (kept.clone(), 29));
    document.run.id = "narrowed".parse().unwrap();
    assert_eq!(runs(&document), [kept, vec!["narrowed".to_owned()]].concat());
}

#[test]
fn units_are_named_and_accounts_are_in_the_order_of_these_names() {
    let document = sample::organization(60, 12, &REGIONS[..1]);
    let island = island(&render(&document, None));
    let named = |unit: &Value| island["unitNames"][text(unit)].as_str().map_or_else(|| text(unit), str::to_owned);
    let paths: Vec<Vec<String>> =
        list(&island["accounts"]["paths"]).iter().map(|path| list(path).iter().map(named).collect()).collect();
    assert_eq!(paths[0], ["Root", "Acquisitions", "Team fraud"]);
    assert!(paths.is_sorted(), "{paths:?}");
}

/// Every membership of 10,000 accounts in 34 regions and 2 services open, by chance, many with sentences of their own.
#[test]
fn the_worst_case_stays_under_eight_megabytes() {
    for own_sentences in [false, true] {
        let size = render(&sample::chaos(10_000, &REGIONS, own_sentences), None).len();
        println!("own sentences: {own_sentences}, {size} bytes");
        assert!(size < 8_000_000, "{size} bytes");
    }
}
