//! Tokens as they come in: from an argument or standard input, with what is around them taken off.

use jwt_core::lenient;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::input::Source;

/// A token given as an argument, or `-`.
pub(crate) fn read(context: &Context, argument: &str) -> Result<Zeroizing<String>, Diagnostic> {
    let text = match argument {
        "-" => context.input.text(&Source::Stdin)?,
        text => Zeroizing::new(text.to_owned()),
    };
    let mut buffer = Zeroizing::new(vec![0; text.len()]);
    let clean = lenient::clean(&text, &mut buffer).unwrap_or_default();
    Ok(Zeroizing::new(clean.to_owned()))
}
