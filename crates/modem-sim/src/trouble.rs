//! What a fault does inside the modem, and whether it came to it.

/// The troubles of one command.
#[derive(Debug, Default)]
pub(crate) struct Trouble {
    /// Empty slots cannot be filled.
    pub(crate) memory_full: bool,
    /// The supply is about to go.
    pub(crate) power_off: bool,
    /// What is written is stored with another last byte.
    pub(crate) wrong_sha: bool,
    /// Which of them had an effect, in this order.
    pub(crate) met: [bool; 3],
}

impl Trouble {
    pub(crate) fn has_no_room(&mut self) -> bool {
        self.met[0] |= self.memory_full;
        self.memory_full
    }

    pub(crate) fn is_powering_off(&mut self) -> bool {
        self.met[1] |= self.power_off;
        self.power_off
    }

    pub(crate) fn damage(&mut self, content: &mut [u8]) {
        if let (true, Some(last)) = (self.wrong_sha, content.last_mut()) {
            *last ^= 1;
            self.met[2] = true;
        }
    }
}
