//! A strict reader of RFC 4180.
//!
//! The `csv` crate is not used here: it passes over blank lines, closes a quote that the file left open and takes
//! quotes in bare fields, and the client that stands opposite may well use it.

use std::fmt;

/// One row of the file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) fields: Vec<String>,
}

/// What is wrong with the file, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CsvError {
    /// Rows before the faulty one.
    row: usize,
    /// Line of the defect, counted from 1.
    line: usize,
    defect: Defect,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Defect {
    BlankLine,
    QuoteInBareField,
    TextAfterQuote,
    OpenQuote,
    LoneCarriageReturn,
}

/// Reads every record. A break after the last record is allowed and not needed (RFC 4180, section 2, rule 2).
pub(crate) fn read(text: &str) -> Result<Vec<Record>, CsvError> {
    let mut reader = Reader { rest: text, line: 1 };
    let mut records = Vec::new();
    while !reader.rest.is_empty() {
        let record =
            reader.record().map_err(|(line, defect)| CsvError { row: records.len(), line, defect })?;
        records.push(record);
    }
    Ok(records)
}

impl fmt::Display for CsvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { row, line, defect } = self;
        write!(f, "[{row}]: line {line}: {defect}")
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BlankLine => "blank line",
            Self::QuoteInBareField => "quote inside a field that does not begin with one",
            Self::TextAfterQuote => "text after the closing quote of a field",
            Self::OpenQuote => "field begins with a quote that is never closed",
            Self::LoneCarriageReturn => "carriage return without line feed",
        })
    }
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

/// What stood after a field.
#[derive(PartialEq)]
enum After {
    Comma,
    EndOfRecord,
}

impl Reader<'_> {
    fn record(&mut self) -> Result<Record, (usize, Defect)> {
        if self.rest.starts_with(['\r', '\n']) {
            return Err((self.line, Defect::BlankLine));
        }
        let mut fields = Vec::new();
        loop {
            let field = if self.rest.starts_with('"') { self.quoted()? } else { self.bare()? };
            fields.push(field);
            if self.separator()? == After::EndOfRecord {
                return Ok(Record { fields });
            }
        }
    }

    fn bare(&mut self) -> Result<String, (usize, Defect)> {
        let end = self.rest.find([',', '"', '\r', '\n']).unwrap_or(self.rest.len());
        let (field, rest) = self.rest.split_at(end);
        if rest.starts_with('"') {
            return Err((self.line, Defect::QuoteInBareField));
        }
        self.rest = rest;
        Ok(field.to_owned())
    }

    fn quoted(&mut self) -> Result<String, (usize, Defect)> {
        let begins_at = self.line;
        let mut field = String::new();
        // The opening quote and every doubled one are each followed by text up to the next quote.
        while let Some(rest) = self.rest.strip_prefix('"') {
            let Some((text, rest)) = rest.split_once('"') else { return Err((begins_at, Defect::OpenQuote)) };
            self.line += text.matches('\n').count();
            field.push_str(text);
            if rest.starts_with('"') {
                field.push('"');
            }
            self.rest = rest;
        }
        Ok(field)
    }

    fn separator(&mut self) -> Result<After, (usize, Defect)> {
        if let Some(rest) = self.rest.strip_prefix(',') {
            self.rest = rest;
            return Ok(After::Comma);
        }
        if let Some(rest) = self.rest.strip_prefix("\r\n").or_else(|| self.rest.strip_prefix('\n')) {
            self.rest = rest;
            self.line += 1;
            return Ok(After::EndOfRecord);
        }
        match self.rest.chars().next() {
            None => Ok(After::EndOfRecord),
            Some('\r') => Err((self.line, Defect::LoneCarriageReturn)),
            Some(_) => Err((self.line, Defect::TextAfterQuote)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Vec<Vec<String>> {
        read(text).unwrap().into_iter().map(|record| record.fields).collect()
    }

    fn refusal(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn reads_what_rfc_4180_allows() {
        assert_eq!(fields(""), Vec::<Vec<String>>::new());
        assert_eq!(fields("a,b"), [["a", "b"]]);
        assert_eq!(fields("a,b\r\nc,\n"), [["a", "b"], ["c", ""]]);
        assert_eq!(fields(",,"), [["", "", ""]]);
        assert_eq!(fields("\"\",x"), [["", "x"]]);
        assert_eq!(fields("\"a,\nb\r\n\"\"c\"\"\",d"), [["a,\nb\r\n\"c\"", "d"]]);
        assert_eq!(fields("\"\"\"\""), [["\""]]);
        assert_eq!(fields(" a , b "), [[" a ", " b "]]);
    }

    #[test]
    fn refuses_the_rest_with_row_and_line() {
        assert_eq!(refusal("\n"), "[0]: line 1: blank line");
        assert_eq!(refusal("\"a\nb\",c\n\r\nd"), "[1]: line 3: blank line");
        assert_eq!(refusal("a\nb\"c\""), "[1]: line 2: quote inside a field that does not begin with one");
        assert_eq!(refusal("\"a\nb\" ,c"), "[0]: line 2: text after the closing quote of a field");
        assert_eq!(refusal("x\n\"a\nb\nc"), "[1]: line 2: field begins with a quote that is never closed");
        assert_eq!(refusal("a\rb"), "[0]: line 1: carriage return without line feed");
    }

    proptest::proptest! {
        #[test]
        fn reads_back_any_quoted_fields(rows in proptest::collection::vec(proptest::collection::vec(".*|[\"\r\n,a]*", 1..4), 0..4)) {
            let text: String = rows
                .iter()
                .map(|row| row.iter().map(|f| format!("\"{}\"", f.replace('"', "\"\""))).collect::<Vec<_>>().join(",") + "\n")
                .collect();
            proptest::prop_assert_eq!(fields(&text), rows);
        }

        #[test]
        fn returns_for_any_text(text in "[\"\r\n,a]*") {
            // The assertion is that it returns: no panic, no endless loop.
            let _answer = read(&text);
        }
    }
}
