//! The grammar of an AT command line.

/// A command line as the modem understands it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    /// `AT`, or `AT` and a blank with anything behind.
    Attention,
    /// `AT` and an extended command.
    Command(Command<'a>),
    /// Anything else.
    Unknown,
}

/// An extended command: its name in upper case with `+`, `%` or `#`, and its form.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Command<'a> {
    pub(crate) name: String,
    pub(crate) form: Form<'a>,
}

/// What stands behind the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form<'a> {
    /// Nothing.
    Execute,
    /// `?`
    Read,
    /// `=?`
    Test,
    /// `=` and the parameters, not yet read.
    Set(&'a [u8]),
}

impl<'a> Line<'a> {
    pub(crate) fn parse(text: &'a [u8]) -> Self {
        // The AT host leaves half of a CR LF at either end; a modem shrugs at it.
        let text = text.trim_ascii_start();
        let text = &text[..text.iter().rposition(|byte| *byte > b' ').map_or(0, |last| last + 1)];
        let rest = match text.split_at_checked(2) {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case(b"AT") => rest,
            _ => return Self::Unknown,
        };
        match rest.first() {
            None | Some(b' ') => Self::Attention,
            Some(b'+' | b'%' | b'#') => Self::Command(Command::parse(rest)),
            Some(_) => Self::Unknown,
        }
    }
}

impl<'a> Command<'a> {
    fn parse(text: &'a [u8]) -> Self {
        let end = text.iter().position(|byte| matches!(byte, b'=' | b'?')).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let form = match rest {
            [] => Form::Execute,
            b"?" => Form::Read,
            b"=?" => Form::Test,
            [b'=', parameters @ ..] => Form::Set(parameters),
            // `AT+CFUN?1`: no such command.
            _ => {
                return Self { name: String::new(), form: Form::Execute };
            }
        };
        Self { name: String::from_utf8_lossy(name).trim_end().to_ascii_uppercase(), form }
    }
}

/// The parameters of a set command, between their commas.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Parameters<'a>(Vec<Parameter<'a>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parameter<'a> {
    Absent,
    Bare(&'a [u8]),
    Quoted(&'a [u8]),
}

/// A parameter that is not what the command asks for. The command knows which error code that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadParameter;

impl<'a> Parameters<'a> {
    pub(crate) fn parse(mut text: &'a [u8]) -> Result<Self, BadParameter> {
        let mut all = Vec::new();
        loop {
            let (parameter, rest) = take_parameter(text.trim_ascii_start())?;
            all.push(parameter);
            match rest.trim_ascii_start() {
                [] => return Ok(Self(all)),
                [b',', more @ ..] => text = more,
                _ => return Err(BadParameter),
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// A bare unsigned number, or nothing where the parameter is empty or missing.
    pub(crate) fn number<T: TryFrom<u64>>(&self, index: usize) -> Result<Option<T>, BadParameter> {
        match self.get(index) {
            Parameter::Absent => Ok(None),
            Parameter::Bare(digits) if digits.iter().all(u8::is_ascii_digit) => {
                let text = core::str::from_utf8(digits).map_err(|_| BadParameter)?;
                let number: u64 = text.parse().map_err(|_| BadParameter)?;
                T::try_from(number).map(Some).map_err(|_| BadParameter)
            }
            Parameter::Bare(_) | Parameter::Quoted(_) => Err(BadParameter),
        }
    }

    pub(crate) fn required<T: TryFrom<u64>>(&self, index: usize) -> Result<T, BadParameter> {
        self.number(index)?.ok_or(BadParameter)
    }

    /// The bytes of a quoted string, or nothing where the parameter is empty or missing.
    pub(crate) fn quoted(&self, index: usize) -> Result<Option<&'a [u8]>, BadParameter> {
        match self.get(index) {
            Parameter::Absent => Ok(None),
            Parameter::Quoted(bytes) => Ok(Some(bytes)),
            Parameter::Bare(_) => Err(BadParameter),
        }
    }

    /// As `quoted`, for text.
    pub(crate) fn text(&self, index: usize) -> Result<Option<&'a str>, BadParameter> {
        self.quoted(index)?.map(core::str::from_utf8).transpose().map_err(|_| BadParameter)
    }

    fn get(&self, index: usize) -> Parameter<'a> {
        self.0.get(index).copied().unwrap_or(Parameter::Absent)
    }
}

fn take_parameter(text: &[u8]) -> Result<(Parameter<'_>, &[u8]), BadParameter> {
    if let [b'"', rest @ ..] = text {
        let end = rest.iter().position(|byte| *byte == b'"').ok_or(BadParameter)?;
        return Ok((Parameter::Quoted(&rest[..end]), &rest[end + 1..]));
    }
    let end = text.iter().position(|byte| *byte == b',').unwrap_or(text.len());
    let (bare, rest) = text.split_at(end);
    match bare.trim_ascii_end() {
        [] => Ok((Parameter::Absent, rest)),
        bare if bare.contains(&b'"') => Err(BadParameter),
        bare => Ok((Parameter::Bare(bare), rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(text: &str) -> (String, Form<'_>) {
        match Line::parse(text.as_bytes()) {
            Line::Command(command) => (command.name, command.form),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn forms_are_told_apart() {
        assert_eq!(command("AT+CGSN"), ("+CGSN".into(), Form::Execute));
        assert_eq!(command("\nat+cfun?\r"), ("+CFUN".into(), Form::Read));
        assert_eq!(command("AT+CFUN=?"), ("+CFUN".into(), Form::Test));
        assert_eq!(command("AT%CMNG=1, 2"), ("%CMNG".into(), Form::Set(b"1, 2")));
        assert_eq!(command("AT+CFUN?1").0, "");
        assert_eq!(Line::parse(b"AT"), Line::Attention);
        assert_eq!(Line::parse(b"at AT+CGSN"), Line::Attention);
        for unknown in ["A", "hello", "ATE0", "\"", "T"] {
            assert_eq!(Line::parse(unknown.as_bytes()), Line::Unknown, "{unknown}");
        }
    }

    #[test]
    fn parameters_are_typed() {
        let parameters = Parameters::parse(b"0, 16842753,,\"a,\r\nb\" ,").unwrap();
        assert_eq!(parameters.len(), 5);
        assert_eq!(parameters.required::<u8>(0), Ok(0));
        assert_eq!(parameters.required::<u32>(1), Ok(16_842_753));
        assert_eq!(parameters.number::<u8>(1), Err(BadParameter));
        assert_eq!(parameters.number::<u8>(2), Ok(None));
        assert_eq!(parameters.required::<u8>(2), Err(BadParameter));
        assert_eq!(parameters.quoted(3), Ok(Some(&b"a,\r\nb"[..])));
        assert_eq!(parameters.number::<u8>(3), Err(BadParameter));
        assert_eq!(parameters.text(9), Ok(None));
    }

    #[test]
    fn malformed_parameters_are_refused() {
        for bad in ["\"open", "\"a\"b", "a\"b\"", "1 \"a\""] {
            assert_eq!(Parameters::parse(bad.as_bytes()), Err(BadParameter), "{bad}");
        }
        for bad in ["-1", "+1", "1a", "99999999999999999999", "0x1"] {
            assert_eq!(
                Parameters::parse(bad.as_bytes()).unwrap().number::<u32>(0),
                Err(BadParameter),
                "{bad}"
            );
        }
    }
}
