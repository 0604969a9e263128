//! Lines on the host's console by semihosting, without `core::fmt`: an image is measured with what it prints.

use cortex_m_semihosting::{debug, hio};

/// Prints one line made of `parts`.
pub fn line(parts: &[&str]) {
    // Without a debugger there is nobody to tell.
    if let Ok(mut console) = hio::hstdout() {
        for part in parts {
            let _ = console.write_all(part.as_bytes());
        }
        let _ = console.write_all(b"\n");
    }
}

/// Prints `name value`.
pub fn number(name: &str, value: u32) {
    line(&[name, " ", decimal(value, &mut [0; 10])]);
}

/// A number in digits.
pub fn decimal(mut value: u32, digits: &mut [u8; 10]) -> &str {
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b"0123456789"[(value % 10) as usize];
        value /= 10;
        if value == 0 || at == 0 {
            return core::str::from_utf8(&digits[at..]).unwrap_or_default();
        }
    }
}

/// Ends the program with exit code 0, or 1 if it has failed.
pub fn exit(success: bool) -> ! {
    debug::exit(if success { debug::EXIT_SUCCESS } else { debug::EXIT_FAILURE });
    loop {
        cortex_m::asm::wfi();
    }
}
