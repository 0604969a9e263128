//! Tokens that a team hands out. nRF Cloud has deprecated them: evaluation tokens can no longer be made, and
//! the others may end any time after 2026-07-01. Organization auth tokens take their place.

use std::fmt;

use reqwest::Method;
use serde::Deserialize;

use crate::client::{Call, Client};
use crate::credentials::SecretText;
use crate::error::Error;

impl Client {
    /// GenerateServiceKeyAndToken: `POST /account/service-key-and-token`. Credentials: an API key; the plan
    /// must declare proxy usage.
    ///
    /// **The former key ends at once**, and every token signed by it. Never sent twice.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn generate_service_key_and_token(&self) -> Result<ServiceKeyAndToken, Error> {
        Call::new(self, "GenerateServiceKeyAndToken", Method::POST, &["account", "service-key-and-token"])
            .send(self)
            .await?
            .json()
    }

    /// GetServiceToken: `GET /account/service-token`. Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn get_service_token(&self) -> Result<ServiceToken, Error> {
        Call::new(self, "GetServiceToken", Method::GET, &["account", "service-token"])
            .send(self)
            .await?
            .json()
    }

    /// GenerateServiceEvaluationToken: `POST /account/service-evaluation-token`. Credentials: an API key.
    ///
    /// The first call begins 30 days of trial; later ones give another token with the same end.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn generate_service_evaluation_token(&self) -> Result<ServiceEvaluationToken, Error> {
        let path = ["account", "service-evaluation-token"];
        Call::new(self, "GenerateServiceEvaluationToken", Method::POST, &path).send(self).await?.json()
    }

    /// GetServiceEvaluationToken: `GET /account/service-evaluation-token`. Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn get_service_evaluation_token(&self) -> Result<ServiceEvaluationToken, Error> {
        let path = ["account", "service-evaluation-token"];
        Call::new(self, "GetServiceEvaluationToken", Method::GET, &path).send(self).await?.json()
    }
}

/// The key by which a team's proxy signs, and a token of a year.
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct ServiceKeyAndToken {
    /// The private key, PEM. It is told this once.
    pub key: SecretText,
    /// A JWT.
    pub token: SecretText,
}

impl fmt::Debug for ServiceKeyAndToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceKeyAndToken([redacted])")
    }
}

/// The token of a team's proxy.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ServiceToken {
    /// When it was made, ISO 8601 UTC.
    pub created_at: String,
    /// A JWT.
    pub token: SecretText,
}

/// A token to try location services with. Answers by it carry `_EVAL` in
/// [`fulfilled_with`](crate::location::GroundFix::fulfilled_with).
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct ServiceEvaluationToken {
    /// When it ends, ISO 8601 UTC.
    pub expires: String,
    /// A JWT.
    pub token: SecretText,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_tells_no_secret() {
        let pair: ServiceKeyAndToken = serde_json::from_str(r#"{"key":"-----BEGIN","token":"eyJ"}"#).unwrap();
        assert_eq!(format!("{pair:?}"), "ServiceKeyAndToken([redacted])");
        let token: ServiceToken =
            serde_json::from_str(r#"{"createdAt":"2026","token":"eyJ","x":1}"#).unwrap();
        assert_eq!(
            format!("{token:?}"),
            "ServiceToken { created_at: \"2026\", token: SecretText([redacted]) }"
        );
    }
}
