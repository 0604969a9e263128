//! The team behind an API key: who it is, what it uses, and the tokens that it hands out.

mod token;
mod usage;

use reqwest::Method;

use crate::client::{Call, Client};
use crate::error::Error;
use crate::json::{answer, null_as_default, open_enum};
use crate::page::{Page, PageLimit, present, sealed};

pub use token::{ServiceEvaluationToken, ServiceKeyAndToken, ServiceToken};
pub use usage::{ApiUsageSummary, DeviceCounts, ListApiUsage, LocationUsage, ServiceUsage, UsageRecord};

impl Client {
    /// FetchAccountInfo: `GET /account`. Credentials: an API key. The cheapest way to see whether a key is
    /// good.
    ///
    /// # Errors
    ///
    /// [`Error`]; status 401 for a key that is not known.
    pub async fn fetch_account_info(&self) -> Result<AccountInfo, Error> {
        Call::new(self, "FetchAccountInfo", Method::GET, &["account"]).send(self).await?.json()
    }

    /// ListInvoices: `GET /account/invoices`, one page. Credentials: an API key of an owner or admin.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn list_invoices(&self, query: &ListInvoices) -> Result<Page<Invoice>, Error> {
        self.page(query).await
    }

    /// ListTags: `GET /account/tags`, the tags of the team itself, one page. Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn list_tags(&self, query: &ListTags) -> Result<Page<String>, Error> {
        self.page(query).await
    }
}

answer! {
    /// The team, and who asks.
    AccountInfo {
        /// The team.
        team: Team,
        /// Tags of the team.
        #[serde(default, deserialize_with = "null_as_default")]
        tags: Vec<String>,
    }
    may {
        /// Role of the key's user in the team.
        role: Option<Role>,
        /// Host of the MQTT broker.
        mqtt_endpoint: Option<String>,
        /// First part of the team's topics, `prod/<tenantId>/`.
        mqtt_topic_prefix: Option<String>,
        /// UUID of the user. Real answers leave it out.
        user_id: Option<String>,
        /// The plan that is paid for.
        plan: Option<Plan>,
    }
}

answer! {
    /// A team (tenant).
    Team {
        /// UUID of the team, also its tenant ID.
        tenant_id: String,
    }
    may {
        /// Name.
        name: Option<String>,
    }
}

answer! {
    /// A plan, with its limits or declarations and this month's costs.
    Plan {
        /// `DEVELOPER`, `PRO`, `ENTERPRISE` or another.
        name: String,
    }
    may {
        /// Costs of this month by service; owners only.
        current_month_costs: Vec<InvoiceLine>,
        /// Costs of this month; owners only.
        current_month_total_cost: Option<f64>,
        /// What a Developer plan may use.
        limits: Option<PlanLimits>,
        /// Devices that use location services through a proxy, by service (`AGPS`, `PGPS`, `GROUND_FIX`,
        /// `REVERSE_GEO`); paid plans.
        proxy_usage_declarations: serde_json::Map<String, serde_json::Value>,
        /// Keys by which proxies sign.
        service_keys: Vec<ServiceKeyInfo>,
    }
}

answer! {
    /// What a Developer plan may use; [`NrfCode`](crate::NrfCode) 40005 tells that it was more.
    PlanLimits {}
    may {
        /// Devices.
        devices: Option<u64>,
        /// FOTA job executions in a month.
        #[serde(rename = "monthlyFOTAJobExecutions")]
        monthly_fota_job_executions: Option<u64>,
        /// Device messages stored in a month.
        monthly_stored_device_messages: Option<u64>,
        /// Location requests in a month.
        monthly_location_service_requests: Option<u64>,
        /// Destinations of the message routing service.
        message_routing_service_destinations: Option<u64>,
    }
}

answer! {
    /// A line of an invoice.
    InvoiceLine {
        /// Service, for example `Devices` or `MCELL`.
        service_id: String,
        /// Number of uses.
        quantity: f64,
        /// Price of one.
        price: f64,
        /// Price of all.
        total: f64,
    }
    may {
        /// The service in words.
        service_description: Option<String>,
    }
}

answer! {
    /// A key by which a proxy signs.
    ServiceKeyInfo {
        /// When it was made, ISO 8601 UTC.
        created_at: String,
        /// Whether tokens by it are accepted.
        enabled: bool,
    }
    may {
        /// What it is for: `ALL`.
        service: Option<String>,
        /// When it was changed, ISO 8601 UTC.
        updated_at: Option<String>,
    }
}

answer! {
    /// An invoice.
    Invoice {
        /// Its ID.
        invoice_id: String,
        /// Sum in the currency's unit.
        total: f64,
        /// Where it can be read.
        url: String,
        /// Whether it is paid.
        status: InvoiceStatus,
        /// Currency, for example `USD`.
        currency_code: String,
        /// The sum in words.
        amount_formatted: String,
    }
    may {
        /// When the status changed, ISO 8601 UTC.
        status_updated_at: Option<String>,
        /// ID of the payment.
        payment_id: Option<String>,
    }
}

open_enum! {
    /// Whether an invoice is paid.
    InvoiceStatus {
        /// Paid.
        Paid = "PAID",
        /// To be charged.
        ChargePending = "CHARGEPENDING",
        /// Could not be charged.
        ChargeFailed = "CHARGEFAILED",
    }
}

open_enum! {
    /// Role of a user in a team.
    Role {
        /// May do everything.
        Owner = "owner",
        /// May do everything but billing.
        Admin = "admin",
        /// May change devices.
        Editor = "editor",
        /// May look.
        Viewer = "viewer",
    }
}

/// Query of ListInvoices.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListInvoices {
    /// Entries per page.
    pub page_limit: Option<PageLimit>,
    /// From the page before.
    pub page_next_token: Option<String>,
}

impl sealed::Query for ListInvoices {
    type Item = Invoice;
    const OPERATION: &'static str = "ListInvoices";

    fn path(&self) -> Vec<&str> {
        vec!["account", "invoices"]
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        present([
            ("pageLimit", self.page_limit.map(|limit| limit.to_string())),
            ("pageNextToken", self.page_next_token.clone()),
        ])
    }
}

/// Query of ListTags.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListTags {
    /// Entries per page.
    pub page_limit: Option<PageLimit>,
    /// From the page before.
    pub page_next_token: Option<String>,
}

impl sealed::Query for ListTags {
    type Item = String;
    const OPERATION: &'static str = "ListTags";

    fn path(&self) -> Vec<&str> {
        vec!["account", "tags"]
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        present([
            ("pageLimit", self.page_limit.map(|limit| limit.to_string())),
            ("pageNextToken", self.page_next_token.clone()),
        ])
    }
}
