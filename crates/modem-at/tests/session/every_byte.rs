//! A byte that is lost on the line, or comes twice: whichever it is of an answer, what is given is the right value or an error.

use std::collections::VecDeque;
use std::time::Instant;

use modem_at::{
    CredentialType, Error, JwtRequest, KeygenResponse, Modem, Options, SecTag, Sha256Digest, Transport,
    TransportError,
};

use crate::messages::{attestation_token, keygen_message};

const TAG: SecTag = SecTag::NRF_CLOUD;
const CA: CredentialType = CredentialType::RootCa;
const PEM: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

/// What becomes of one byte of the first answer to the command in question.
#[derive(Clone, Copy)]
enum Damage {
    Lost(usize),
    Doubled(usize),
}

/// A modem that is asked one thing. Where nothing is to be read, the deadline has passed.
struct Line {
    answers: Vec<(&'static str, String)>,
    question: &'static str,
    damage: Option<Damage>,
    written: String,
    unread: VecDeque<u8>,
}

impl Line {
    fn answer(&mut self, command: &str) -> Vec<u8> {
        let found = self.answers.iter().find(|(asked, _)| command.starts_with(asked));
        let mut bytes = found.map_or("ERROR\r\n", |(_, answer)| answer).as_bytes().to_vec();
        if command.starts_with(self.question) {
            match self.damage.take() {
                Some(Damage::Lost(place)) => drop(bytes.remove(place)),
                Some(Damage::Doubled(place)) => bytes.insert(place, bytes[place]),
                None => {}
            }
        }
        bytes
    }
}

impl Transport for Line {
    fn read(&mut self, buffer: &mut [u8], _deadline: Instant) -> Result<usize, TransportError> {
        let count = buffer.len().min(self.unread.len());
        for (place, byte) in buffer.iter_mut().zip(self.unread.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }

    fn write_all(&mut self, bytes: &[u8], _deadline: Instant) -> Result<(), TransportError> {
        self.written.push_str(std::str::from_utf8(bytes).unwrap());
        while let Some((command, rest)) = self.written.split_once('\r') {
            let (command, rest) = (command.to_string(), rest.to_string());
            self.written = rest;
            let answer = self.answer(&command);
            self.unread.extend(answer);
        }
        Ok(())
    }

    fn drop_input(&mut self) -> Result<(), TransportError> {
        self.unread.clear();
        Ok(())
    }

    fn name(&self) -> &str {
        "line"
    }
}

/// Asks, and shows what came of it.
type Ask = fn(&mut Modem<Line>) -> Result<String, Error>;

#[test]
fn whichever_byte_it_is() {
    let jwt = |header: &str| {
        use base64ct::{Base64UrlUnpadded, Encoding as _};
        let part = |json: &str| Base64UrlUnpadded::encode_string(json.as_bytes());
        let payload = part(r#"{"iss":"nRF9151.504d5632-3739-42fb-80c8-1411df972166","exp":1676930658}"#);
        format!("{}.{payload}.{}", part(header), "A".repeat(86))
    };
    let sum = Sha256Digest::of(PEM.as_bytes());
    let cell = "\"Telia N@\",\"Telia N@\",\"24202\",\"0901\",7,20,\"02024720\",428,6300,53,22,\"\",\"11100000\",\"11100000\",\"01001001\"";
    let questions: Vec<(&str, String, Ask)> = vec![
        ("AT+CGSN", "352656106647673".into(), |modem| Ok(modem.imei()?.to_string())),
        ("AT+CGMM", "nRF9151-LACA".into(), |modem| modem.model()),
        ("AT+CGMR", "mfw_nrf91x1_2.0.2".into(), |modem| modem.firmware_version()),
        ("AT%XMODEMUUID", "%XMODEMUUID: 25c95751-efa4-40d4-8b4a-1dcaab81fac9".into(), |modem| {
            Ok(modem.firmware_uuid()?.to_string())
        }),
        ("AT%DEVICEUUID", "%DEVICEUUID: 504d5632-3739-42fb-80c8-1411df972166".into(), |modem| {
            Ok(modem.device_uuid()?.to_string())
        }),
        ("AT+CFUN?", "+CFUN: 4".into(), |modem| Ok(modem.functional_mode()?.to_string())),
        ("AT+CFUN?", "+CFUN: 44".into(), |modem| Ok(modem.functional_mode()?.to_string())),
        ("AT+CEREG?", "+CEREG: 5,1,\"0901\",\"02024720\",7".into(), |modem| {
            Ok(format!("{:?}", modem.registration()?))
        }),
        ("AT+COPS?", "+COPS: 0,2,\"24202\",7".into(), |modem| Ok(format!("{:?}", modem.operator()?))),
        ("AT+COPS?", "+COPS: 0,2,\"310260\",7".into(), |modem| Ok(format!("{:?}", modem.operator()?))),
        ("AT%XMONITOR", format!("%XMONITOR: 5,{cell}"), |modem| Ok(format!("{:?}", modem.serving_cell()?))),
        ("AT+CCLK?", "+CCLK: \"24/07/03,21:29:34-28\"".into(), |modem| Ok(format!("{:?}", modem.clock()?))),
        ("AT%CCLK?", "%CCLK: \"24/07/03,21:29:34-28\",1".into(), |modem| {
            Ok(format!("{:?}", modem.network_clock()?))
        }),
        ("AT%JWT", format!("%JWT: \"{}\"", jwt(r#"{"typ":"JWT","alg":"ES256"}"#)), |modem| {
            modem.jwt(&JwtRequest::default())
        }),
        ("AT%ATTESTTOKEN", format!("%ATTESTTOKEN: \"{}\"", attestation_token()), |modem| {
            Ok(modem.attestation_token(None)?.expose().to_string())
        }),
        ("AT%KEYGEN", format!("%KEYGEN: \"{}\"", keygen_message(&[0x30; 250])), |modem| {
            modem.keygen(TAG, KeygenResponse::Csr, None)
        }),
        (
            "AT%CMNG=1",
            format!("%CMNG: 16842753,0,\"{sum}\"\r\n%CMNG: 4294967292,11,\"{sum}\"\r\n%CMNG: 4294967293,10"),
            |modem| Ok(format!("{:?}", modem.list_credentials()?)),
        ),
        ("AT%CMNG=2", format!("%CMNG: 16842753,0,\"{sum}\",\"{PEM}\""), |modem| {
            Ok(modem.read_credential(TAG, CA)?.expose().to_string())
        }),
        ("AT%CMNG=1,16842753,0", format!("%CMNG: 16842753,0,\"{sum}\""), |modem| {
            Ok(modem.write_credential(TAG, CA, PEM)?.to_string())
        }),
        ("AT%CERTEXPIRY", "%CERTEXPIRY: 19A4B,20240703212934Z,20340703212934Z".into(), |modem| {
            Ok(format!("{:?}", modem.certificate_validity(TAG, CA)?))
        }),
    ];
    for (question, answer, ask) in questions {
        let whole = format!("\n{answer}\r\nOK\r\n");
        let session = |damage| {
            let answers = vec![
                ("AT+CMEE?", "+CMEE: 1\r\nOK\r\n".into()),
                ("AT+CMEE", "OK\r\n".into()),
                ("AT%CMNG=0", "OK\r\n".into()),
                (question, whole.clone()),
                ("AT", "OK\r\n".into()),
            ];
            let line = Line { answers, question, damage, written: String::new(), unread: VecDeque::new() };
            ask(&mut Modem::open(line, Options::default()).unwrap())
        };
        let right = session(None).unwrap();
        let mut refused = 0;
        for place in 0..whole.len() {
            for damage in [Damage::Lost(place), Damage::Doubled(place)] {
                match session(Some(damage)) {
                    Ok(found) => assert_eq!(found, right, "{question}: byte {place} of {whole:?}"),
                    Err(Error::Reply { .. } | Error::Timeout { .. } | Error::WrittenUnconfirmed { .. }) => {
                        refused += 1;
                    }
                    Err(error) => panic!("{question}: byte {place} of {whole:?}: {error}"),
                }
            }
        }
        // What changes nothing is asked again.
        assert!(
            refused == 0 || matches!(question, "AT%KEYGEN" | "AT%CMNG=1,16842753,0"),
            "{question}: {refused}"
        );
    }
}
