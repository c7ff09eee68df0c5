//! How long a page takes until it is seen, and until a filter's result is, by the browser's own clock. Runs scripts in it.

use serde_json::{Value, json};

use crate::chrome::Chrome;

/// Since the navigation began, in milliseconds.
const LOADED: &str = "
    const [done] = arguments;
    new PerformanceObserver((list) => {
        for (const paint of list.getEntriesByName('first-contentful-paint')) done({
            paint: paint.startTime,
            ready: performance.getEntriesByName('rollcall-ready')[0].startTime,
        });
    }).observe({type: 'paint', buffered: true});";

/// Runs what `change` does, until its result is drawn.
const CHANGED: &str = "
    const [change, done] = arguments;
    const begun = performance.now();
    new Function(change)();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun)));";

/// Types into the search, until its result is drawn; what is typed is waited for a moment.
const SEARCHED: &str = "
    const [words, done] = arguments;
    const field = document.getElementById('q'), found = document.getElementById('found');
    const begun = performance.now();
    new MutationObserver((_, observer) => {
        observer.disconnect();
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun)));
    }).observe(found, {childList: true});
    field.value = words;
    field.dispatchEvent(new Event('input'));";

/// Scrolls the map for 120 frames; the mean of a frame and the longest.
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
        else done([frames.reduce((sum, one) => sum + one, 0) / frames.length, Math.max(...frames.slice(2))]);
    };
    requestAnimationFrame(frame);";

/// Milliseconds from the start of the navigation to the first paint, and until the page can be used.
pub(crate) async fn loaded(chrome: &Chrome) -> (f64, f64) {
    let times = chrome.client.execute_async(LOADED, Vec::new()).await.unwrap();
    (milliseconds(&times["paint"]), milliseconds(&times["ready"]))
}

/// Milliseconds that a script takes until its result is drawn.
pub(crate) async fn changed(chrome: &Chrome, script: &str) -> f64 {
    milliseconds(&chrome.client.execute_async(CHANGED, vec![json!(script)]).await.unwrap())
}

/// Milliseconds from the last key of a search until its result is drawn.
pub(crate) async fn searched(chrome: &Chrome, words: &str) -> f64 {
    milliseconds(&chrome.client.execute_async(SEARCHED, vec![json!(words)]).await.unwrap())
}

/// Milliseconds that a frame takes while the map is scrolled: the mean, and the longest.
pub(crate) async fn scrolled(chrome: &Chrome) -> (f64, f64) {
    let frames = chrome.client.execute_async(SCROLLED, Vec::new()).await.unwrap();
    (milliseconds(&frames[0]), milliseconds(&frames[1]))
}

fn milliseconds(value: &Value) -> f64 {
    value.as_f64().unwrap()
}
