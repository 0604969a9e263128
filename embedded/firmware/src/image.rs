//! The measured images: a device that signs tokens, and one that also verifies them.

use core::hint::black_box;

use cortex_m::singleton;
use jwt_core::{Claims, Header, UntrustedToken, VerifiedToken, nrfcloud};

use crate::{backend::Backend, console, meter::Meter, stack};

/// The private scalar of `fixtures/jwt`. Test only.
const SCALAR: [u8; 32] = [7; 32];

/// The guide's device.
const DEVICE: &str = "f69c0e45-7f04-4949-8def-bb2215b4223e";

/// Seconds since 1970.
const NOW: u64 = 1_795_478_400;

/// Bytes for a token of this device, and for its payload. Both buffers are static, as where a program receives into them.
const TOKEN_ROOM: usize = 256;
const PAYLOAD_ROOM: usize = 128;

/// Signs one token, and prints it with what it has cost. The host says whether it is right.
pub fn sign<B: Backend>() -> ! {
    console::exit(try_sign::<B>().is_some());
}

fn try_sign<B: Backend>() -> Option<()> {
    let meter = Meter::start()?;
    let key = B::signing_key(black_box(&SCALAR))?;
    sign_into::<B>(&meter, &key, singleton!(: [u8; TOKEN_ROOM] = [0; TOKEN_ROOM])?)?;
    finish(&meter);
    Some(())
}

/// Signs one token, then reads, verifies and validates it.
pub fn sign_and_verify<B: Backend>() -> ! {
    console::exit(try_sign_and_verify::<B>().is_some());
}

fn try_sign_and_verify<B: Backend>() -> Option<()> {
    let meter = Meter::start()?;
    let buf = singleton!(: [u8; TOKEN_ROOM] = [0; TOKEN_ROOM])?;
    let payload = singleton!(: [u8; PAYLOAD_ROOM] = [0; PAYLOAD_ROOM])?;
    let made = make::<B>(&meter, buf);
    let (token, key) = made.as_ref()?;
    let (accepted, count) = meter.count(|| accepts::<B>(black_box(token), key, payload));
    accepted.then_some(())?;
    console::number("accept", count);
    let (parsed, count) = meter.count(|| parses(black_box(token)));
    parsed.then_some(())?;
    console::number("parse", count);
    finish(&meter);
    Some(())
}

// Each step has its own frame, as in any program of more than one function: what one leaves on the stack does not add to the next.

#[inline(never)]
fn make<'b, B: Backend>(meter: &Meter, buf: &'b mut [u8]) -> Option<(&'b str, B::VerifyingKey)> {
    let key = B::signing_key(black_box(&SCALAR))?;
    let token = sign_into::<B>(meter, &key, buf)?;
    Some((token, B::public(&key)))
}

#[inline(never)]
fn sign_into<'b, B: Backend>(meter: &Meter, key: &B::SigningKey, buf: &'b mut [u8]) -> Option<&'b str> {
    let claims = claims(black_box(NOW));
    let (token, count) = meter.count(|| jwt_core::sign(&Header::new(), &claims, key, buf).ok());
    let token = token?;
    console::line(&["token ", token]);
    console::number("sign", count);
    Some(token)
}

#[inline(never)]
fn claims(now: u64) -> Claims<'static> {
    Claims::new().sub(black_box(DEVICE)).iat(now).exp(now + nrfcloud::DEFAULT_LIFETIME)
}

#[inline(never)]
fn accepts<B: Backend>(token: &str, key: &B::VerifyingKey, payload: &mut [u8]) -> bool {
    // By reference, because a token moved is a token twice on the stack.
    match &UntrustedToken::parse(token) {
        Ok(token) => verifies::<B>(token, key, payload),
        Err(_) => false,
    }
}

#[inline(never)]
fn verifies<B: Backend>(token: &UntrustedToken<'_>, key: &B::VerifyingKey, payload: &mut [u8]) -> bool {
    match &token.verify(key, payload) {
        Ok(token) => is_valid(token),
        Err(_) => false,
    }
}

#[inline(never)]
fn is_valid(token: &VerifiedToken<'_>) -> bool {
    token.validate(&nrfcloud::device_by_sub(black_box(NOW) + 30, black_box(DEVICE))).is_ok()
}

#[inline(never)]
fn parses(token: &str) -> bool {
    UntrustedToken::parse(token).is_ok()
}

fn finish(meter: &Meter) {
    console::number("known", meter.count_known());
    console::number("stack", stack::deepest());
}
