//! Chromium without a window, driven by the DevTools protocol over two pipes (`--remote-debugging-pipe`).

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::InteropError;
use crate::workspace;

/// How long an answer, or something that is waited for, may take.
const LIMIT: Duration = Duration::from_secs(20);

pub(super) const CHROMIUM: &str = "chromium";

/// A browser with its pages. It ends with this value.
pub(super) struct Browser {
    process: Child,
    to: File,
    from: Receiver<Value>,
    next_id: u64,
    events: Vec<Value>,
}

/// One page, by its session.
#[derive(Debug, Clone)]
pub(super) struct Page(String);

impl Browser {
    /// Starts it with a profile of its own in that folder, which must be there.
    pub(super) fn start(folder: &Path) -> Result<Self, InteropError> {
        if !workspace::answers(Command::new(CHROMIUM).arg("--version")) {
            return Err(InteropError::Missing { program: CHROMIUM, package: "chromium" });
        }
        let (to, from) = (folder.join("to-browser"), folder.join("from-browser"));
        workspace::run(Command::new("mkfifo").args([&to, &from]))?;
        // The protocol's pipes are the file descriptors 3 and 4, which the shell puts in their places.
        let process = Command::new("sh")
            .args(["-c", r#"to=$1 from=$2; shift 2; exec "$@" 3<"$to" 4>"$from""#, "sh"])
            .args([&to, &from])
            .arg(CHROMIUM)
            .args(flags(folder))
            .arg("--remote-debugging-pipe")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(folder.join("browser.log"))?)
            .spawn()?;
        // Each opens when the shell has opened its other end.
        let (to, from) = (File::create(to)?, File::open(from)?);
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            for message in BufReader::new(from).split(0).map_while(Result::ok) {
                let Ok(message) = serde_json::from_slice(&message) else { continue };
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        Ok(Self { process, to, from: receiver, next_id: 0, events: Vec::new() })
    }

    /// Opens a page, and hears what it says on its console.
    pub(super) fn open(&mut self, url: &str) -> Result<Page, InteropError> {
        let target = self.call(None, "Target.createTarget", &json!({ "url": "about:blank" }))?;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = self.call(None, "Target.attachToTarget", &attach)?;
        let page = Page(session["sessionId"].as_str().unwrap_or_default().to_owned());
        for domain in ["Runtime.enable", "Log.enable", "Page.enable"] {
            self.call(Some(&page), domain, &json!({}))?;
        }
        self.call(Some(&page), "Page.setLifecycleEventsEnabled", &json!({ "enabled": true }))?;
        let loader = self.call(Some(&page), "Page.navigate", &json!({ "url": url }))?["loaderId"].clone();
        // Until then there may be another document, or half of this one.
        self.hear("Page.lifecycleEvent", |event| event["loaderId"] == loader && event["name"] == "load")?;
        Ok(page)
    }

    /// Waits for an event, if it did not come before.
    fn hear(&mut self, method: &str, wanted: impl Fn(&Value) -> bool) -> Result<(), InteropError> {
        while !self.events.iter().any(|event| event["method"] == method && wanted(&event["params"])) {
            let event = self.from.recv_timeout(LIMIT).map_err(|error| fault(format!("{method}: {error}")))?;
            self.events.push(event);
        }
        Ok(())
    }

    /// Brings a page to the front, where it has the focus.
    pub(super) fn show(&mut self, page: &Page) -> Result<(), InteropError> {
        self.call(Some(page), "Page.bringToFront", &json!({})).map(|_| ())
    }

    /// The value of an expression; a promise is awaited.
    pub(super) fn evaluate(&mut self, page: &Page, expression: &str) -> Result<Value, InteropError> {
        let what = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.call(Some(page), "Runtime.evaluate", &what)?;
        if let Some(thrown) = answer.get("exceptionDetails") {
            return Err(fault(format!("{expression}: {thrown}")));
        }
        Ok(answer["result"]["value"].clone())
    }

    /// Whether the expression becomes true in time.
    pub(super) fn becomes(&mut self, page: &Page, expression: &str) -> Result<bool, InteropError> {
        let deadline = Instant::now() + LIMIT;
        while Instant::now() < deadline {
            if self.evaluate(page, &format!("Boolean({expression})"))? == true {
                return Ok(true);
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(false)
    }

    /// Presses a key and lets it go.
    pub(super) fn press(&mut self, page: &Page, key: &str) -> Result<(), InteropError> {
        let (code, text) = match key {
            "Tab" => (9, ""),
            "Enter" => (13, "\r"),
            " " => (32, " "),
            "End" => (35, ""),
            "Home" => (36, ""),
            "ArrowUp" => (38, ""),
            "ArrowDown" => (40, ""),
            other => return Err(fault(format!("no key {other}"))),
        };
        let name = if key == " " { "Space" } else { key };
        for kind in [if text.is_empty() { "rawKeyDown" } else { "keyDown" }, "keyUp"] {
            let mut event = json!({ "type": kind, "key": key, "code": name, "windowsVirtualKeyCode": code });
            if kind == "keyDown" {
                event["text"] = text.into();
            }
            self.call(Some(page), "Input.dispatchKeyEvent", &event)?;
        }
        Ok(())
    }

    /// Types a text where the focus is.
    pub(super) fn type_text(&mut self, page: &Page, text: &str) -> Result<(), InteropError> {
        self.call(Some(page), "Input.insertText", &json!({ "text": text })).map(|_| ())
    }

    pub(super) fn call(
        &mut self,
        page: Option<&Page>,
        method: &str,
        params: &Value,
    ) -> Result<Value, InteropError> {
        self.next_id += 1;
        let mut message = json!({ "id": self.next_id, "method": method, "params": params });
        if let Some(Page(session)) = page {
            message["sessionId"] = session.as_str().into();
        }
        self.to.write_all(format!("{message}\0").as_bytes())?;
        loop {
            let message =
                self.from.recv_timeout(LIMIT).map_err(|error| fault(format!("{method}: {error}")))?;
            if message["id"] == self.next_id {
                return match message.get("error") {
                    Some(error) => Err(fault(format!("{method}: {error}"))),
                    None => Ok(message["result"].clone()),
                };
            }
            self.events.push(message);
        }
    }

    /// What a page said on its console as a warning or an error, or threw.
    pub(super) fn complaints(&self, page: &Page) -> Vec<String> {
        let of_page = self.events.iter().filter(|event| event["sessionId"] == page.0.as_str());
        let complaints = of_page.filter(|event| match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => true,
            Some("Runtime.consoleAPICalled") => {
                matches!(event["params"]["type"].as_str(), Some("error" | "warning" | "assert"))
            }
            Some("Log.entryAdded") => {
                matches!(event["params"]["entry"]["level"].as_str(), Some("error" | "warning"))
            }
            _ => false,
        });
        complaints.map(|event| event["params"].to_string()).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _closed = self.call(None, "Browser.close", &json!({}));
        let _killed = self.process.kill();
        let _ended = self.process.wait();
    }
}

/// The document that a page has become after a while, by `--dump-dom`.
pub(super) fn dump(folder: &Path, url: &str) -> Result<String, InteropError> {
    let profile = folder.join("dump");
    fs::create_dir_all(&profile)?;
    let output = Command::new(CHROMIUM)
        .args(flags(&profile))
        .args(["--virtual-time-budget=3000", "--dump-dom", url])
        .stderr(Stdio::null())
        .output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The sandbox does not start in a container or for root; the only page is our own.
fn flags(folder: &Path) -> [String; 9] {
    [
        "--headless=new".into(),
        "--no-sandbox".into(),
        "--disable-gpu".into(),
        "--disable-dev-shm-usage".into(),
        "--disable-background-networking".into(),
        "--no-first-run".into(),
        "--no-proxy-server".into(),
        "--window-size=1280,1024".into(),
        format!("--user-data-dir={}", folder.join("profile").display()),
    ]
}

fn fault(fault: String) -> InteropError {
    InteropError::Answer { who: CHROMIUM, fault }
}
