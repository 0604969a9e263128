//! Firmware bundles: the zip, its manifest, its files.

use base64ct::{Base64, Encoding};
use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::{Value, json};

use crate::support::{Answer, Bench};

/// A zip with these files, stored.
pub(crate) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = Vec::new();
    let mut archive = rawzip::ZipArchiveWriter::new(&mut zip);
    for (name, content) in files {
        let (mut entry, config) =
            archive.new_file(name).compression_method(rawzip::CompressionMethod::STORE).start().unwrap();
        let mut writer = config.wrap(&mut entry);
        std::io::copy(&mut &content[..], &mut writer).unwrap();
        let (_, descriptor) = writer.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap();
    zip
}

/// A bundle with one image of 600 bytes.
pub(crate) fn bundle(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut manifest = json!({
        "name": "App", "description": "An application", "fwversion": "v1.2.3", "format-version": 1,
        "files": [{"file": "app.bin", "type": "application", "size": 600}],
    });
    change(&mut manifest);
    zip(&[("manifest.json", manifest.to_string().as_bytes()), ("app.bin", &[7; 600])])
}

pub(crate) async fn upload(bench: &Bench, content_type: &str, body: Vec<u8>) -> Answer {
    let request = bench.request(Method::POST, "/firmwares", bench.sim.api_key());
    bench.send(request.header(CONTENT_TYPE, content_type).body(body)).await
}

#[tokio::test]
async fn a_bundle_is_uploaded_listed_downloaded_and_deleted() {
    let bench = Bench::new().await;
    for (content_type, body) in [
        ("application/zip", bundle(|_| {})),
        ("application/octet-stream", bundle(|_| {})),
        ("text/plain;charset=UTF8", Base64::encode_string(&bundle(|_| {})).into_bytes()),
    ] {
        let answer = upload(&bench, content_type, body).await;
        assert_eq!(answer.status, 202, "{content_type}");
        let uri = answer.json()["uris"][0].as_str().unwrap().to_owned();
        let parts: Vec<&str> = uri.rsplit('/').collect();
        let id = parts[1];
        assert!(id.starts_with("APP*") && id.ends_with("*v1.2.3") && id.len() == 19, "{id}");
        assert_eq!((parts[0], parts[2]), ("app.bin", bench.sim.tenant_id()));
        let file = bench.send(bench.http.get(&uri)).await;
        assert_eq!((file.status, file.body), (200, vec![7; 600]));
        let page = bench.get("/firmwares?pageLimit=100").await.json();
        let item = page["items"].as_array().unwrap().iter().find(|item| item["bundleId"] == *id).unwrap();
        assert_eq!(
            *item,
            json!({
                "bundleId": id, "version": "v1.2.3", "type": "APP", "filenames": ["app.bin"], "size": 600,
                "name": "App", "description": "An application", "lastModified": "2026-07-03T12:14:43.250Z",
            })
        );
        assert_eq!(bench.delete(&format!("/firmwares/{}", id.replace('*', "%2A"))).await.status, 202);
        assert_eq!(bench.delete(&format!("/firmwares/{id}")).await.refusal().1, 40410);
        assert_eq!(bench.send(bench.http.get(&uri)).await.status, 404);
    }
}

#[tokio::test]
async fn modem_firmware_is_there_for_everyone() {
    let bench = Bench::new().await;
    let page = bench.get("/firmwares?modemOnly=true").await.json();
    let kinds: Vec<&str> =
        page["items"].as_array().unwrap().iter().map(|item| item["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["MDM_FULL", "MDM_FULL", "MODEM", "MODEM"]);
    let id = page["items"][0]["bundleId"].as_str().unwrap();
    assert_eq!(bench.delete(&format!("/firmwares/{id}")).await.status, 404);
}

#[tokio::test]
async fn a_bundle_that_breaks_a_rule_is_refused() {
    let bench = Bench::new().await;
    let files = |files: Value| move |manifest: &mut Value| manifest["files"] = files;
    for (body, message) in [
        (bundle(|m| m["format-version"] = 2.into()), "manifest.json: format-version must be 1."),
        (
            bundle(|m| m["fwversion"] = "v 1".into()),
            "manifest.json: fwversion must match /^[a-zA-Z0-9._-]{1,60}$/.",
        ),
        (bundle(files(json!([]))), "manifest.json: files must not be empty."),
        (
            bundle(files(json!([{"file": "app.bin", "type": "modem", "size": 600}]))),
            "manifest.json: type must be application, mcuboot, bootloader or softdevice; modem firmware cannot be uploaded.",
        ),
        (
            bundle(files(
                json!([{"file": "app.bin", "type": "application", "size": 600}, {"file": "b.bin", "type": "mcuboot", "size": 1}]),
            )),
            "manifest.json: all files must be of one type.",
        ),
        (
            bundle(files(json!([{"file": "app.hex", "type": "application", "size": 600}]))),
            "manifest.json: app.hex must end in .bin and have no folder.",
        ),
        (
            bundle(files(json!([{"file": "b.bin", "type": "application", "size": 600}]))),
            "manifest.json: b.bin is not in the archive.",
        ),
        (
            bundle(files(json!([{"file": "app.bin", "type": "application", "size": 601}]))),
            "manifest.json: app.bin has another size.",
        ),
        (zip(&[("app.bin", &[0])]), "the archive has no manifest.json."),
    ] {
        assert_eq!(upload(&bench, "application/zip", body).await.refusal(), (422, 42200, message.into()));
    }
    let mut damaged = bundle(|_| {});
    let place = damaged.windows(8).position(|window| window == [7; 8]).unwrap();
    damaged[place] = 8;
    let refusal = upload(&bench, "application/zip", damaged).await.refusal().2;
    assert!(refusal.starts_with("the body is no zip archive that can be read: app.bin: "), "{refusal}");
    let answer = upload(&bench, "text/plain", bundle(|_| {})).await;
    assert!(answer.refusal().2.starts_with("The body is not base64: "));
    assert_eq!(upload(&bench, "application/zip", vec![0; 1_000_000]).await.status, 422);
}

#[tokio::test]
async fn an_archive_that_swells_is_refused() {
    let bench = Bench::new().await;
    let packed = miniz_oxide::deflate::compress_to_vec(&vec![0; 20 * 1024 * 1024], 9);
    let mut zip = Vec::new();
    let mut archive = rawzip::ZipArchiveWriter::new(&mut zip);
    let (mut entry, config) = archive
        .new_file("manifest.json")
        .compression_method(rawzip::CompressionMethod::DEFLATE)
        .start()
        .unwrap();
    let writer = config.wrap(std::io::sink());
    let (_, descriptor) = writer.finish().unwrap();
    std::io::Write::write_all(&mut entry, &packed).unwrap();
    entry.finish(descriptor).unwrap();
    archive.finish().unwrap();
    assert_eq!(
        upload(&bench, "application/zip", zip).await.refusal().2,
        "the archive holds more than 16777216 bytes."
    );
}
