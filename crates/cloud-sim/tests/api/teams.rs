//! Several teams in one cloud.

use cloud_sim::{CloudSim, Limits, Plan, Role, StartError, Team};
use reqwest::Method;
use serde_json::json;

use crate::support::{Bench, pem, row, short_row, token};

/// A second team whose owner's key is `second`.
async fn two_teams() -> Bench {
    Bench::with(|builder| builder.api_key("first").team(Team::new("Second").api_key("second", Role::Owner)))
        .await
}

#[tokio::test]
async fn each_team_sees_its_own_only() {
    let bench = two_teams().await;
    let [first, second] = bench.sim.teams().collect::<Vec<_>>()[..] else { panic!() };
    assert_eq!((second.name(), second.api_key()), ("Second", "second"));
    assert_ne!(first.tenant_id(), second.tenant_id());
    assert_eq!(bench.upload("/devices", row("mine", &pem("device-1.crt"))).await["status"], "SUCCEEDED");
    let as_second = |path: &str| bench.send(bench.request(Method::GET, path, "second"));
    assert_eq!(as_second("/devices").await.json(), json!({"total": 0, "items": []}));
    assert_eq!(as_second("/devices/mine").await.refusal(), (404, 40410, "Device mine not found.".into()));
    assert_eq!(as_second("/bulk-ops-requests").await.json()["items"], json!([]));
    assert_eq!(as_second("/account").await.json()["team"]["tenantId"], second.tenant_id());
    let delete = bench.send(bench.request(Method::DELETE, "/devices/mine", "second")).await;
    assert_eq!(delete.refusal().1, 40414);
    assert_eq!(bench.get("/devices").await.json()["items"][0]["tenantId"], first.tenant_id());
}

#[tokio::test]
async fn a_device_belongs_to_one_team() {
    let bench = two_teams().await;
    bench.upload("/devices", row("mine", &pem("device-1.crt"))).await;
    bench.upload("/devices/public-keys", short_row("keyed", &pem("device-1.public-key"))).await;
    for (path, csv) in [
        ("/devices", row("mine", &pem("device-2.crt"))),
        ("/devices", row("keyed", &pem("device-2.crt"))),
        ("/devices/public-keys", short_row("mine", &pem("device-2.public-key"))),
    ] {
        let request =
            bench.request(Method::POST, path, "second").header("content-type", "text/csv").body(csv);
        let id = bench.send(request).await.json()["bulkOpsRequestId"].as_str().unwrap().to_owned();
        let operation = bench
            .send(bench.request(Method::GET, &format!("/bulk-ops-requests/{id}"), "second"))
            .await
            .json();
        let errors = bench.errors(&operation).await;
        assert!(errors[0].ends_with(" belongs to another account"), "{errors:?}");
    }
    let request = bench
        .json(Method::POST, "/devices/mine", "second", &json!({"certificate": pem("device-2.crt")}))
        .await;
    assert_eq!(request.refusal(), (422, 42200, "Thing mine belongs to another account".into()));
    // The device's own token is of its team.
    let own = token("device-1", &json!({"sub": "mine"}));
    let answer = bench.send(bench.request(Method::GET, "/devices/mine", &own)).await;
    assert_eq!(answer.json()["tenantId"], bench.sim.tenant_id());
}

#[tokio::test]
async fn roles_say_who_may_do_what() {
    let team = Team::new("Roles")
        .api_key("owner", Role::Owner)
        .api_key("admin", Role::Admin)
        .api_key("editor", Role::Editor)
        .api_key("viewer", Role::Viewer);
    let bench = Bench::with(|builder| builder.first_team(team)).await;
    let onboarding = json!({"certificate": pem("device-1.crt")});
    for (key, reads, writes, makes_keys) in [
        ("viewer", 200, 401, 401),
        ("editor", 200, 202, 401),
        ("admin", 200, 202, 200),
        ("owner", 200, 202, 200),
    ] {
        let account = bench.send(bench.request(Method::GET, "/account", key)).await;
        assert_eq!((account.status, &account.json()["role"]), (reads, &json!(key)));
        assert_eq!(account.json()["plan"].get("currentMonthCosts").is_some(), key == "owner");
        assert_eq!(bench.json(Method::POST, "/devices/a", key, &onboarding).await.status, writes, "{key}");
        let made = bench.send(bench.request(Method::POST, "/account/service-key-and-token", key)).await;
        assert_eq!(made.status, makes_keys, "{key}");
    }
    assert_eq!(bench.sim.refusals()[0].reason, "OnboardDevice needs the role editor, the key has viewer");
}

#[tokio::test]
async fn the_developer_plan_has_limits() {
    let limits = Limits {
        devices: 1,
        monthly_fota_job_executions: 1,
        monthly_stored_device_messages: 2,
        monthly_location_service_requests: 2,
    };
    let bench = Bench::with(|builder| builder.plan(Plan::Developer(limits))).await;
    assert_eq!(
        bench.get("/account").await.json()["plan"]["limits"],
        json!({
            "devices": 1, "monthlyFOTAJobExecutions": 1, "monthlyStoredDeviceMessages": 2,
            "monthlyLocationServiceRequests": 2, "messageRoutingServiceDestinations": 1,
        })
    );
    let both = row("a", &pem("device-1.crt")) + &row("b", &pem("device-2.crt"));
    let operation = bench.upload("/devices", both).await;
    assert_eq!(bench.errors(&operation).await, ["[1]: The plan allows no more than 1 devices."]);
    let single = bench.call(Method::POST, "/devices/b", &json!({"certificate": pem("device-2.crt")})).await;
    assert_eq!(single.refusal(), (400, 40005, "The plan's limit of 1 is exceeded: devices.".into()));

    let device = token("device-1", &json!({"sub": "a"}));
    for status in [206, 206, 400] {
        assert_eq!(bench.agnss(&device, "?types=7", None).await.status, status);
    }
    assert_eq!(bench.agnss(&device, "?types=7", None).await.refusal().1, 40005);
    let message = json!({"message": [{"appId": "A"}, {"appId": "B"}]});
    assert_eq!(bench.call(Method::POST, "/devices/a/messages", &message).await.status, 202);
    assert_eq!(bench.call(Method::POST, "/devices/a/messages", &message).await.refusal().1, 40005);
    let service_key = bench.call(Method::POST, "/account/service-key-and-token", &json!({})).await;
    assert_eq!(service_key.refusal().1, 42200);
}

#[tokio::test]
async fn what_two_teams_may_not_share_is_said() {
    let start =
        |team: Team| async move { CloudSim::builder().api_key("key").team(team).start().await.unwrap_err() };
    let error = start(Team::new("Other").api_key("key", Role::Viewer)).await;
    assert_eq!(error.to_string(), "two teams have the same API key");
    let error = start(Team::new("Simulated team")).await;
    assert_eq!(error.to_string(), "two teams have the same name");
    assert!(matches!(start(Team::new("Other").auth_token("abc")).await, StartError::AuthToken));
    assert!(matches!(start(Team::new("Other").tenant_id("a/b")).await, StartError::TenantId));
    assert!(matches!(start(Team::new("Other").api_key("a b", Role::Owner)).await, StartError::ApiKey));
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let team = Team::new("Quiet").api_key("secret-key", Role::Owner).auth_token("oat_secret");
    let bench = Bench::with(|builder| builder.first_team(team.clone())).await;
    let texts = format!("{team:?} {:?} {:?}", bench.sim.teams().next(), bench.sim);
    assert!(!texts.contains("secret"), "{texts}");
}
