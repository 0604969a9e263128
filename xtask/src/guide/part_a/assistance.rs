//! The request that all of this was for, and one that must not be answered.

use std::time::SystemTime;

use super::TOKEN;
use crate::guide::{
    Guide,
    assistance::{GUIDE_TYPES, blocks, clock_day, day_of},
    cloud::CLOUD,
    failure::Failure,
    http::Response,
    reading,
    reading::RUSTCRYPTO,
    record::Record,
    token::Token,
};

/// The query of the guide's curl line, as printed.
const QUERY: &str = "/location/agnss?requestType=custom&customTypes=1%2C3%2C4%2C6%2C7%2C8%2C9&mcc=310&mnc=410&tac=36874&eci=84485647";
const TYPES: &str = "1,3,4,6,7,8,9";
/// The cell of that query.
const CELL: [&str; 8] = ["--mcc", "310", "--mnc", "410", "--tac", "36874", "--eci", "84485647"];
const RANGE: &str = "0-500";
const LENGTH: usize = 501;

const SLICE: &str = "agnss-0-500.bin";
const WHOLE: &str = "agnss.bin";
const FOREIGN_KEY: &str = "foreign.key.pem";
const FOREIGN_TOKEN: &str = "foreign.jwt";

pub(super) fn slice(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let text = guide.read_text(TOKEN)?;
    guide.fetch_slice(record, TOKEN, &text, SLICE)
}

pub(super) fn whole(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let text = guide.read_text(TOKEN)?;
    let mut arguments =
        vec!["agnss", "fetch", "--token", "-", "--types", TYPES, "--method", "post", "-o", WHOLE, "--json"];
    arguments.extend(CELL);
    let summary = record.run(guide.nrfcloud(&arguments).input(TOKEN, text))?.json()?;
    let bytes = guide.read(WHOLE)?;
    record.equal("file system", "all bytes are in the file", &summary["bytes"], bytes.len())?;
    let first = guide.read(SLICE)?;
    record.holds("xtask", "there is more than in the first 501 bytes", bytes.len() > first.len())?;
    let Some(answer) = guide.ask_as_the_guide(record, &guide.read_text(TOKEN)?)? else { return Ok(()) };
    let total = answer.header("content-range").and_then(|range| range.rsplit('/').next()).unwrap_or("none");
    record.equal(CLOUD, "its Content-Range names the same total", total, bytes.len())
}

pub(super) fn decode(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let before = day_of(SystemTime::now());
    let document = record.run(guide.nrfcloud(&["agnss", "decode", WHOLE, "--json"]))?.json()?;
    let bytes = guide.read(WHOLE)?;
    let blocks = blocks(&bytes)?;
    let mut kinds: Vec<u8> = blocks.iter().map(|block| block.kind).collect();
    kinds.sort_unstable();
    record.equal(
        "xtask",
        "the types asked for are there, to the last byte",
        listed(GUIDE_TYPES),
        listed(kinds),
    )?;
    let mine = listed(blocks.iter().map(|block| format!("{}:{}", block.kind, block.count)));
    record.equal("xtask", "the command counts the same elements", mine, counts(&document)?)?;
    let day = clock_day(&blocks).unwrap_or_default();
    let is_today = day == before || day == day_of(SystemTime::now());
    record.equal("the clock", "the GPS day is today", if is_today { day } else { before }, day)
}

/// Types and counts of the JSON document of `agnss decode`.
fn counts(document: &serde_json::Value) -> Result<String, Failure> {
    let blocks = document["blocks"]
        .as_array()
        .ok_or_else(|| Failure::unreadable("the decoded data", format!("no `blocks` in {document}")))?;
    Ok(listed(blocks.iter().map(|block| format!("{}:{}", block["type"], block["count"]))))
}

fn listed<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(",")
}

pub(super) fn foreign(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    record.run(guide.nrfcloud(&["key", "create", "--out", FOREIGN_KEY]))?;
    let arguments =
        ["jwt", "sign", "--key", FOREIGN_KEY, "--device-id", &guide.device_id, "--no-iat", "--no-exp"];
    let answer = record.run(guide.nrfcloud(&arguments))?;
    let text = answer.text()?.to_owned();
    guide.write(FOREIGN_TOKEN, &text)?;
    let public = guide.device_file("public-key");
    let key = reading::public_key(&guide.read_text(&public)?)?;
    record.holds(RUSTCRYPTO, "the token is of another key", !Token::read(&text)?.is_signed_by(&key))?;

    let fetch = ["agnss", "fetch", "--token", "-", "--types", TYPES, "-o", "foreign.bin"];
    let refused = record.run_expecting(7, guide.nrfcloud(&fetch).input(FOREIGN_TOKEN, text.as_str()))?;
    record.contains("xtask", "the command names the status", "401", &refused.stderr)?;
    record.holds("file system", "no file was written", !guide.folder.join("foreign.bin").exists())?;
    let verify = ["jwt", "verify", "-", "--key", &public];
    let reason = record.run_expecting(10, guide.nrfcloud(&verify).input(FOREIGN_TOKEN, text.as_str()))?;
    record.contains("xtask", "the command says that it is the signature", "signature", &reason.stderr)?;

    let Some(answer) = guide.ask_as_the_guide(record, &text)? else { return Ok(()) };
    record.equal(CLOUD, "the guide's own request gets 401", 401, answer.status)
}

impl Guide {
    /// Fetches the guide's first 501 bytes with this token into that file, and asks for the same directly.
    pub(crate) fn fetch_slice(
        &self,
        record: &mut Record,
        name: &str,
        token: &str,
        file: &str,
    ) -> Result<(), Failure> {
        let mut arguments = vec!["agnss", "fetch", "--token", "-", "--method", "get", "--guide-query"];
        arguments.extend(["--types", TYPES, "--range", RANGE, "-o", file, "--json"]);
        arguments.extend(CELL);
        let summary = record.run(self.nrfcloud(&arguments).input(name, token))?.json()?;
        record.equal("the guide", "the status is 206", 206, &summary["status"])?;
        record.equal("file system", "501 bytes are in the file", LENGTH, self.read(file)?.len())?;

        let Some(answer) = self.ask_as_the_guide(record, token)? else { return Ok(()) };
        record.equal(CLOUD, "the guide's own request gets 206", 206, answer.status)?;
        record.equal(CLOUD, "and 501 bytes", LENGTH, answer.body.len())?;
        let range = answer.header("content-range").unwrap_or("none");
        record.contains(CLOUD, "and says which", "bytes 0-500/", range)
    }

    /// The request of the guide's curl line: its query and its headers, with this token.
    fn ask_as_the_guide(&self, record: &mut Record, token: &str) -> Result<Option<Response>, Failure> {
        let bearer = format!("Bearer {token}");
        let headers = [
            ("Accept", "application/octet-stream"),
            ("Authorization", bearer.as_str()),
            ("range", "bytes=0-500"),
        ];
        self.ask(record, QUERY, &headers)
    }
}
