//! What a host asks, and its answer in words.

use alloc::{
    format,
    string::{String, ToString as _},
};

use modem_at::{
    Command, CommandError, CredentialType, ErrorReporting, FunctionalMode, JwtRequest, KeygenResponse,
    Lifetime, Line, ReplyError, SecTag, reply,
};

/// What is written into the slot of the CA.
const CA: &str = include_str!("../../../fixtures/modem-sim/ca-cert.pem");

/// A command and what reads its answer.
pub(crate) struct Question {
    pub(crate) command: Command,
    pub(crate) read: Read,
}

type Read = fn(&[Line]) -> Result<String, ReplyError>;

impl Question {
    /// The one that is sent as `text`; `None` if there is none.
    pub(crate) fn of(text: &str) -> Result<Option<Self>, CommandError> {
        let tag = SecTag::NRF_CLOUD;
        let (command, read): (Command, Read) = match text {
            "AT" => (Command::attention(), done),
            "AT+CMEE?" => (Command::error_reporting(), |lines| {
                reply::error_reporting(lines).map(|setting| setting.number().to_string())
            }),
            "AT+CMEE=0" => (Command::set_error_reporting(ErrorReporting::Off), done),
            "AT+CMEE=1" => (Command::set_error_reporting(ErrorReporting::Numeric), done),
            "AT+CGSN" => (Command::imei(), |lines| reply::imei(lines).map(|imei| imei.to_string())),
            "AT+CGMM" => (Command::model(), |lines| reply::bare(lines, "a model")),
            "AT+CGMR" => (Command::firmware_version(), |lines| reply::bare(lines, "a firmware version")),
            "AT%DEVICEUUID" => {
                (Command::device_uuid(), |lines| reply::device_uuid(lines).map(|uuid| uuid.to_string()))
            }
            "AT%XMODEMUUID" => {
                (Command::firmware_uuid(), |lines| reply::firmware_uuid(lines).map(|uuid| uuid.to_string()))
            }
            "AT+CFUN?" => (Command::functional_mode(), |lines| {
                reply::functional_mode(lines).map(|mode| mode.number().to_string())
            }),
            "AT+CFUN=1" => (Command::set_functional_mode(FunctionalMode::Full), done),
            "AT+CFUN=4" => (Command::set_functional_mode(FunctionalMode::Flight), done),
            "AT+CEREG?" => (Command::registration(), registration),
            "AT%XMONITOR" => (Command::serving_cell(), serving_cell),
            "AT+COPS?" => (Command::operator(), |lines| {
                let operator = reply::operator(lines)?;
                Ok(operator.map_or("none".into(), |found| format!("mcc {}, mnc {}", found.mcc, found.mnc)))
            }),
            "AT+CCLK?" => {
                (Command::clock(), |lines| reply::clock(lines).map(|time| time.unix_seconds().to_string()))
            }
            "AT%CCLK?" => (Command::network_clock(), |lines| {
                reply::network_clock(lines).map(|(time, _)| time.unix_seconds().to_string())
            }),
            "AT%CMNG=1" => (Command::list_credentials(None), credentials),
            "AT%CMNG=1,16842753" => (Command::list_credentials(Some((tag, None))), credentials),
            "AT%CMNG=2,16842753,0" => (Command::read_credential(tag, CredentialType::RootCa), content),
            "AT%CMNG=2,16842753,1" => {
                (Command::read_credential(tag, CredentialType::ClientCertificate), content)
            }
            "AT%CMNG=2,16842753,2" => {
                (Command::read_credential(tag, CredentialType::ClientPrivateKey), content)
            }
            "AT%CMNG=3,16842753,1" => {
                (Command::delete_credential(tag, CredentialType::ClientCertificate), done)
            }
            "AT%KEYGEN=16842753,2,0" => (Command::keygen(tag, KeygenResponse::Csr, None)?, reply::keygen),
            "AT%JWT=0,600,\"\",\"\",16842753,2" => {
                let expires_in = Some(Lifetime::new(core::time::Duration::from_secs(600))?);
                let request = JwtRequest { sec_tag: Some(tag), expires_in, ..JwtRequest::default() };
                (Command::jwt(&request)?, |lines| reply::jwt(lines).map(reply::Jwt::into_token))
            }
            "AT%ATTESTTOKEN" => (Command::attestation_token(None), |lines| {
                reply::attestation_token(lines).map(|token| token.expose().to_string())
            }),
            text if text.starts_with("AT%CMNG=0,16842753,0,") => {
                (Command::write_credential(tag, CredentialType::RootCa, CA)?, done)
            }
            _ => return Ok(None),
        };
        Ok(Some(Self { command, read }))
    }
}

fn done(_: &[Line]) -> Result<String, ReplyError> {
    Ok("done".into())
}

fn registration(lines: &[Line]) -> Result<String, ReplyError> {
    let status = reply::registration(lines)?;
    Ok(match (status.tac, status.eci) {
        (Some(tac), Some(eci)) => format!("tac {tac}, eci {eci}"),
        _ => "no cell".into(),
    })
}

fn serving_cell(lines: &[Line]) -> Result<String, ReplyError> {
    Ok(match reply::serving_cell(lines)? {
        Some(cell) => {
            format!("mcc {}, mnc {}, tac {}, eci {}", cell.mcc, cell.mnc, cell.tac, cell.eci)
        }
        None => "no cell".into(),
    })
}

fn credentials(lines: &[Line]) -> Result<String, ReplyError> {
    let mut text = String::new();
    for entry in reply::credentials(lines)? {
        if !text.is_empty() {
            text.push_str("; ");
        }
        let hash = entry.sha256.map_or("none".into(), |hash| hash.to_string());
        text.push_str(&format!("{} {} {hash}", entry.tag, entry.credential_type.number()));
    }
    Ok(text)
}

fn content(lines: &[Line]) -> Result<String, ReplyError> {
    reply::credential_content(lines).map(|content| content.expose().to_string())
}
