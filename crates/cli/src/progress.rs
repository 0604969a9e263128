//! How far something is: lines at the bottom of a terminal, for what takes longer than a second.
//!
//! The cursor rests at the beginning of the line below them and is never hidden. Whatever ends the program, `kill -9` included, leaves a
//! terminal that is as good as before.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::text::Shown;

/// What is over sooner is not worth a line.
const PATIENCE: Duration = Duration::from_secs(1);

/// Erases from the cursor to the end of the screen.
const ERASE_BELOW: &str = "\u{1b}[J";

/// The bottom of the terminal. Whoever else prints there does so by [`around`](Self::around).
#[derive(Debug)]
pub(crate) struct Screen {
    is_terminal: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    begun: Option<Instant>,
    lines: Vec<String>,
    drawn: usize,
}

impl Screen {
    /// Without a terminal nothing is ever drawn.
    pub(crate) fn new(is_terminal: bool) -> Self {
        Self { is_terminal, state: Mutex::default() }
    }

    /// Prints something above the lines.
    pub(crate) fn around<T>(&self, print: impl FnOnce() -> T) -> T {
        let mut state = self.state();
        state.erase(&mut io::stderr());
        let printed = print();
        state.draw(&mut io::stderr(), columns());
        printed
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    // Where stderr is gone there is nobody to tell, here and below.
    fn erase(&mut self, terminal: &mut impl Write) {
        if self.drawn > 0 {
            let _ = write!(terminal, "\u{1b}[{}A{ERASE_BELOW}", self.drawn);
            self.drawn = 0;
        }
    }

    fn draw(&mut self, terminal: &mut impl Write, columns: usize) {
        if self.begun.is_none_or(|begun| begun.elapsed() < PATIENCE) {
            return;
        }
        for line in &self.lines {
            // A line that wraps would be two, and the last column wraps in some terminals.
            let line: String = line.chars().take(columns.saturating_sub(1)).collect();
            let _ = writeln!(terminal, "{line}");
        }
        self.drawn = self.lines.len();
    }
}

/// Something that is going on. Its lines are erased when this is dropped.
#[derive(Debug)]
pub(crate) struct Progress<'a> {
    screen: &'a Screen,
}

impl<'a> Progress<'a> {
    pub(crate) fn new(screen: &'a Screen) -> Self {
        screen.state().begun = Some(Instant::now());
        Self { screen }
    }

    /// Says how far the thing of line `line` is, counted from 0.
    pub(crate) fn set(&self, line: usize, text: impl Display) {
        if !self.screen.is_terminal {
            return;
        }
        let mut state = self.screen.state();
        let lines = state.lines.len().max(line + 1);
        state.lines.resize(lines, String::new());
        state.lines[line] = Shown(text).to_string();
        state.erase(&mut io::stderr());
        state.draw(&mut io::stderr(), columns());
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        let mut state = self.screen.state();
        state.erase(&mut io::stderr());
        *state = State::default();
    }
}

/// A part of a whole: `[########            ]  40 %`.
pub(crate) fn bar(done: u64, total: u64) -> String {
    const WIDTH: u64 = 20;
    let done = done.min(total);
    let of = |scale: u64| u128::from(done) * u128::from(scale) / u128::from(total.max(1));
    let full: String = (0..WIDTH).map(|at| if u128::from(at) < of(WIDTH) { '#' } else { ' ' }).collect();
    format!("[{full}] {:>3} %", of(100))
}

#[cfg(unix)]
fn columns() -> usize {
    rustix::termios::tcgetwinsize(io::stderr())
        .ok()
        .map(|size| usize::from(size.ws_col))
        .filter(|columns| *columns > 0)
        .unwrap_or(80)
}

#[cfg(not(unix))]
fn columns() -> usize {
    80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(state: &mut State, columns: usize) -> String {
        let mut terminal = Vec::new();
        state.erase(&mut terminal);
        state.draw(&mut terminal, columns);
        String::from_utf8(terminal).unwrap()
    }

    #[test]
    fn lines_are_drawn_again_where_they_stand() {
        let begun = Instant::now().checked_sub(2 * PATIENCE);
        let lines = vec!["one".to_owned(), "two".to_owned()];
        let mut state = State { begun, lines, drawn: 0 };
        assert_eq!(drawn(&mut state, 80), "one\ntwo\n");
        assert_eq!(drawn(&mut state, 80), "\u{1b}[2A\u{1b}[Jone\ntwo\n");
        assert_eq!(drawn(&mut state, 3), "\u{1b}[2A\u{1b}[Jon\ntw\n");
    }

    #[test]
    fn nothing_is_drawn_in_the_first_second() {
        let mut state = State { begun: Some(Instant::now()), lines: vec!["one".to_owned()], drawn: 0 };
        assert_eq!(drawn(&mut state, 80), "");
    }

    #[test]
    fn a_bar_is_full_at_the_end_and_not_before() {
        assert_eq!(bar(0, 0), "[                    ]   0 %");
        assert_eq!(bar(2, 5), "[########            ]  40 %");
        assert_eq!(bar(999, 1000), "[################### ]  99 %");
        assert_eq!(bar(u64::MAX, u64::MAX), "[####################] 100 %");
    }
}
