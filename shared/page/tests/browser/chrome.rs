//! Chromium by its driver: starts both, opens pages from files, keeps screenshots. Runs programs, reads and writes files.

use std::{
    env, fs,
    io::{self, Write},
    path::PathBuf,
    process::Stdio,
    sync::Once,
    time::Duration,
};

use fantoccini::{
    Client, ClientBuilder, Locator,
    actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction},
    key::Key,
    wd::{Capabilities, WebDriverCompatibleCommand},
};
use hyper_util::client::legacy::connect::HttpConnector;
use rollcall_core::sweep::CoverageDocument;
use rollcall_page::render;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::{Mutex, MutexGuard},
};

/// Set to `1`, a missing driver fails the tests instead of skipping them.
const REQUIRED: &str = "ROLLCALL_REQUIRE_BROWSER";

/// Headless, large enough for the whole first view, and cut off from the network: the browser asks its maker nothing, and
/// no name is resolved.
const ARGUMENTS: [&str; 11] = [
    "--headless=new",
    // Root in a container has no other choice.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--window-size=1500,1000",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND",
];

/// One browser at a time: timings are measured, and machines are small.
static ONE: Mutex<()> = Mutex::const_new(());

/// A browser, and its driver, which ends with it.
pub(crate) struct Chrome {
    pub(crate) client: Client,
    driver: Child,
    _one: MutexGuard<'static, ()>,
}

/// A browser; `None` where there is no driver and none is demanded.
pub(crate) async fn chrome() -> Option<Chrome> {
    let one = ONE.lock().await;
    let (driver, port) = started().await?;
    let capabilities: Capabilities = serde_json::from_value(json!({
        "goog:chromeOptions": {"args": ARGUMENTS},
        "goog:loggingPrefs": {"browser": "ALL"},
    }))
    .unwrap();
    let client = ClientBuilder::new(HttpConnector::new())
        .capabilities(capabilities)
        .connect(&format!("http://127.0.0.1:{port}"))
        .await
        .unwrap();
    Some(Chrome { client, driver, _one: one })
}

/// The driver, and its port. It chooses one that is free for IPv4 and gives up where that is taken for IPv6.
async fn started() -> Option<(Child, u16)> {
    for _ in 0..10 {
        let driver = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).kill_on_drop(true).spawn();
        let mut driver = match driver {
            Ok(driver) => driver,
            Err(error) => {
                assert!(env::var(REQUIRED).is_err(), "{REQUIRED} is set, and chromedriver cannot be started: {error}");
                say_skipped(&error);
                return None;
            }
        };
        if let Some(port) = port(&mut driver).await {
            return Some((driver, port));
        }
    }
    panic!("chromedriver told no port, ten times");
}

/// Says it once, past the capture of what tests print.
fn say_skipped(error: &io::Error) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let how = "apt-get install chromium chromium-driver";
        let _ = writeln!(
            io::stderr(),
            "SKIPPED: no browser for the coverage page: chromedriver: {error}; {how} to have one"
        );
    });
}

/// The port that the driver chose; `None` where it ended without one.
async fn port(driver: &mut Child) -> Option<u16> {
    let mut lines = BufReader::new(driver.stdout.take()?).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return port.trim_end_matches('.').parse().ok();
        }
    }
    None
}

impl Chrome {
    /// Writes a document's page and opens it, at a fragment; gives its size.
    pub(crate) async fn open(&self, name: &str, document: &CoverageDocument, fragment: &str) -> usize {
        let page = render(document, Some("s3://rollcall-bucket/coverage/latest.json"));
        let path = folder("pages").join(format!("{name}.html"));
        fs::write(&path, &page).unwrap();
        // A change of nothing but the fragment would not load the page anew.
        self.client.goto("about:blank").await.unwrap();
        self.client.goto(&format!("file://{}{fragment}", path.display())).await.unwrap();
        self.client.wait().at_most(Duration::from_mins(1)).for_element(Locator::Css("html[data-ready]")).await.unwrap();
        page.len()
    }

    /// What a script returns.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// The text of an element, as it is shown.
    pub(crate) async fn text(&self, selector: &str) -> String {
        self.client.find(Locator::Css(selector)).await.unwrap().text().await.unwrap()
    }

    pub(crate) async fn click(&self, selector: &str) {
        self.client.find(Locator::Css(selector)).await.unwrap().click().await.unwrap();
    }

    pub(crate) async fn choose(&self, id: &str, value: &str) {
        self.client.find(Locator::Id(id)).await.unwrap().select_by_value(value).await.unwrap();
    }

    /// Types into what has the focus.
    pub(crate) async fn keys(&self, keys: &[Key]) {
        let keys: String = keys.iter().map(|key| char::from(*key)).collect();
        self.write(&keys).await;
    }

    pub(crate) async fn write(&self, text: &str) {
        self.client.active_element().await.unwrap().send_keys(text).await.unwrap();
    }

    /// Clicks on a point of the map, from its upper left corner.
    pub(crate) async fn point(&self, x: i64, y: i64) {
        let corner = self
            .run("const map = document.getElementById('map'); map.scrollIntoView(); const box = map.getBoundingClientRect(); return [box.left, box.top];")
            .await;
        let place = |at: usize, by: i64| corner[at].as_f64().unwrap() + f64::from(i32::try_from(by).unwrap());
        let mouse = MouseActions::new("mouse".to_owned())
            .then(PointerAction::MoveTo { duration: None, x: place(0, x), y: place(1, y) })
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
            .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        self.client.perform_actions(mouse).await.unwrap();
    }

    /// Waits until a script returns true.
    pub(crate) async fn until(&self, condition: &str) {
        for _ in 0..200 {
            if self.run(&format!("return Boolean({condition});")).await == json!(true) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("never so: {condition}");
    }

    /// Keeps what is seen.
    pub(crate) async fn screenshot(&self, name: &str) {
        // Whatever was asked to be drawn is drawn two frames later.
        let drawn = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()));";
        self.client.execute_async(drawn, Vec::new()).await.unwrap();
        let picture = self.client.screenshot().await.unwrap();
        fs::write(folder("screenshots").join(format!("{name}.png")), picture).unwrap();
    }

    /// A command of the browser's own protocol.
    pub(crate) async fn devtools(&self, command: &str, parameters: Value) {
        let body = json!({"cmd": command, "params": parameters});
        self.client.issue_cmd(Own { path: "goog/cdp/execute", body }).await.unwrap();
    }

    /// What the page wrote to the console, and what the browser had to say of it.
    pub(crate) async fn console(&self) -> Vec<String> {
        let entries = self.client.issue_cmd(Own { path: "se/log", body: json!({"type": "browser"}) }).await.unwrap();
        entries.as_array().unwrap().iter().map(ToString::to_string).collect()
    }

    pub(crate) async fn close(mut self) {
        self.client.close().await.unwrap();
        self.driver.kill().await.unwrap();
    }
}

/// A folder in the one of the build, which cargo marks.
pub(crate) fn folder(name: &str) -> PathBuf {
    let own = env::current_exe().unwrap();
    let build = own.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file()).expect("a folder of the build");
    let folder = build.join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A command of this driver's own.
#[derive(Debug)]
struct Own {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Own {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
