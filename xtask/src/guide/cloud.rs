//! The cloud of this run, and how the guide asks it without `nrfcloud`.

use super::{
    Guide,
    call::Call,
    failure::Failure,
    http::{self, Response},
    record::Record,
    simulator::Simulator,
};

/// How checks name the cloud's own word, asked over a plain socket.
pub(crate) const CLOUD: &str = "the cloud, asked directly";

/// Where the cloud is, and the key to it.
#[derive(Debug)]
pub(crate) struct Cloud {
    /// With `/v1`, without a slash at the end.
    pub(crate) url: String,
    pub(crate) key: String,
    /// None with the real one.
    pub(crate) simulator: Option<Simulator>,
}

impl Guide {
    /// Asks the cloud with GET, by a plain socket, or by curl where TLS is needed. Nothing comes back where there is
    /// no curl, and the record says so.
    ///
    /// `place` is a path behind `/v1`, or a whole address that the cloud gave.
    pub(crate) fn ask(
        &self,
        record: &mut Record,
        place: &str,
        headers: &[(&str, &str)],
    ) -> Result<Option<Response>, Failure> {
        let url =
            if place.starts_with('/') { format!("{}{place}", self.cloud()?.url) } else { place.to_owned() };
        if !self.options.live {
            record.note(format!("asked directly: GET {url}"));
            return http::get(&url, headers).map(Some);
        }
        self.curl(record, &url, headers)
    }

    /// The same with the API key.
    pub(crate) fn ask_with_key(&self, record: &mut Record, place: &str) -> Result<Option<Response>, Failure> {
        let bearer = format!("Bearer {}", self.cloud()?.key);
        self.ask(record, place, &[("Authorization", &bearer)])
    }

    /// Headers go to curl by its standard input: arguments can be read by every user of a machine.
    fn curl(
        &self,
        record: &mut Record,
        url: &str,
        headers: &[(&str, &str)],
    ) -> Result<Option<Response>, Failure> {
        let config: String =
            headers.iter().map(|(name, value)| format!("header = \"{name}: {value}\"\n")).collect();
        let call = Call {
            program: "curl".into(),
            name: "curl",
            arguments: ["--silent", "--show-error", "--http1.1", "--include", "--config", "-", url]
                .map(Into::into)
                .into(),
            folder: self.folder.clone(),
            environment: Vec::new(),
            input: None,
        };
        match call.input("headers", config).run() {
            Ok(answer) if answer.code == Some(0) => http::parse(&answer.stdout)
                .map(Some)
                .map_err(|why| Failure::Cloud { url: url.to_owned(), why }),
            Ok(answer) => Err(Failure::Cloud { url: url.to_owned(), why: answer.stderr }),
            Err(Failure::NotRun { .. }) => {
                record.note(format!("curl is not installed: GET {url} was not asked a second time"));
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }
}
