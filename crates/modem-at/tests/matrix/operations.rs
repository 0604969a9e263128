//! The typed commands: what is done, and how it is seen that it was done.

use modem_at::{
    CredentialType, Error, FunctionalMode, JwtRequest, KeygenResponse, Lifetime, Modem, ModemTime,
    Registration, SecTag, SerialTransport, Sha256Digest,
};
use modem_sim::{Builder, Mode, Model, ModemSim};

use crate::{Needs, values};

type Kit = Modem<SerialTransport>;

/// A command, as a host uses it.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    /// The commands that a fault is on.
    pub(crate) on: &'static str,
    pub(crate) spoken: Spoken,
    nature: Nature,
    /// What comes before it.
    prepare: fn(&mut Kit) -> Result<(), Error>,
    /// The command itself, and whether its answer is right.
    perform: fn(&ModemSim, &mut Kit) -> Result<bool, Error>,
    /// Whether the kit is in the state in which a success must have left it; by other commands, and in a session of its own.
    confirm: fn(&mut Kit) -> Result<bool, Error>,
    /// It is about what a kit forgets when it restarts; then another answer is the right one.
    pub(crate) is_forgotten: bool,
}

/// Who speaks a command.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spoken {
    /// All that have AT.
    At,
    /// Those with an nRF91 modem.
    Nrf91,
    Nrf93,
    /// Serial Modem before an nRF9160.
    SerialModem,
    /// Shells without a modem.
    Shell,
    /// Those that have `nrf_cloud_cred`.
    CredShell,
}

/// How faults can meet it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nature {
    /// Only the final result comes back.
    Short,
    /// Lines of information come back.
    Tells,
    /// It writes into an empty slot.
    Writes,
    /// It makes a key, and tells of it.
    Makes,
    /// It empties a slot.
    Deletes,
}

const TAG: SecTag = SecTag::NRF_CLOUD;
const CA: CredentialType = CredentialType::RootCa;
const KEY: CredentialType = CredentialType::ClientPrivateKey;
const PEM: &str = include_str!("../../../../fixtures/modem-sim/ca-cert.pem");

/// The validity of that certificate.
const FROM: i64 = 1_795_493_773;
const UNTIL: i64 = 4_949_093_773;

/// A time that the clock of no test machine shows.
const MOMENT: i64 = 1_720_042_174;

impl Operation {
    /// The kit for it.
    pub(crate) fn kit(&self, mode: Mode) -> Builder {
        let kit = ModemSim::builder().mode(mode).seed(7);
        match self.spoken {
            Spoken::SerialModem => kit.model(Model::Nrf9160Sica),
            _ => kit,
        }
    }

    /// Does it, and says whether a success is one. What cannot be confirmed is none.
    pub(crate) fn perform(&self, kit: &ModemSim, modem: &mut Kit) -> Result<bool, Error> {
        (self.prepare)(modem)?;
        let right = (self.perform)(kit, modem)?;
        Ok(right && (self.confirm)(modem).unwrap_or(false))
    }

    pub(crate) fn is_spoken_in(&self, mode: Mode) -> bool {
        let is_shell = matches!(mode, Mode::TlsShell | Mode::CredShell);
        match self.spoken {
            Spoken::At => !is_shell,
            Spoken::Nrf91 => !is_shell && mode != Mode::Nrf93,
            Spoken::Nrf93 => mode == Mode::Nrf93,
            Spoken::SerialModem => mode == Mode::SerialModem,
            Spoken::Shell => is_shell,
            Spoken::CredShell => mode == Mode::CredShell,
        }
    }

    pub(crate) fn can_meet(&self, needs: Needs) -> bool {
        let is_shell = matches!(self.spoken, Spoken::Shell | Spoken::CredShell);
        match needs {
            Needs::Nothing => true,
            // A shell says a sentence.
            Needs::Information => is_shell || matches!(self.nature, Nature::Tells | Nature::Makes),
            Needs::Arguments => self.on.ends_with('*'),
            Needs::Write => self.nature == Nature::Writes,
            Needs::Filling => matches!(self.nature, Nature::Writes | Nature::Makes),
            Needs::Change => {
                !is_shell && matches!(self.nature, Nature::Writes | Nature::Makes | Nature::Deletes)
            }
        }
    }
}

fn nothing(_: &mut Kit) -> Result<(), Error> {
    Ok(())
}

fn sure(_: &mut Kit) -> Result<bool, Error> {
    Ok(true)
}

fn online(modem: &mut Kit) -> Result<(), Error> {
    modem.set_functional_mode(FunctionalMode::Full)
}

fn is_registered(modem: &mut Kit) -> Result<bool, Error> {
    Ok(modem.registration()?.registration == Registration::Roaming)
}

fn with_certificate(modem: &mut Kit) -> Result<(), Error> {
    modem.write_credential(TAG, CA, PEM).map(drop)
}

fn with_key(modem: &mut Kit) -> Result<(), Error> {
    modem.make_device_key(TAG)
}

/// What the slot holds, whatever its line breaks.
fn holds_certificate(modem: &mut Kit) -> Result<bool, Error> {
    Ok(modem.read_credential(TAG, CA)?.expose().replace("\r\n", "\n") == PEM)
}

fn lists_certificate(modem: &mut Kit) -> Result<bool, Error> {
    let list = modem.list_credentials_of(TAG)?;
    let sums = [PEM.to_string(), PEM.replace('\n', "\r\n"), format!("{PEM}\0")]
        .map(|text| Sha256Digest::of(text.as_bytes()));
    Ok(list.len() == 1 && list[0].sha256.is_some_and(|sum| sums.contains(&sum)))
}

fn lists_nothing(modem: &mut Kit) -> Result<bool, Error> {
    Ok(modem.list_credentials_of(TAG)?.is_empty())
}

fn lists_key(modem: &mut Kit) -> Result<bool, Error> {
    let list = modem.list_credentials_of(TAG)?;
    Ok(list.len() == 1 && list[0].credential_type == KEY)
}

fn write(_: &ModemSim, modem: &mut Kit) -> Result<bool, Error> {
    let sum = modem.write_credential(TAG, CA, PEM)?;
    let stored = modem.dialect().stored(PEM);
    // A shell for credentials adds a zero byte.
    Ok(sum == Sha256Digest::of(stored.as_bytes()) || sum == Sha256Digest::of(format!("{PEM}\0").as_bytes()))
}

fn offline(_: &ModemSim, modem: &mut Kit) -> Result<bool, Error> {
    let guard = modem.offline()?;
    guard.restore()?;
    Ok(true)
}

fn csr_is_of_key(_: &ModemSim, modem: &mut Kit) -> Result<bool, Error> {
    let csr = modem.device_key_csr(TAG, Some("CN=a"))?;
    let point = modem.device_public_key(TAG)?;
    Ok(pki::csr::CertificateRequest::from_der(&csr).is_ok_and(|csr| csr.public_key().sec1_point() == &point))
}

const fn question(
    name: &'static str,
    on: &'static str,
    perform: fn(&ModemSim, &mut Kit) -> Result<bool, Error>,
) -> Operation {
    Operation {
        name,
        on,
        spoken: Spoken::Nrf91,
        nature: Nature::Tells,
        prepare: nothing,
        perform,
        confirm: sure,
        is_forgotten: false,
    }
}

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation {
        spoken: Spoken::At,
        ..question("imei", "AT+CGSN", |kit, modem| Ok(modem.imei()?.to_string() == kit.imei().to_string()))
    },
    Operation {
        spoken: Spoken::At,
        ..question("model", "AT+CGMM", |_, modem| Ok(["nRF9151-LACA", "nRF93M1"].contains(&&*modem.model()?)))
    },
    Operation {
        spoken: Spoken::At,
        ..question("firmware_version", "AT+CGMR", |_, modem| {
            Ok(["mfw_nrf91x1_2.0.2", "mfw_nrf93m1_1.0.0"].contains(&&*modem.firmware_version()?))
        })
    },
    question("firmware_uuid", "AT%XMODEMUUID", |_, modem| {
        Ok(modem.firmware_uuid()?.to_string() == "b747aa1c-ba48-4e89-985b-55b042521485")
    }),
    Operation {
        spoken: Spoken::At,
        ..question("device_uuid", "AT%DEVICEUUID", |kit, modem| {
            Ok(modem.device_uuid()?.to_string() == kit.device_uuid().to_string())
        })
    },
    Operation {
        spoken: Spoken::SerialModem,
        ..question("device_uuid of an nRF9160", "AT#XUUID", |kit, modem| {
            Ok(modem.device_uuid()?.to_string() == kit.device_uuid().to_string())
        })
    },
    Operation {
        spoken: Spoken::At,
        ..question("opening", "AT+CMEE?", |_, modem| {
            // Only then does a refusal have a number.
            Ok(modem.command("AT+NONE").is_err_and(|error| error.cme_code().is_some()))
        })
    },
    Operation {
        spoken: Spoken::At,
        is_forgotten: true,
        nature: Nature::Short,
        ..question("opening, numbers", "AT+CMEE=1", |_, modem| {
            Ok(modem.command("AT+NONE").is_err_and(|error| error.cme_code().is_some()))
        })
    },
    Operation {
        spoken: Spoken::At,
        ..question("functional_mode", "AT+CFUN?", |_, modem| {
            Ok(modem.functional_mode()? == FunctionalMode::Minimum)
        })
    },
    Operation {
        spoken: Spoken::At,
        is_forgotten: true,
        nature: Nature::Short,
        confirm: |modem| Ok(modem.functional_mode()? == FunctionalMode::Flight),
        ..question("set_functional_mode", "AT+CFUN=4", |_, modem| {
            modem.set_functional_mode(FunctionalMode::Flight).map(|()| true)
        })
    },
    Operation {
        prepare: online,
        is_forgotten: true,
        confirm: is_registered,
        ..question("offline, the former mode", "AT+CFUN?", offline)
    },
    Operation {
        nature: Nature::Short,
        prepare: online,
        is_forgotten: true,
        confirm: is_registered,
        ..question("offline, going there", "AT+CFUN=4", offline)
    },
    Operation {
        nature: Nature::Short,
        prepare: online,
        is_forgotten: true,
        confirm: is_registered,
        ..question("offline, coming back", "AT+CFUN=1 skip 1", offline)
    },
    question("jwt", "AT%JWT*", |kit, modem| {
        let expires_in = Some(Lifetime::new(std::time::Duration::from_secs(600))?);
        let token = modem.jwt(&JwtRequest { expires_in, ..JwtRequest::default() })?;
        Ok(values::is_token(&token, &kit.identity_public_key()))
    }),
    question("jwt of a client key", "AT%JWT*", |kit, modem| {
        let message = modem.keygen(TAG, KeygenResponse::PublicKey, None)?;
        let token =
            modem.jwt(&JwtRequest { sec_tag: Some(TAG), sub: Some("a".into()), ..JwtRequest::default() })?;
        Ok(values::key_of(&message, kit).is_some_and(|key| values::is_token(&token, &key)))
    }),
    question("attestation_token", "AT%ATTESTTOKEN*", |kit, modem| {
        let token = modem.attestation_token(Some([0x5a; 16]))?;
        Ok(values::is_attestation(token.expose(), kit, [0x5a; 16]))
    }),
    question("list_credentials", "AT%CMNG=1", |_, modem| {
        let tags: Vec<u32> = modem.list_credentials()?.iter().map(|entry| entry.tag).collect();
        Ok(tags == [4_294_967_293, 4_294_967_294, 4_294_967_292])
    }),
    Operation {
        prepare: with_certificate,
        ..question("list_credentials_of", "AT%CMNG=1,16842753", |_, modem| lists_certificate(modem))
    },
    Operation {
        prepare: with_certificate,
        ..question("read_credential", "AT%CMNG=2*", |_, modem| holds_certificate(modem))
    },
    Operation {
        nature: Nature::Writes,
        confirm: holds_certificate,
        ..question("write_credential", "AT%CMNG=0*", write)
    },
    Operation {
        confirm: holds_certificate,
        ..question("write_credential, its check", "AT%CMNG=1,16842753,0", write)
    },
    Operation {
        nature: Nature::Deletes,
        prepare: with_certificate,
        confirm: lists_nothing,
        ..question("delete_credential", "AT%CMNG=3*", |_, modem| {
            modem.delete_credential(TAG, CA).map(|()| true)
        })
    },
    Operation {
        nature: Nature::Makes,
        confirm: lists_key,
        ..question("keygen", "AT%KEYGEN*", |kit, modem| {
            let message = modem.keygen(TAG, KeygenResponse::Csr, Some("CN=a"))?;
            Ok(values::key_of(&message, kit).is_some())
        })
    },
    Operation {
        prepare: with_certificate,
        ..question("certificate_validity", "AT%CERTEXPIRY*", |_, modem| {
            let found = modem.certificate_validity(TAG, CA)?;
            let serial = "68BA47A0CB776D25BCBE4CE7A06D0487D9A8C1D9";
            Ok((&*found.serial, found.not_before, found.not_after) == (serial, FROM, UNTIL))
        })
    },
    question("clock", "AT+CCLK?", |_, modem| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        Ok(modem.clock()?.is_none_or(|time| time.unix_seconds().abs_diff(now.try_into().unwrap()) < 60))
    }),
    question("network_clock", "AT%CCLK?", |_, modem| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        Ok(modem
            .network_clock()?
            .is_none_or(|(time, _)| time.unix_seconds().abs_diff(now.try_into().unwrap()) < 60))
    }),
    Operation {
        is_forgotten: true,
        nature: Nature::Short,
        confirm: |modem| {
            Ok(modem.clock()?.is_some_and(|time| (MOMENT..MOMENT + 60).contains(&time.unix_seconds())))
        },
        ..question("set_clock", "AT+CCLK=*", |_, modem| {
            modem.set_clock(ModemTime::from_unix_seconds(MOMENT).unwrap()).map(|()| true)
        })
    },
    Operation {
        prepare: online,
        is_forgotten: true,
        ..question("registration", "AT+CEREG?", |_, modem| is_registered(modem))
    },
    Operation {
        prepare: online,
        is_forgotten: true,
        ..question("operator", "AT+COPS?", |_, modem| {
            Ok(modem.operator()?.is_some_and(|found| (&*found.mcc, &*found.mnc) == ("242", "02")))
        })
    },
    Operation {
        prepare: online,
        is_forgotten: true,
        ..question("serving_cell", "AT%XMONITOR", |_, modem| {
            let cell = modem.serving_cell()?;
            Ok(cell.is_some_and(|cell| {
                (&*cell.mcc, &*cell.mnc, cell.tac, cell.eci) == ("242", "02", 0x0901, 0x0202_4720)
                    && cell.rsrp_dbm.is_none_or(|power| power == -87)
            }))
        })
    },
    Operation {
        spoken: Spoken::Nrf93,
        ..question("cloud_access_key", "AT%CLOUDACCESSKEY", |_, modem| {
            let key = modem.cloud_access_key()?;
            let token = modem.registration_jwt("1a2b")?;
            Ok(values::key_of_base64(&key).is_some_and(|key| values::is_token(&token, &key)))
        })
    },
    Operation {
        spoken: Spoken::Nrf93,
        ..question("registration_jwt", "AT%REGJWT*", |_, modem| {
            let key = modem.cloud_access_key()?;
            let token = modem.registration_jwt("1a2b")?;
            Ok(values::key_of_base64(&key).is_some_and(|key| values::is_token(&token, &key)))
        })
    },
    Operation {
        spoken: Spoken::Shell,
        ..question("list in a shell", "cred list", |_, modem| Ok(modem.list_credentials()?.is_empty()))
    },
    Operation {
        spoken: Spoken::Shell,
        prepare: with_certificate,
        ..question("list of a tag in a shell", "cred list 16842753", |_, modem| lists_certificate(modem))
    },
    Operation {
        spoken: Spoken::Shell,
        nature: Nature::Writes,
        confirm: lists_certificate,
        ..question("write in a shell", "cred add*", write)
    },
    Operation {
        spoken: Spoken::Shell,
        confirm: lists_certificate,
        ..question("write in a shell, a piece", "cred buf* skip 2", write)
    },
    Operation {
        spoken: Spoken::Shell,
        confirm: lists_certificate,
        ..question("write in a shell, the first clearing", "cred buf clear", write)
    },
    Operation {
        spoken: Spoken::Shell,
        confirm: lists_certificate,
        ..question("write in a shell, its check", "cred list 16842753 CA", write)
    },
    Operation {
        spoken: Spoken::Shell,
        prepare: with_certificate,
        confirm: lists_nothing,
        ..question("delete in a shell", "cred del*", |_, modem| {
            modem.delete_credential(TAG, CA).map(|()| true)
        })
    },
    Operation {
        spoken: Spoken::CredShell,
        nature: Nature::Makes,
        confirm: |modem| modem.device_public_key(TAG).map(|_| true),
        ..question("make_device_key", "nrf_cloud_cred keygen*", |_, modem| {
            modem.make_device_key(TAG).map(|()| true)
        })
    },
    Operation {
        spoken: Spoken::CredShell,
        prepare: with_key,
        ..question("device_key_csr", "nrf_cloud_cred csr*", csr_is_of_key)
    },
    Operation {
        spoken: Spoken::CredShell,
        prepare: with_key,
        ..question("device_public_key", "nrf_cloud_cred pubkey*", csr_is_of_key)
    },
    Operation {
        spoken: Spoken::CredShell,
        prepare: with_key,
        confirm: |modem| Ok(modem.device_public_key(TAG).is_err()),
        ..question("delete_device_key", "nrf_cloud_cred delete*", |_, modem| {
            modem.delete_device_key(TAG).map(|()| true)
        })
    },
];
