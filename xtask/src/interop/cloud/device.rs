//! Tokens: `nrf93_onboard`, the half of it that talks to the cloud, and `create_proxy_jwt`.

use serde_json::json;

use super::{Cloud, Tally};
use crate::interop::InteropError;

pub(super) fn check(cloud: &Cloud, tally: &mut Tally) -> Result<(), InteropError> {
    registration(cloud, tally)?;
    proxy(cloud, tally)
}

fn registration(cloud: &Cloud, tally: &mut Tally) -> Result<(), InteropError> {
    let tenant = cloud.call("nrf93_onboard", "fetch_tenant_id", &json!([]))?.body;
    tally.check(tenant == cloud.tenant_id.as_str(), || format!("fetch_tenant_id finds {tenant}"));
    let id = "988234bd-a066-a101-656e-684d6f5adad6";
    let token = |sub: &str| cloud.sign(&json!({ "sub": sub, "id": cloud.tenant_id }), "device-1.key.pem");
    let arguments = |token: String| json!([id, "nRF93M1", ["nRF93M1-EK"], ["MODEM"], token]);
    let refused = cloud.call("nrf93_onboard", "onboard_device", &arguments(token("another")?))?;
    tally.check(refused.status == 422, || format!("the token of another device: {refused:?}"));
    let onboarded = cloud.call("nrf93_onboard", "onboard_device", &arguments(token(id)?))?;
    tally.check(onboarded.status == 202, || format!("onboard_device: {onboarded:?}"));
    let device = cloud.get(&format!("devices/{id}"))?.body;
    let found = (&device["subType"], &device["tags"], &device["firmware"]["supports"]);
    tally.check(found == (&json!("nRF93M1"), &json!(["nRF93M1-EK"]), &json!(["MODEM"])), || {
        format!("the cloud has {device}")
    });
    tally.tell("nrf93_onboard, its cloud half");
    Ok(())
}

fn proxy(cloud: &Cloud, tally: &mut Tally) -> Result<(), InteropError> {
    let made = cloud.ask(json!({ "get": "account/service-key-and-token", "method": "POST" }))?;
    let key = made.body["key"].as_str().unwrap_or_default();
    let key = cloud.write("service.key.pem", key)?;
    let ran = cloud.run(
        "create_proxy_jwt",
        &["--key", &key, "--team-id", &cloud.tenant_id, "--dev-id", "interop-one"],
        "",
    )?;
    let token = ran.output.split_whitespace().find(|word| word.split('.').count() == 3);
    let token = token.map(|token| token.trim_matches(['"', '\'', ',']));
    let Some(token) = token else {
        tally.check(false, || format!("create_proxy_jwt says no token: {ran:?}"));
        return Ok(());
    };
    for (path, status) in
        [("location/agnss?types=7", 206), ("devices/interop-one", 200), ("devices/told-0", 401)]
    {
        let found = cloud.ask(json!({ "get": path, "key": token }))?.status;
        tally.check(found == status, || format!("{path} by a proxy is {found}, not {status}"));
    }
    tally.tell("create_proxy_jwt");
    Ok(())
}
