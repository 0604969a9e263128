//! Where the lines of a text begin, found once: a file of many blocks asks for many places.

pub(super) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    /// Those of a text whose line ends are LF.
    pub(super) fn of(text: &str) -> Self {
        let behind = text.match_indices('\n').map(|(offset, _)| offset + 1);
        Self { starts: std::iter::once(0).chain(behind).collect() }
    }

    /// The number of the line at a byte offset, from 1.
    pub(super) fn number(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }

    /// The byte offset at which that line begins.
    pub(super) fn start(&self, offset: usize) -> usize {
        self.starts[self.number(offset) - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_offset_is_on_its_line() {
        let text = "\nab\n\nc";
        let lines = Lines::of(text);
        for offset in 0..=text.len() {
            let before = &text[..offset];
            assert_eq!(lines.number(offset), 1 + before.matches('\n').count(), "{offset}");
            assert_eq!(lines.start(offset), before.rfind('\n').map_or(0, |found| found + 1), "{offset}");
        }
    }
}
