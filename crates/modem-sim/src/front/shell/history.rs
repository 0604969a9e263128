//! The lines that were typed before.

use std::collections::VecDeque;

/// `CONFIG_SHELL_HISTORY_BUFFER`: how many bytes of lines are kept.
const BUFFER: usize = 512;

/// The last lines, the newest in front.
#[derive(Debug, Default)]
pub(super) struct History {
    lines: VecDeque<Vec<u8>>,
    /// How far back the line is that stands behind the prompt; 0 for one that is being typed.
    at: usize,
}

impl History {
    /// A line was entered. One that is the last once more, or that does not fit, is not kept.
    pub(super) fn add(&mut self, line: &[u8]) {
        self.at = 0;
        if line.len() > BUFFER || self.lines.front().is_some_and(|last| last == line) {
            return;
        }
        self.lines.push_front(line.to_vec());
        while self.lines.iter().map(Vec::len).sum::<usize>() > BUFFER {
            self.lines.pop_back();
        }
    }

    /// The line before the one that is shown, or the one after it, which is empty at the end; nothing where there is none.
    pub(super) fn step(&mut self, back: bool) -> Option<Vec<u8>> {
        let at = if back { self.at + 1 } else { self.at.checked_sub(1)? };
        let line = if at == 0 { Vec::new() } else { self.lines.get(at - 1)?.clone() };
        self.at = at;
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(lines: &[&str]) -> History {
        let mut history = History::default();
        lines.iter().for_each(|line| history.add(line.as_bytes()));
        history
    }

    fn walk(history: &mut History, steps: &str) -> Vec<Option<String>> {
        let steps = steps.bytes().map(|step| history.step(step == b'u'));
        steps.map(|line| line.map(|line| String::from_utf8(line).unwrap())).collect()
    }

    #[test]
    fn up_goes_back_to_the_first_line_and_down_to_an_empty_one() {
        let shown = |text: &str| Some(text.to_owned());
        let mut history = typed(&["a", "b", "b"]);
        assert_eq!(walk(&mut history, "uuuddd"), [shown("b"), shown("a"), None, shown("b"), shown(""), None]);
        walk(&mut history, "u");
        history.add(b"c");
        assert_eq!(walk(&mut history, "u"), [shown("c")], "it begins again at the newest");
        assert_eq!(walk(&mut typed(&[]), "ud"), [None, None]);
    }

    #[test]
    fn the_oldest_lines_make_room() {
        let long = "x".repeat(300);
        let mut history = typed(&["old", &long, &"y".repeat(513), &"z".repeat(210)]);
        let lengths: Vec<_> =
            walk(&mut history, "uuu").into_iter().map(|line| line.map(|l| l.len())).collect();
        assert_eq!(lengths, [Some(210), Some(300), None], "what is longer than the buffer was never kept");
    }
}
