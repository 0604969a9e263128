//! The key of the certificate authority is in an HSM and never leaves it: PKCS#11, tried with SoftHSM2.
//!
//! ```text
//! PKCS11_PIN=… cargo run -p pki --example pkcs11 -- MODULE.so FOLDER
//! ```
//!
//! Takes the first token, initialises it where it is blank, makes a P-256 key pair in it, and writes `ca.pem`, `device.pem` and
//! `device.key.pem` into the folder. `cargo xtask hsm` runs it with SoftHSM2 and lets openssl judge.
//!
//! All that `pki` asks of the HSM are the two traits of [`signature`] that [`HsmKey`] implements.

use std::error::Error;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use der::asn1::{ObjectIdentifier, OctetStringRef};
use der::{Decode, Encode};
use pki::Signature;
use pki::ca::{CaParams, CertificateAuthority, DeviceCertRequest};
use pki::key::{PrivateKey, PublicKey};
use pki::signature::{self, Keypair, Signer};

/// prime256v1.
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const LABEL: &[u8] = b"device CA";

/// A P-256 key pair in an HSM.
struct HsmKey {
    /// One at a time: a PKCS#11 session does one operation at a time.
    session: Mutex<Session>,
    private: ObjectHandle,
    public: PublicKey,
}

impl HsmKey {
    /// The key pair with the label, or a new one.
    fn find_or_generate(session: Session) -> Result<Self, Box<dyn Error>> {
        let label = Attribute::Label(LABEL.to_vec());
        let find = |class| session.find_objects(&[Attribute::Class(class), label.clone()]);
        let (private, public) = match (
            find(cryptoki::object::ObjectClass::PRIVATE_KEY)?.as_slice(),
            find(cryptoki::object::ObjectClass::PUBLIC_KEY)?.as_slice(),
        ) {
            ([private], [public]) => (*private, *public),
            ([], []) => {
                let public = [
                    Attribute::Token(true),
                    label.clone(),
                    Attribute::Verify(true),
                    Attribute::EcParams(P256.to_der()?),
                ];
                let private = [
                    Attribute::Token(true),
                    label.clone(),
                    Attribute::Sign(true),
                    Attribute::Private(true),
                    Attribute::Sensitive(true),
                    Attribute::Extractable(false),
                ];
                let (public, private) =
                    session.generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private)?;
                (private, public)
            }
            _ => return Err("the token has more than one key with the label of the authority".into()),
        };
        let attributes = session.get_attributes(public, &[AttributeType::EcPoint])?;
        let Some(Attribute::EcPoint(point)) = attributes.first() else {
            return Err("the token does not show the public half of the key".into());
        };
        // PKCS#11 wraps the point into a DER OCTET STRING.
        let public = PublicKey::from_sec1_point(<&OctetStringRef>::from_der(point)?.as_bytes())?;
        Ok(Self { session: Mutex::new(session), private, public })
    }

    /// Whether the HSM keeps the private half to itself.
    fn stays_inside(&self) -> Result<bool, Box<dyn Error>> {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = [AttributeType::Sensitive, AttributeType::Extractable, AttributeType::NeverExtractable];
        let flags = session.get_attributes(self.private, &wanted)?;
        let kept =
            [Attribute::Sensitive(true), Attribute::Extractable(false), Attribute::NeverExtractable(true)];
        Ok(kept.iter().all(|flag| flags.contains(flag))
            && session.get_attributes(self.private, &[AttributeType::Value])?.is_empty())
    }
}

impl Signer<Signature> for HsmKey {
    fn try_sign(&self, message: &[u8]) -> Result<Signature, signature::Error> {
        // Hashed here: not every HSM has CKM_ECDSA_SHA256, and the certificate need not travel.
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, message);
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let signed = session.sign(&Mechanism::Ecdsa, self.private, digest.as_ref());
        // PKCS#11 gives r and s, 32 octets each, as `Signature` wants them.
        Signature::from_slice(&signed.map_err(signature::Error::from_source)?)
    }
}

impl Keypair for HsmKey {
    type VerifyingKey = PublicKey;

    fn verifying_key(&self) -> PublicKey {
        self.public
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(module), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("give the PKCS#11 module and a folder, and the PIN in PKCS11_PIN".into());
    };
    let folder = PathBuf::from(folder);
    let pin = AuthPin::from(std::env::var("PKCS11_PIN").map_err(|_| "the PIN is not in PKCS11_PIN")?);
    let key = HsmKey::find_or_generate(log_in(Path::new(&module), &pin)?)?;
    if !key.stays_inside()? {
        return Err("the private key can be read out of the token".into());
    }

    let now = SystemTime::now();
    let params = CaParams::new("/C=NO/O=Example/OU=HSM".parse()?);
    let ca = CertificateAuthority::create(&params, key, now)?;
    let device_key = PrivateKey::generate()?;
    let request = DeviceCertRequest::new("device-1", device_key.public_key());
    let device = ca.issue(&request, now)?;

    create(&folder.join("ca.pem"), ca.certificate().to_pem().as_bytes(), 0o644)?;
    create(&folder.join("device.pem"), device.to_pem().as_bytes(), 0o644)?;
    create(&folder.join("device.key.pem"), device_key.to_pkcs8_pem().as_bytes(), 0o600)?;
    Ok(())
}

/// A session of the user on the first token, which is initialised where it is blank.
fn log_in(module: &Path, pin: &AuthPin) -> Result<Session, Box<dyn Error>> {
    let pkcs11 = Pkcs11::new(module)?;
    pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
    let slot = *pkcs11.get_slots_with_token()?.first().ok_or("the module shows no token")?;
    if !pkcs11.get_token_info(slot)?.token_initialized() {
        pkcs11.init_token(slot, pin, "pki")?;
        let session = pkcs11.open_rw_session(slot)?;
        session.login(UserType::So, Some(pin))?;
        session.init_pin(pin)?;
    }
    let session = pkcs11.open_rw_session(slot)?;
    session.login(UserType::User, Some(pin))?;
    Ok(session)
}

/// Writes a new file that nobody else can read before it has its mode.
fn create(path: &Path, content: &[u8], mode: u32) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    options.open(path)?.write_all(content)
}
