//! Base64 whose content may be a secret: nothing of it stays behind, also where it is not base64.

use base64ct::{Encoding, Error};
use zeroize::Zeroizing;

/// Decodes `text`, which the alphabet `E` must fit without white space.
pub(crate) fn decode<E: Encoding>(text: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut octets = Zeroizing::new(vec![0; text.len().div_ceil(4) * 3]);
    let length = E::decode(text, &mut octets)?.len();
    octets.truncate(length);
    Ok(octets)
}
