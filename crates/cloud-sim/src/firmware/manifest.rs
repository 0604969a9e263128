//! What is in an uploaded zip, by the published rules of its `manifest.json` (facts 7.4).

use rawzip::{CompressionMethod, ZipArchive};
use serde::Deserialize;

use super::Image;

/// What one archive may hold, unpacked: the biggest image of the largest chip, and room to spare.
const UNPACKED_LIMIT: usize = 16 * 1024 * 1024;

/// A bundle as it was uploaded.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) version: String,
    /// The firmware type that updates of it have.
    pub(super) kind: &'static str,
    pub(super) files: Vec<Image>,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum PackageError {
    #[error("the body is no zip archive that can be read: {0}")]
    Zip(String),
    #[error("the archive holds more than {UNPACKED_LIMIT} bytes")]
    TooMuch,
    #[error("the archive has no manifest.json")]
    NoManifest,
    #[error("manifest.json: {0}")]
    Manifest(serde_json::Error),
    #[error("manifest.json: {0}")]
    Rule(&'static str),
    #[error("manifest.json: {name} {fault}")]
    File { name: String, fault: &'static str },
}

#[derive(Deserialize)]
struct Manifest {
    name: Option<String>,
    description: Option<String>,
    fwversion: String,
    #[serde(rename = "format-version")]
    format_version: u32,
    files: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    file: String,
    #[serde(rename = "type")]
    kind: String,
    size: usize,
}

impl Package {
    pub(super) fn read(zip: &[u8]) -> Result<Self, PackageError> {
        let mut packed = unpack(zip)?;
        let place = packed.iter().position(|file| file.name == "manifest.json");
        let manifest = packed.swap_remove(place.ok_or(PackageError::NoManifest)?);
        let manifest: Manifest = serde_json::from_slice(&manifest.content).map_err(PackageError::Manifest)?;
        let Manifest { name, description, fwversion: version, format_version, files } = manifest;
        if format_version != 1 {
            return Err(PackageError::Rule("format-version must be 1"));
        }
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        if !(1..=60).contains(&version.len()) || !version.bytes().all(plain) {
            return Err(PackageError::Rule("fwversion must match /^[a-zA-Z0-9._-]{1,60}$/"));
        }
        let first = files.first().ok_or(PackageError::Rule("files must not be empty"))?;
        if files.iter().any(|entry| entry.kind != first.kind) {
            return Err(PackageError::Rule("all files must be of one type"));
        }
        let kind = match first.kind.as_str() {
            "application" => "APP",
            "mcuboot" => "BOOT",
            "bootloader" => "BOOTLOADER",
            "softdevice" => "SOFTDEVICE",
            _ => {
                return Err(PackageError::Rule(
                    "type must be application, mcuboot, bootloader or softdevice; modem firmware cannot be uploaded",
                ));
            }
        };
        let files = files.into_iter().map(|entry| {
            let fault = |fault| PackageError::File { name: entry.file.clone(), fault };
            if !entry.file.ends_with(".bin") || entry.file.contains('/') {
                return Err(fault("must end in .bin and have no folder"));
            }
            let content = packed.iter().find(|file| file.name == entry.file);
            let content = content.ok_or_else(|| fault("is not in the archive"))?;
            if content.content.len() != entry.size {
                return Err(fault("has another size"));
            }
            Ok(content.clone())
        });
        Ok(Self { files: files.collect::<Result<_, _>>()?, name, description, version, kind })
    }
}

/// Every file of the archive, with its checksum verified.
fn unpack(zip: &[u8]) -> Result<Vec<Image>, PackageError> {
    let unreadable = |error: &dyn std::fmt::Display| PackageError::Zip(error.to_string());
    let archive = ZipArchive::from_slice(zip).map_err(|error| unreadable(&error))?;
    let mut entries = archive.entries();
    let (mut files, mut left) = (Vec::new(), UNPACKED_LIMIT);
    while let Some(entry) = entries.next_entry().map_err(|error| unreadable(&error))? {
        if entry.is_dir() {
            continue;
        }
        let name = entry.file_path().try_normalize().map_err(|error| unreadable(&error))?.as_ref().to_owned();
        let packed = archive.get_entry(entry.wayfinder()).map_err(|error| unreadable(&error))?;
        let content = match entry.compression_method() {
            CompressionMethod::STORE if packed.data().len() <= left => packed.data().to_vec(),
            CompressionMethod::STORE => return Err(PackageError::TooMuch),
            CompressionMethod::DEFLATE => {
                let inflated = miniz_oxide::inflate::decompress_to_vec_with_limit(packed.data(), left);
                inflated.map_err(|error| match error.status {
                    miniz_oxide::inflate::TINFLStatus::HasMoreOutput => PackageError::TooMuch,
                    _ => unreadable(&format_args!("{name}: {error}")),
                })?
            }
            _ => return Err(unreadable(&format_args!("{name} is compressed by neither deflate nor store"))),
        };
        let mut checked = packed.verifying_reader(content.as_slice());
        std::io::copy(&mut checked, &mut std::io::sink())
            .map_err(|error| unreadable(&format_args!("{name}: {error}")))?;
        left -= content.len();
        files.push(Image { name, content });
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_archive_is_refused() {
        for zip in [&b""[..], b"PK", b"PK\x05\x06", &[0; 200]] {
            assert!(matches!(Package::read(zip), Err(PackageError::Zip(_))), "{zip:?}");
        }
        let empty = [b"PK\x05\x06".as_slice(), &[0; 18]].concat();
        assert!(matches!(Package::read(&empty), Err(PackageError::NoManifest)));
    }
}
