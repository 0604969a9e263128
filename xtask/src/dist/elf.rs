//! What the headers of a 64-bit ELF file say of how it was linked.

/// Program header: the loader that a dynamic program asks for.
const PT_INTERP: u32 = 3;
/// Section header: the table of symbols that `strip` removes.
const SHT_SYMTAB: u32 = 2;

/// Whether the program needs no loader, and with it no shared library. `None` if this is no whole ELF file.
pub(super) fn is_static(file: &[u8]) -> Option<bool> {
    Some(
        kinds(file, Table { offset: 32, entry: 54, count: 56, kind: 0 })?.all(|kind| kind != Some(PT_INTERP)),
    )
}

/// Whether the program has no table of symbols. `None` if this is no whole ELF file.
pub(super) fn is_stripped(file: &[u8]) -> Option<bool> {
    Some(
        kinds(file, Table { offset: 40, entry: 58, count: 60, kind: 4 })?
            .all(|kind| kind != Some(SHT_SYMTAB)),
    )
}

/// Where the ELF header tells of a table of headers, and where such a header has its type.
#[derive(Clone, Copy)]
struct Table {
    offset: usize,
    entry: usize,
    count: usize,
    kind: usize,
}

/// The types of all headers of a table.
fn kinds(file: &[u8], table: Table) -> Option<impl Iterator<Item = Option<u32>>> {
    // Magic, ELFCLASS64, ELFDATA2LSB.
    if !file.starts_with(b"\x7fELF\x02\x01") {
        return None;
    }
    let start = usize::try_from(u64::from_le_bytes(at(file, table.offset)?)).ok()?;
    let entry = usize::from(u16::from_le_bytes(at(file, table.entry)?));
    let count = usize::from(u16::from_le_bytes(at(file, table.count)?));
    // The table is there to its end.
    file.get(start.checked_add(entry.checked_mul(count)?)?.checked_sub(1)?)?;
    Some((0..count).map(move |index| {
        at(file, start.checked_add(entry * index)?.checked_add(table.kind)?).map(u32::from_le_bytes)
    }))
}

fn at<const N: usize>(file: &[u8], offset: usize) -> Option<[u8; N]> {
    file.get(offset..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An ELF header, one program header and one section header of these types.
    fn file(program: u32, section: u32) -> Vec<u8> {
        let mut file = b"\x7fELF\x02\x01".to_vec();
        file.resize(64, 0);
        file[32] = 64;
        file[40] = 64 + 56;
        (file[54], file[56], file[58], file[60]) = (56, 1, 64, 1);
        file.extend(program.to_le_bytes());
        file.resize(64 + 56 + 4, 0);
        file.extend(section.to_le_bytes());
        file.resize(64 + 56 + 64, 0);
        file
    }

    #[test]
    fn a_loader_makes_a_program_dynamic_and_a_table_of_symbols_unstripped() {
        assert_eq!((is_static(&file(1, 1)), is_stripped(&file(1, 1))), (Some(true), Some(true)));
        assert_eq!((is_static(&file(3, 2)), is_stripped(&file(3, 2))), (Some(false), Some(false)));
    }

    #[test]
    #[cfg(all(target_os = "linux", target_pointer_width = "64", target_env = "gnu"))]
    fn this_test_is_a_dynamic_program_with_symbols() {
        let this = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert_eq!((is_static(&this), is_stripped(&this)), (Some(false), Some(false)));
    }

    #[test]
    fn what_is_no_whole_file_is_nothing() {
        assert_eq!(is_static(b"\x7fELF\x01\x01 of 32 bits"), None);
        let whole = file(1, 1);
        assert_eq!(is_stripped(&whole[..whole.len() - 1]), None);
    }
}
