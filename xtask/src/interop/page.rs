//! The simulator's page as a person has it: in a browser, by keyboard, while things happen.

use std::{fs, thread, time::Duration};

use serde_json::{Value, json};

use super::{
    InteropError,
    browser::{self, Browser, Page},
    cloud::fixture,
    peers,
    simulator::Simulator,
    tally::Tally,
};

pub(super) fn run() -> Result<(), InteropError> {
    let simulator = Simulator::start()?;
    let folder = peers::target_directory()?.join("interop/page");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let url = simulator.text("url")?.replace("/v1", "/");
    let mut browser = Browser::start(&folder)?;
    // What is done to the simulator is done from a second page, so that the first has nothing to complain of.
    let hand = browser.open(&url)?;
    let page = browser.open(&url)?;
    browser.show(&page)?;
    let mut bench =
        Bench { browser, page, hand, api_key: simulator.text("apiKey")?, tally: Tally::default() };
    bench.comes_up()?;
    bench.is_live()?;
    bench.goes_by_keyboard()?;
    bench.keeps_the_focus()?;
    bench.pauses_and_filters()?;
    bench.is_accessible()?;
    bench.is_readable_in_light_and_dark()?;
    bench.is_silent();
    bench.is_the_same_as_dumped(&browser::dump(&folder, &url)?);
    bench.tally.finish()
}

struct Bench {
    browser: Browser,
    /// The one that is looked at.
    page: Page,
    /// The one that acts.
    hand: Page,
    api_key: String,
    tally: Tally,
}

const DEVICES: &str = "document.querySelector('table[aria-labelledby=devices]')";
const OPERATIONS: &str = "document.querySelector('table[aria-labelledby=operations]')";
const REFUSALS: &str = "document.querySelector('table[aria-labelledby=refusals]')";
const FOCUS: &str = "document.activeElement";

impl Bench {
    fn comes_up(&mut self) -> Result<(), InteropError> {
        self.becomes("document.getElementById('status').textContent.includes('devices')")?;
        self.holds("document.getElementById('devices').textContent === 'Devices (0)'")?;
        self.holds(&format!("{DEVICES}.hidden"))?;
        self.holds("document.getElementById('place').textContent.startsWith('Tenant ')")?;
        self.tally.tell("the page comes up empty");
        Ok(())
    }

    /// Rows appear without anyone asking for them.
    fn is_live(&mut self) -> Result<(), InteropError> {
        let good = ["device-1", "device-2"].map(|name| fixture(&format!("{name}.crt.pem")));
        let [one, two] = good;
        let bad = fixture("cut-short.crt.pem")?;
        let csv = format!("page-b,,a|b,APP,\"{}\"\npage-c,,,,\"{}\"\npage-x,,,,\"{bad}\"\n", one?, two?);
        self.upload(&csv)?;
        self.becomes(&format!("{DEVICES}.tBodies[0].rows.length === 2"))?;
        self.holds(&format!("{DEVICES}.tBodies[0].rows[0].cells[3].textContent === 'a, b'"))?;
        let row = format!("{OPERATIONS}.tBodies[0].rows[0]");
        self.becomes(&format!("{row}.cells[2].textContent === 'FAILED'"))?;
        self.holds(&format!("{row}.cells[3].textContent === '3'"))?;
        self.holds(&format!("{row}.cells[5].textContent.startsWith('[2]: ')"))?;
        self.holds(&format!("{OPERATIONS}.tBodies[0].rows.length === 1"))?;
        self.refused("/v1/nothing")?;
        self.becomes(&format!(
            "{REFUSALS}.tBodies[0].rows[0]?.cells[4].textContent === 'Resource /v1/nothing not found.'"
        ))?;
        self.tally.tell("devices, operations with their rows, and refusals appear live");
        Ok(())
    }

    fn goes_by_keyboard(&mut self) -> Result<(), InteropError> {
        self.browser.press(&self.page, "Tab")?;
        self.holds(&format!("{FOCUS}.classList.contains('skip')"))?;
        self.holds(&format!("{FOCUS}.getBoundingClientRect().left >= 0"))?;
        self.browser.press(&self.page, "Enter")?;
        self.becomes(&format!("{FOCUS}.id === 'main'"))?;
        // From the content, the next is the first device, and the one after the devices is the first operation.
        self.browser.press(&self.page, "Tab")?;
        self.holds(&focused_row("page-b"))?;
        for (key, row) in [
            ("ArrowDown", "page-c"),
            ("ArrowDown", "page-c"),
            ("ArrowUp", "page-b"),
            ("End", "page-c"),
            ("Home", "page-b"),
        ] {
            self.browser.press(&self.page, key)?;
            self.holds(&focused_row(row))?;
        }
        self.holds(&format!("getComputedStyle({FOCUS}).outlineStyle !== 'none'"))?;
        self.browser.press(&self.page, "Tab")?;
        self.holds(&format!("{OPERATIONS}.contains({FOCUS})"))?;
        self.tally.tell("everything is reached by keyboard, and rows by the arrow keys");
        Ok(())
    }

    /// A row that has the focus keeps it when another comes before it, and gives it on when it goes.
    fn keeps_the_focus(&mut self) -> Result<(), InteropError> {
        self.evaluate(&format!("{DEVICES}.tBodies[0].rows[0].focus()"))?;
        let key = fixture("device-1.public-key.pem")?;
        self.upload(&format!("page-a,,,,\"{key}\"\n"))?;
        self.becomes(&format!("{DEVICES}.tBodies[0].rows.length === 3"))?;
        self.holds(&format!("{DEVICES}.tBodies[0].rows[0].dataset.key.startsWith('page-a')"))?;
        self.holds(&focused_row("page-b"))?;
        self.fetch("/v1/devices/page-b", json!({ "method": "DELETE" }))?;
        self.becomes(&format!("{DEVICES}.tBodies[0].rows.length === 2"))?;
        self.holds(&format!("{DEVICES}.contains({FOCUS})"))?;
        self.tally.tell("the focus stays while rows come and go");
        Ok(())
    }

    fn pauses_and_filters(&mut self) -> Result<(), InteropError> {
        self.evaluate("document.getElementById('pause').focus()")?;
        self.browser.press(&self.page, " ")?;
        self.holds(&format!("{FOCUS}.getAttribute('aria-pressed') === 'true'"))?;
        self.refused("/v1/while-paused")?;
        thread::sleep(Duration::from_millis(1500));
        self.holds(&format!("!{REFUSALS}.textContent.includes('while-paused')"))?;
        self.browser.press(&self.page, "Enter")?;
        self.becomes(&format!("{REFUSALS}.textContent.includes('while-paused')"))?;
        self.evaluate("document.getElementById('filter').focus()")?;
        self.browser.type_text(&self.page, "PAGE-C")?;
        self.becomes(&format!("{DEVICES}.tBodies[0].rows.length === 1"))?;
        self.holds("document.getElementById('devices').textContent === 'Devices (1 of 2)'")?;
        self.evaluate("(() => { const f = document.getElementById('filter'); f.value = ''; f.dispatchEvent(new Event('input')); })()")?;
        self.becomes(&format!("{DEVICES}.tBodies[0].rows.length === 2"))?;
        self.tally.tell("it can be paused and filtered");
        Ok(())
    }

    /// What a screen reader is told.
    fn is_accessible(&mut self) -> Result<(), InteropError> {
        let tree = self.browser.call(Some(&self.page), "Accessibility.getFullAXTree", &json!({}))?;
        let nodes: Vec<&Value> = tree["nodes"].as_array().into_iter().flatten().collect();
        let role = |node: &Value| node["role"]["value"].as_str().unwrap_or_default().to_owned();
        let name = |node: &Value| node["name"]["value"].as_str().unwrap_or_default().to_owned();
        for (wanted, count) in [("main", 1), ("navigation", 1), ("banner", 1), ("status", 1), ("table", 3)] {
            let found = nodes.iter().filter(|node| role(node) == wanted).count();
            self.tally.check(found >= count, || format!("{found} of the role {wanted}, not {count}"));
        }
        for node in &nodes {
            let role = role(node);
            let needs_a_name = ["button", "combobox", "searchbox", "link", "table", "navigation", "heading"];
            if needs_a_name.contains(&role.as_str()) {
                self.tally.check(!name(node).is_empty(), || format!("a {role} without a name"));
            }
        }
        self.holds("document.documentElement.lang === 'en'")?;
        self.tally.tell("landmarks, roles and names are there");
        Ok(())
    }

    /// 4.5 to 1 for every text (WCAG 2.2, 1.4.3), in both schemes.
    fn is_readable_in_light_and_dark(&mut self) -> Result<(), InteropError> {
        for scheme in ["light", "dark"] {
            let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
            self.browser.call(Some(&self.page), "Emulation.setEmulatedMedia", &features)?;
            let lowest = self.browser.evaluate(&self.page, LOWEST_CONTRAST)?;
            let ratio = lowest["ratio"].as_f64().unwrap_or_default();
            self.tally.check(ratio >= 4.5, || format!("in {scheme}: {lowest}"));
            let dark =
                self.browser.evaluate(&self.page, "matchMedia('(prefers-color-scheme: dark)').matches")?;
            self.tally.check(dark == (scheme == "dark"), || format!("{scheme} is not shown"));
        }
        self.tally.tell("it can be read in light and in dark");
        Ok(())
    }

    fn is_silent(&mut self) {
        let complaints = self.browser.complaints(&self.page);
        self.tally.check(complaints.is_empty(), || format!("the console: {}", complaints.join("; ")));
        self.tally.tell("the console has no error and no warning");
    }

    fn is_the_same_as_dumped(&mut self, dumped: &str) {
        for text in ["Devices (2)", "page-a", "page-c", "while-paused"] {
            self.tally.check(dumped.contains(text), || format!("--dump-dom has no {text}"));
        }
        let secret =
            dumped.contains(&self.api_key) || dumped.contains("oat_") || dumped.contains("-----BEGIN");
        self.tally.check(!secret, || "the page shows a secret".into());
        self.tally.tell("a fresh browser shows the same, and no secret");
    }

    fn upload(&mut self, csv: &str) -> Result<(), InteropError> {
        let options = json!({ "method": "POST", "body": csv, "headers": { "Content-Type": "text/csv" } });
        let status = self.fetch("/v1/devices", options)?;
        self.tally.check(status == 202, || format!("the upload is answered with {status}"));
        Ok(())
    }

    fn refused(&mut self, path: &str) -> Result<(), InteropError> {
        let status = self.fetch(path, json!({}))?;
        self.tally.check(status == 404, || format!("{path} is answered with {status}"));
        Ok(())
    }

    /// Asks the simulator with the API key; the status.
    fn fetch(&mut self, path: &str, mut options: Value) -> Result<Value, InteropError> {
        options["headers"]["Authorization"] = format!("Bearer {}", self.api_key).into();
        let expression = format!("fetch({}, {options}).then((answer) => answer.status)", json!(path));
        self.browser.evaluate(&self.hand, &expression)
    }

    fn evaluate(&mut self, expression: &str) -> Result<Value, InteropError> {
        self.browser.evaluate(&self.page, expression)
    }

    /// The expression is true now.
    fn holds(&mut self, expression: &str) -> Result<(), InteropError> {
        let right = self.evaluate(&format!("Boolean({expression})"))? == true;
        let focus = self.evaluate(&format!("{FOCUS}.outerHTML.slice(0, 100)"))?;
        self.tally.check(right, || format!("not so: {expression}; the focus is on {focus}"));
        Ok(())
    }

    /// The expression becomes true.
    fn becomes(&mut self, expression: &str) -> Result<(), InteropError> {
        let right = self.browser.becomes(&self.page, expression)?;
        self.tally.check(right, || format!("never so: {expression}"));
        Ok(())
    }
}

fn focused_row(device_id: &str) -> String {
    format!("{FOCUS}.dataset.key?.startsWith('{device_id}')")
}

/// The text with the lowest contrast against what is behind it.
const LOWEST_CONTRAST: &str = r"(() => {
  const numbers = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const light = (colour) => {
    const [r, g, b] = numbers(colour).map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (numbers(colour)[3] !== 0) return colour;
    }
    return getComputedStyle(document.body).backgroundColor;
  };
  let lowest = { ratio: Infinity };
  for (const element of document.querySelectorAll('body *')) {
    const own = Array.from(element.childNodes).some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest('script, noscript')) continue;
    const [a, b] = [light(getComputedStyle(element).color), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < lowest.ratio) lowest = { ratio, text: element.textContent.slice(0, 40), tag: element.tagName };
  }
  return lowest;
})()";
