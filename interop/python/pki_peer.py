"""Python's `cryptography` and nRF Cloud Utils, behind the protocol of `xtask/src/interop/pki.rs`: JSON in, JSON out.

`chains` are read and verified upwards, `csrs` are read and verified; for each, what was found in it. `make` is how many requests to make, with
the function with which `create_device_credentials` makes its own.
"""

import json
import logging
import sys
import warnings

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from nrfcloud_utils.create_device_credentials import create_local_csr

# It counts octets where X.520 counts characters.
warnings.filterwarnings("ignore", "Attribute's length must be")
# That keys had better be made on the device.
logging.disable(logging.WARNING)


def common_name(name):
    found = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return found[-1].value if found else None


def public_key(owner):
    return owner.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def read_chain(chain):
    certificates = [x509.load_pem_x509_certificate(text.encode()) for text in chain]
    for certificate, issuer in zip(certificates, certificates[1:] + certificates[-1:]):
        certificate.verify_directly_issued_by(issuer)
        # Reading is lazy: look at everything.
        for extension in certificate.extensions:
            repr(extension.value)
        certificate.subject.rfc4514_string()
    leaf = certificates[0]
    return {
        "common_name": common_name(leaf.subject),
        "public_key": public_key(leaf),
        "serial": f"{leaf.serial_number:040x}",
        "not_after": int(leaf.not_valid_after_utc.timestamp()),
    }


def read_csr(text):
    csr = x509.load_pem_x509_csr(text.encode())
    if not csr.is_signature_valid:
        raise ValueError("the signature is wrong")
    csr.subject.rfc4514_string()
    return {"common_name": common_name(csr.subject), "public_key": public_key(csr)}


def verdict(read, what):
    try:
        return {"Ok": read(what)}
    except Exception as error:
        return {"Err": f"{type(error).__name__}: {error}"}


def made(number):
    given = {"c": "NO", "o": "Example AS"} if number % 2 else {}
    csr, _ = create_local_csr(cn=f"device-{number}", **given)
    return csr.public_bytes(Encoding.PEM).decode()


request = json.load(sys.stdin)
json.dump(
    {
        "chains": [verdict(read_chain, chain) for chain in request["chains"]],
        "csrs": [verdict(read_csr, csr) for csr in request["csrs"]],
        "made": [made(number) for number in range(request["make"])],
    },
    sys.stdout,
)
