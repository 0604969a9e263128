//! What an image takes of the device's memories, from the program headers of its ELF file.

/// Bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sizes {
    /// All that is programmed: code, constants, vector table, initial values of variables.
    pub(super) flash: u64,
    /// Variables. The stack is not among them.
    pub(super) ram: u64,
}

/// Where the memory map of the board has its RAM (`embedded/firmware/memory.x`); flash lies below.
const RAM: u32 = 0x2000_0000;

/// The program header's type of what is loaded.
const PT_LOAD: u32 = 1;

/// `None` if `file` is not a whole 32-bit little-endian ELF file.
pub(super) fn sizes(file: &[u8]) -> Option<Sizes> {
    // Magic, ELFCLASS32, ELFDATA2LSB.
    if !file.starts_with(b"\x7fELF\x01\x01") {
        return None;
    }
    let (table, entry, count) = (word(file, 28)?, half(file, 42)?, half(file, 44)?);
    let mut sizes = Sizes { flash: 0, ram: 0 };
    for index in 0..usize::from(count) {
        let header = usize::try_from(table).ok()? + index * usize::from(entry);
        let (kind, address) = (word(file, header)?, word(file, header + 8)?);
        if kind == PT_LOAD {
            sizes.flash += u64::from(word(file, header + 16)?);
            if address >= RAM {
                sizes.ram += u64::from(word(file, header + 20)?);
            }
        }
    }
    Some(sizes)
}

fn word(file: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*file.get(at..)?.first_chunk()?))
}

fn half(file: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*file.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with two program headers behind the ELF header, which are at 28, 42 and 44.
    fn file(headers: [[u32; 8]; 2]) -> Vec<u8> {
        let mut file = b"\x7fELF\x01\x01".to_vec();
        file.resize(52, 0);
        file[28] = 52;
        file[42] = 32;
        file[44] = 2;
        file.extend(headers.iter().flatten().flat_map(|word| word.to_le_bytes()));
        file
    }

    #[test]
    fn initial_values_take_flash_and_ram() {
        let code = [1, 0, 0x1000_0000, 0x1000_0000, 300, 300, 5, 4];
        let data = [1, 0, 0x3800_0000, 0x1000_012c, 8, 20, 6, 4];
        assert_eq!(sizes(&file([code, data])), Some(Sizes { flash: 308, ram: 20 }));
    }

    #[test]
    fn what_is_not_loaded_does_not_count() {
        let code = [1, 0, 0x1000_0000, 0x1000_0000, 300, 300, 5, 4];
        let stack = [0x6474_e551, 0, 0x3800_0000, 0, 64, 64, 6, 0];
        assert_eq!(sizes(&file([code, stack])), Some(Sizes { flash: 300, ram: 0 }));
    }

    #[test]
    fn other_files_are_refused() {
        assert_eq!(sizes(b"\x7fELF\x02\x01 of 64 bits"), None);
        let whole = file([[1; 8]; 2]);
        assert_eq!(sizes(&whole[..whole.len() - 20]), None);
    }
}
