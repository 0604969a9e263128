//! What goes over the wire between the service and a device (facts 8.3).

use std::convert::Infallible;

use minicbor::{Decoder, Encoder, data::Type, decode, encode};

use super::command::{Answer, Step, Telling};

/// An array of `[correlation ID, type, …]`.
pub(super) fn commands(steps: &[&Step]) -> Vec<u8> {
    let mut out = Encoder::new(Vec::new());
    // Writing to a Vec cannot fail, and nothing here is refused by the encoder.
    let _written = write(&mut out, steps);
    out.into_writer()
}

fn write(out: &mut Encoder<Vec<u8>>, steps: &[&Step]) -> Result<(), encode::Error<Infallible>> {
    out.array(steps.len() as u64)?;
    for Step { correlation_id, telling, .. } in steps {
        match telling {
            Telling::At { set_command, parameters, ignored_cme_errors } => {
                out.array(5)?.str(correlation_id)?.u8(0)?.str(set_command)?.str(parameters)?;
                out.array(ignored_cme_errors.len() as u64)?;
                for error in ignored_cme_errors {
                    out.u16(*error)?;
                }
            }
            Telling::Config(properties) => {
                out.array(3)?.str(correlation_id)?.u8(1)?.map(properties.len() as u64)?;
                for (name, value) in properties {
                    out.str(name)?.str(value)?;
                }
            }
            Telling::Finished => {
                out.array(2)?.str(correlation_id)?.u8(2)?;
            }
        }
    }
    Ok(())
}

/// An array of `[correlation ID, type, …]` of a device, and nothing behind it.
pub(super) fn answers(bytes: &[u8]) -> Result<Vec<(String, Answer)>, decode::Error> {
    let mut input = Decoder::new(bytes);
    let mut answers = Vec::new();
    let mut left = input.array()?;
    while left != Some(0) && !(left.is_none() && input.datatype()? == Type::Break) {
        answers.push(answer(&mut input)?);
        left = left.map(|left| left - 1);
    }
    if left.is_none() {
        input.skip()?;
    }
    if input.position() != bytes.len() {
        return Err(decode::Error::message("something stands behind the array"));
    }
    Ok(answers)
}

fn answer(input: &mut Decoder<'_>) -> Result<(String, Answer), decode::Error> {
    let elements = input.array()?;
    let correlation_id = input.str()?.to_owned();
    let kind = input.u8()?;
    let (answer, expected) = match kind {
        99 => (Answer::Error { cme_error: input.u16()?, message: input.str()?.to_owned() }, 4),
        100 => (Answer::At(input.str()?.to_owned()), 3),
        101 => (Answer::ConfigDone, 2),
        102 => (Answer::FinishedDone, 2),
        _ => return Err(decode::Error::message("the type of an answer is 99 to 102")),
    };
    match elements {
        Some(elements) if elements == expected => Ok((correlation_id, answer)),
        None if input.datatype()? == Type::Break => input.skip().map(|()| (correlation_id, answer)),
        _ => Err(decode::Error::message("an answer has too many or too few elements")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The array that a device sends for these, as recorded (SDK test vectors).
    fn of_device(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn writes_commands_and_reads_answers() {
        let step = Step { correlation_id: "x.d".into(), telling: Telling::Finished, done: false };
        assert_eq!(commands(&[&step]), of_device("818263782e6402"));
        let config = Telling::Config([("a".to_owned(), "9".to_owned())].into());
        let step = Step { correlation_id: "y.14".into(), telling: config, done: false };
        assert_eq!(commands(&[&step]), of_device("818364792e313401a161616139"));
        let at = Telling::At {
            set_command: "%CMNG".into(),
            parameters: "3,1,2".into(),
            ignored_cme_errors: vec![513],
        };
        let step = Step { correlation_id: "z.e.s".into(), telling: at, done: false };
        assert_eq!(commands(&[&step]), of_device("8185657a2e652e73006525434d4e4765332c312c3281190201"));

        assert_eq!(answers(&of_device("818263782e641866")).unwrap(), [("x.d".into(), Answer::FinishedDone)]);
        // The second answer's message is a number; a byte stands behind the array.
        assert!(answers(&of_device("828363782e6618646083647a2e3134186400")).is_err());
        assert!(answers(&of_device("818263782e64186600")).is_err());
        assert_eq!(
            answers(&of_device("818463782e66186319020260")).unwrap(),
            [("x.f".into(), Answer::Error { cme_error: 514, message: String::new() })]
        );
        assert_eq!(
            answers(&of_device("9f9f63782e641866ffff")).unwrap(),
            [("x.d".into(), Answer::FinishedDone)]
        );
        assert!(answers(&[]).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..64)) {
            // That it returns is the assertion.
            let _answers = answers(&bytes);
        }
    }
}
