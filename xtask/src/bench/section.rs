//! A section of docs/benchmarks.md that is written by this task, between two markers.

/// The document before anybody has measured anything.
pub(super) const HEAD: &str = "\
# Benchmarks
Measured numbers, each with its machine, versions and date. Nothing here is a timed test.
";

/// How to read a section.
const METHOD: &str = "\
A ratio is not the quotient of two times from the second table: both sides ran in turn, in short batches, some thousand rounds, and what
stands here is the median of the rounds' ratios, with the bounds between which the true median lies in 95 of 100 runs.";

/// The document with `body` as the section of `area`: in its old place, or else as the last one.
///
/// `None` if the section begins and does not end.
pub(super) fn replaced(document: &str, area: &str, heading: &str, body: &str) -> Option<String> {
    let begin = format!("<!-- begin: cargo xtask bench {area} -->\n");
    let end = format!("<!-- end: cargo xtask bench {area} -->\n");
    let section = format!(
        "{begin}## {heading}\nBy `cargo xtask bench {area} --record`. {METHOD}\n\n{}\n{end}",
        body.trim_end()
    );
    match document.split_once(&begin) {
        Some((before, rest)) => {
            let (_, after) = rest.split_once(&end)?;
            Some(format!("{before}{section}{after}"))
        }
        None => Some(format!("{}\n\n{section}", document.trim_end())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_section_is_the_last_one() {
        let document = replaced("# Benchmarks\n\n## Other\ntext\n", "jwt", "Tokens", "new\n").unwrap();
        let section = document.strip_prefix("# Benchmarks\n\n## Other\ntext\n\n").unwrap();
        assert!(section.starts_with(
            "<!-- begin: cargo xtask bench jwt -->\n## Tokens\nBy `cargo xtask bench jwt --record`. "
        ));
        assert!(section.ends_with("\n\nnew\n<!-- end: cargo xtask bench jwt -->\n"));
    }

    #[test]
    fn an_old_section_is_replaced_where_it_stands() {
        let before = replaced("# Benchmarks\n", "jwt", "Tokens", "old").unwrap() + "\n## Other\n";
        let after = replaced(&before, "jwt", "Tokens", "new").unwrap();
        assert_eq!(after, before.replace("old", "new"));
        assert_ne!(after, before);
    }

    #[test]
    fn a_section_without_an_end_is_left_alone() {
        let document = "<!-- begin: cargo xtask bench jwt -->\n## Tokens\nand all the rest\n";
        assert_eq!(replaced(document, "jwt", "Tokens", "new"), None);
    }
}
