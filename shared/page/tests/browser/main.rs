//! The page in a real browser: it loads, filters, links, listens to the keyboard, and copes with 10,000 accounts.
//!
//! Needs `chromedriver`; without one the tests say that they are skipped, unless `ROLLCALL_REQUIRE_BROWSER` is set.
//! Screenshots are kept in `target/screenshots`. Runs programs, reads and writes files.

#[cfg(test)]
mod chrome;
#[cfg(test)]
mod large;
#[cfg(test)]
#[path = "../support/sample.rs"]
#[allow(dead_code, reason = "the other tests use the rest")]
mod sample;

use chrome::chrome;
use fantoccini::{Locator, key::Key};
use rollcall_core::{State, sweep::CoverageDocument};
use sample::{HOSTILE, REGIONS};
use serde_json::json;

fn small() -> CoverageDocument {
    sample::organization(96, 12, &REGIONS)
}

/// A screenshot of each part below the first view.
async fn parts(chrome: &chrome::Chrome, name: &str) {
    for part in ["reasons", "map", "accounts", "work", "targets", "meaning"] {
        chrome.run(&format!("document.getElementById('{part}-title').scrollIntoView();")).await;
        chrome.screenshot(&format!("{name}-{part}")).await;
    }
    chrome.run("scrollTo(0, 0);").await;
}

/// How many memberships are in a state, for a reason where one is named.
fn memberships(document: &CoverageDocument, state: State, reason: Option<&str>) -> usize {
    let gaps = document.targets.iter().flat_map(|target| &target.gaps);
    let wanted = gaps.filter(|gap| gap.state == state && reason.is_none_or(|reason| gap.reason == reason));
    wanted.map(|gap| gap.accounts.len()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_load_without_a_word_on_the_console() {
    let Some(chrome) = chrome().await else { return };
    let empty = CoverageDocument::of_run(&sample::survey(&[], 1, &[]), Vec::new(), sample::at(1));
    let covered = sample::covered(40, &REGIONS[..12]);
    let pages = [("small", small()), ("hostile", sample::hostile()), ("empty", empty), ("covered", covered)];
    for (name, document) in pages {
        chrome.open(name, &document, "").await;
        assert_eq!(chrome.console().await, Vec::<String>::new(), "{name}");
        let text = chrome.run("document.querySelectorAll('details').forEach((part) => (part.open = true)); return document.querySelector('main').innerText;").await;
        for slip in ["null", "undefined", "NaN", "[object", "\u{1}", "\u{2}"] {
            assert!(!text.as_str().unwrap().contains(slip), "{name}: {slip} in {text}");
        }
        chrome.run("document.querySelectorAll('details').forEach((part) => (part.open = false));").await;
        chrome.screenshot(&format!("{name}-first-view")).await;
        parts(&chrome, name).await;
    }
    chrome.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_window_scrolls_in_one_direction() {
    let Some(chrome) = chrome().await else { return };
    let phone = json!({"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": true});
    chrome.devtools("Emulation.setDeviceMetricsOverride", phone).await;
    chrome.open("small", &small(), "").await;
    let beside = "return [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth && !one.closest('.scroll, #map, .skip')).map((one) => one.outerHTML.slice(0, 100));";
    assert_eq!(chrome.run(beside).await, json!([]), "too wide");
    chrome.screenshot("narrow-first-view").await;
    parts(&chrome, "narrow").await;
    chrome.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_an_account_is_called_is_only_its_name() {
    let Some(chrome) = chrome().await else { return };
    chrome.open("hostile", &sample::hostile(), "#selected=111100000000").await;
    assert_eq!(chrome.text("#details h3").await, HOSTILE[0]);
    let table = chrome.text("#accounts").await;
    assert!(table.contains("</script><img src=x onerror=alert(1)>"), "{table}");
    // What cannot be seen is shown by its code, and turns no text around.
    assert!(
        table.contains("⟨U+202E⟩dor⟨U+2066⟩p-tnemyap")
            && table.contains("line⟨U+000A⟩break⟨U+0000⟩⟨U+001B⟩[31m⟨U+007F⟩"),
        "{table}"
    );
    let elements = "return [document.querySelectorAll('img, b, body script').length, document.querySelectorAll('[onerror]').length];";
    assert_eq!(chrome.run(elements).await, json!([2, 0]), "the island and the page's script, and nothing else");
    chrome.screenshot("hostile-names").await;
    assert_eq!(chrome.console().await, Vec::<String>::new());
    // Even what got into the page would neither run nor load.
    let planted = "const script = document.createElement('script'); script.textContent = 'window.ran = true;'; document.body.append(script);
        const picture = document.createElement('img'); picture.src = 'http://127.0.0.1:9/'; document.body.append(picture); return window.ran === true;";
    assert_eq!(chrome.run(planted).await, json!(false));
    chrome.until("document.querySelector('img').complete && document.querySelector('img').naturalWidth === 0").await;
    let console = chrome.console().await;
    assert_eq!(console.iter().filter(|line| line.contains("Content Security Policy")).count(), 2, "{console:?}");
    chrome.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_leave_what_they_name() {
    let Some(chrome) = chrome().await else { return };
    let document = small();
    chrome.open("small", &document, "").await;
    assert!(chrome.text("#found").await.starts_with("96 accounts in 8"));

    chrome.click("#states button[data-states=blocked]").await;
    let blocked = memberships(&document, State::Blocked, None);
    assert!(
        chrome.text("#found").await.starts_with(&format!("{blocked} memberships")),
        "{}",
        chrome.text("#found").await
    );
    chrome.choose("reason", "suspended-in-service").await;
    chrome.run("document.getElementById('map-title').scrollIntoView();").await;
    let suspended = memberships(&document, State::Blocked, Some("suspended-in-service"));
    assert!(chrome.text("#found").await.starts_with(&format!("{suspended} memberships")));
    chrome.screenshot("filtered-by-reason").await;

    // From the first view, the most frequent reason of all.
    chrome.click("#clear").await;
    chrome.click(".first-reasons button").await;
    let most = memberships(&document, State::Unknown, Some("not-observed"));
    assert!(chrome.text("#found").await.starts_with(&format!("{most} memberships")));
    assert_eq!(chrome.run("return document.getElementById('reason').value;").await, json!("not-observed"));

    chrome.click("#clear").await;
    chrome.choose("service", "guardduty").await;
    chrome.choose("region", "eu-central-1").await;
    assert!(chrome.text("#found").await.starts_with("96 memberships of 96 accounts"));
    chrome.click("#clear").await;
    chrome.choose("plan", "LAMBDA_CODE").await;
    let named = |gap: &&rollcall_core::sweep::Gap| gap.sentence.contains("LAMBDA_CODE");
    let plan: usize =
        document.targets.iter().flat_map(|target| &target.gaps).filter(named).map(|gap| gap.accounts.len()).sum();
    assert!(chrome.text("#found").await.starts_with(&format!("{plan} memberships")), "{}", chrome.text("#found").await);
    chrome.choose("with", "planned").await;
    assert!(chrome.text("#found").await.contains("memberships of"));

    chrome.click("#clear").await;
    let first = document.accounts.iter().next().unwrap();
    for words in [first.0.to_string(), first.1.name.clone().unwrap(), "workloads team search".to_owned()] {
        let field = chrome.client.find(Locator::Id("q")).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(&words).await.unwrap();
        chrome
            .until(&format!(
                "location.hash.startsWith('#q=') && new URLSearchParams(location.hash.slice(1)).get('q') === '{words}'"
            ))
            .await;
        let found = chrome.text("#found").await;
        assert!(found.contains("match") && !found.contains("0 memberships"), "{words}: {found}");
    }
    chrome.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_keeps_filter_and_selection() {
    let Some(chrome) = chrome().await else { return };
    let document = small();
    let target = document.targets.iter().find(|target| target.region.as_str() == "sa-east-1").unwrap();
    let gap = target.gaps.iter().find(|gap| gap.reason == "denied-by-service-control-policy").unwrap();
    let account = gap.accounts.first().unwrap();
    let fragment = format!("#reason={}&state=blocked&selected={account}/{}/sa-east-1", gap.reason, target.service);
    chrome.open("small", &document, &fragment).await;
    let details = chrome.text("#details").await;
    let unit = &document.accounts[account].path.as_ref().unwrap().split('/').nth(3).unwrap();
    let since = gap.since.unwrap().to_string().replace('T', " ");
    for part in [
        &account.to_string(),
        &document.units[*unit],
        "sa-east-1",
        "blocked",
        &gap.reason,
        &gap.sentence,
        "Exempt Rollcall's roles",
        &format!("Since\n{} UTC", &since[..16]),
    ] {
        assert!(details.contains(part), "{part} in {details}");
    }
    assert_eq!(chrome.run("return document.getElementById('reason').value;").await, json!(gap.reason));
    chrome.screenshot("linked-membership").await;

    // What is changed then is in the address, and comes back with it.
    chrome.choose("region", "sa-east-1").await;
    chrome.until("location.hash.includes('region=sa-east-1') && location.hash.includes('selected=')").await;
    chrome.client.refresh().await.unwrap();
    chrome.client.wait().for_element(Locator::Css("html[data-ready]")).await.unwrap();
    assert_eq!(chrome.run("return document.getElementById('region').value;").await, json!("sa-east-1"));
    assert!(chrome.text("#details").await.contains(&account.to_string()));

    // What the document does not have is left out.
    chrome.run("location.hash = '#reason=nonsense&state=nonsense,blocked&selected=nonsense';").await;
    chrome.until("document.getElementById('reason').value === '' && location.hash === '#state=blocked'").await;
    assert_eq!(chrome.console().await, Vec::<String>::new());
    chrome.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_map_is_read_with_the_keyboard() {
    let Some(chrome) = chrome().await else { return };
    chrome.open("small", &small(), "").await;
    chrome.run("document.getElementById('map').focus();").await;
    let told = "const map = document.getElementById('map'); return document.getElementById(map.getAttribute('aria-activedescendant')).getAttribute('aria-label');";
    let at = async || chrome.run(told).await.as_str().unwrap().to_owned();
    assert!(at().await.starts_with("Acquisitions / Team "), "{}", at().await);
    chrome.keys(&[Key::Down, Key::Right]).await;
    assert!(at().await.contains("GuardDuty, af-south-1: "), "{}", at().await);
    assert!(chrome.text("#details").await.contains("af-south-1"));
    chrome.keys(&[Key::End]).await;
    assert!(at().await.contains("Inspector, us-west-2: "), "{}", at().await);
    chrome.write("n").await;
    let open = at().await;
    assert!([": missing", ": blocked", ": pending", ": unknown"].iter().any(|state| open.contains(state)), "{open}");
    chrome.write("n").await;
    assert_ne!(at().await, open);
    chrome.write("p").await;
    assert_eq!(at().await, open);
    chrome.screenshot("keyboard-on-a-membership").await;

    // A unit folds, and its accounts go.
    chrome.keys(&[Key::Home]).await;
    chrome
        .run(
            "document.getElementById('map').dispatchEvent(new KeyboardEvent('keydown', {key: 'Home', ctrlKey: true}));",
        )
        .await;
    let rows = "return Number(document.getElementById('map').getAttribute('aria-rowcount'));";
    let before = chrome.run(rows).await.as_u64().unwrap();
    chrome.keys(&[Key::Enter]).await;
    assert_eq!(chrome.run(rows).await, json!(before - 12));
    chrome.keys(&[Key::Escape]).await;
    assert!(chrome.text("#details").await.starts_with("Nothing is selected"));
    chrome.write("/").await;
    assert_eq!(chrome.run("return document.activeElement.id;").await, json!("q"));
    assert_eq!(chrome.console().await, Vec::<String>::new());
    chrome.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_tells_all_of_a_membership() {
    let Some(chrome) = chrome().await else { return };
    chrome.open("small", &small(), "").await;
    // The first account's label, then the cell of GuardDuty in the first region.
    chrome.point(100, 118 + 20 + 10).await;
    assert!(chrome.text("#details").await.contains("State of the account"));
    chrome.point(270 + 7, 118 + 20 + 10).await;
    let details = chrome.text("#details").await;
    for title in [
        "Account",
        "Organizational unit",
        "Service",
        "Region",
        "State",
        "Reason",
        "Why",
        "What Rollcall does next",
        "Last looked at",
    ] {
        assert!(details.lines().any(|line| line == title), "{title} in {details}");
    }
    assert!(chrome.run("return location.hash;").await.as_str().unwrap().is_empty() || details.contains("af-south-1"));
    chrome.until("/selected=\\d{12}\\/guardduty\\/af-south-1/.test(location.hash)").await;
    chrome.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dark_light_and_paper() {
    let Some(chrome) = chrome().await else { return };
    let ground = "return getComputedStyle(document.body).backgroundColor;";
    let feature = |value: &str| json!({"features": [{"name": "prefers-color-scheme", "value": value}]});
    chrome.devtools("Emulation.setEmulatedMedia", feature("dark")).await;
    chrome.open("small", &small(), "").await;
    assert_eq!(chrome.run(ground).await, json!("rgb(20, 23, 26)"));
    chrome.screenshot("dark-first-view").await;
    parts(&chrome, "dark").await;
    chrome.click("#theme").await;
    assert_eq!(
        (chrome.text("#theme").await, chrome.run(ground).await),
        ("Theme: light".to_owned(), json!("rgb(255, 255, 255)"))
    );
    chrome.click("#theme").await;
    chrome.click("#theme").await;
    chrome.devtools("Emulation.setEmulatedMedia", feature("light")).await;
    assert_eq!(chrome.run(ground).await, json!("rgb(255, 255, 255)"));
    let paper = chrome.client.print(fantoccini::wd::PrintConfiguration::default()).await.unwrap();
    std::fs::write(chrome::folder("screenshots").join("paper.pdf"), &paper).unwrap();
    assert!(paper.starts_with(b"%PDF"));
    assert_eq!(chrome.console().await, Vec::<String>::new());
    chrome.close().await;
}
