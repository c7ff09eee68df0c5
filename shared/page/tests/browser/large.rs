//! The page of 10,000 accounts in 34 regions and 2 services; how long it takes measures `make bench`. Runs a browser, writes files.

use fantoccini::Locator;
use rollcall_core::State;
use serde_json::Value;

use crate::{chrome::chrome, sample, sample::REGIONS};

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_accounts() {
    let Some(chrome) = chrome().await else { return };
    let pages =
        [("10000", sample::organization(10_000, 40, &REGIONS)), ("10000-chaos", sample::chaos(10_000, &REGIONS, true))];
    for (name, document) in pages {
        chrome.open(name, &document, "").await;
        chrome.screenshot(&format!("{name}-first-view")).await;
        chrome.click("#unfold").await;
        chrome.run("document.getElementById('filter').scrollIntoView();").await;
        chrome.screenshot(&format!("{name}-map")).await;
        let field = chrome.client.find(Locator::Id("q")).await.unwrap();
        field.send_keys("payments prod").await.unwrap();
        chrome.until("document.getElementById('found').textContent.includes('match')").await;
        let shown: Value = chrome.run("return document.querySelectorAll('*').length;").await;
        assert!(shown.as_u64().unwrap() < 6_000, "{shown} elements: not only what is seen is in the page");
        chrome.click("#states button.any").await;
        chrome.screenshot(&format!("{name}-searched")).await;
        // What the script unpacked is what the document says, state by state.
        chrome.click("#clear").await;
        for state in State::ALL.into_iter().filter(|state| *state != State::Enrolled) {
            let chip = format!("#states [data-states={}]", state.as_str().replace(' ', "-"));
            chrome.click(&chip).await;
            let told = chrome.text("#found").await.replace(',', "");
            let expected = document.totals.memberships.count(state);
            assert_eq!(told.split(' ').next(), Some(expected.to_string().as_str()), "{name}: {state}: {told}");
            chrome.click(&chip).await;
        }
        chrome.client.set_window_size(1920, 1080).await.unwrap();
        chrome.open(name, &document, "#state=blocked&service=guardduty").await;
        chrome.screenshot(&format!("{name}-linked")).await;
        chrome.client.set_window_size(1500, 1000).await.unwrap();
        assert_eq!(chrome.console().await, Vec::<String>::new(), "{name}");
    }
    chrome.close().await;
}
