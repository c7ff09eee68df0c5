//! The page of 10,000 accounts in 34 regions and 2 services: how long it takes, printed. Runs a browser, writes files.

use fantoccini::Locator;
use rollcall_core::State;
use serde_json::{Value, json};

use crate::{chrome::chrome, sample, sample::REGIONS};

/// Since the navigation began: first paint, the page's script done, in milliseconds.
const LOADED: &str = "
    const [done] = arguments;
    const [navigation] = performance.getEntriesByType('navigation');
    new PerformanceObserver((list) => {
        for (const paint of list.getEntriesByName('first-contentful-paint')) done({
            'first paint': Math.round(paint.startTime),
            'interactive': Math.round(performance.getEntriesByName('rollcall-ready')[0].startTime),
            'load event': Math.round(navigation.loadEventEnd),
        });
    }).observe({type: 'paint', buffered: true});";

/// Runs what `change` does, until its result is drawn.
const TIMED: &str = "
    const [change, done] = arguments;
    const begun = performance.now();
    new Function(change)();
    requestAnimationFrame(() => setTimeout(() => done(Math.round(performance.now() - begun))));";

/// Scrolls the map for 120 frames; tells the longest frame and the mean.
const SCROLLED: &str = "
    const [done] = arguments;
    const map = document.getElementById('map');
    const frames = [];
    let last = performance.now();
    const frame = (now) => {
        frames.push(now - last);
        last = now;
        map.scrollTop += 400;
        map.scrollLeft = (frames.length * 8) % 400;
        if (frames.length < 120) requestAnimationFrame(frame);
        else done({mean: Math.round(frames.reduce((sum, one) => sum + one, 0) / frames.length * 10) / 10, longest: Math.round(Math.max(...frames.slice(2)))});
    };
    requestAnimationFrame(frame);";

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_accounts() {
    let Some(chrome) = chrome().await else { return };
    let pages =
        [("10000", sample::organization(10_000, 40, &REGIONS)), ("10000-chaos", sample::chaos(10_000, &REGIONS, true))];
    for (name, document) in pages {
        let size = chrome.open(name, &document, "").await;
        let loaded = chrome.client.execute_async(LOADED, Vec::new()).await.unwrap();
        println!("{name}: {size} bytes, since the navigation began, in ms: {loaded}");
        chrome.screenshot(&format!("{name}-first-view")).await;
        let filters = [
            ("state", "document.querySelector('#states [data-states=blocked]').click();"),
            ("clear", "document.getElementById('clear').click();"),
            (
                "region",
                "const field = document.getElementById('region'); field.value = 'eu-west-1'; field.dispatchEvent(new Event('change'));",
            ),
            ("clear", "document.getElementById('clear').click();"),
            (
                "plan",
                "const field = document.getElementById('plan'); field.selectedIndex = 1; field.dispatchEvent(new Event('change'));",
            ),
            ("clear", "document.getElementById('clear').click();"),
            ("every account shown", "document.getElementById('unfold').click();"),
        ];
        for (filter, change) in filters {
            let took = chrome.client.execute_async(TIMED, vec![json!(change)]).await.unwrap();
            println!("{name}: {filter}: {took} ms");
        }
        let frames = chrome.client.execute_async(SCROLLED, Vec::new()).await.unwrap();
        println!("{name}: scrolling, a frame in ms: {frames}");
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
