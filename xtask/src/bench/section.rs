//! A section of docs/benchmarks.md that is written by this task, between two markers.

/// The document before anybody has measured anything.
pub(super) const HEAD: &str = "\
# Benchmarks
Measured numbers, each with its machine, versions and date. Nothing here is a timed test.
";

/// How to read the section of a bench.
pub(super) const METHOD: &str = "\
A ratio is not the quotient of two times from the second table: both sides ran in turn, in short batches, some thousand rounds, and what
stands here is the median of the rounds' ratios, with the bounds between which the true median lies in 95 of 100 runs.";

/// The document with `body` as the section of `task`, such as `bench jwt`: in its old place, or else as the last one.
///
/// `None` if the section begins and does not end.
pub(super) fn replaced(
    document: &str,
    task: &str,
    heading: &str,
    method: &str,
    body: &str,
) -> Option<String> {
    let begin = format!("<!-- begin: cargo xtask {task} -->\n");
    let end = format!("<!-- end: cargo xtask {task} -->\n");
    let section = format!(
        "{begin}## {heading}\nBy `cargo xtask {task} --record`. {method}\n\n{}\n{end}",
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
        let document =
            replaced("# Benchmarks\n\n## Other\ntext\n", "bench jwt", "Tokens", METHOD, "new\n").unwrap();
        let section = document.strip_prefix("# Benchmarks\n\n## Other\ntext\n\n").unwrap();
        assert!(section.starts_with(
            "<!-- begin: cargo xtask bench jwt -->\n## Tokens\nBy `cargo xtask bench jwt --record`. "
        ));
        assert!(section.ends_with("\n\nnew\n<!-- end: cargo xtask bench jwt -->\n"));
    }

    #[test]
    fn an_old_section_is_replaced_where_it_stands() {
        let before =
            replaced("# Benchmarks\n", "bench jwt", "Tokens", METHOD, "old").unwrap() + "\n## Other\n";
        let after = replaced(&before, "bench jwt", "Tokens", METHOD, "new").unwrap();
        assert_eq!(after, before.replace("old", "new"));
        assert_ne!(after, before);
    }

    #[test]
    fn a_section_without_an_end_is_left_alone() {
        let document = "<!-- begin: cargo xtask bench jwt -->\n## Tokens\nand all the rest\n";
        assert_eq!(replaced(document, "bench jwt", "Tokens", METHOD, "new"), None);
    }
}
