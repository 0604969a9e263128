//! A project of an organization, and where the token for it comes from. As an API key, the token is never an argument.

use std::fmt::Display;
use std::str::FromStr;

use clap::Args;
use cloud_api::identifier::InvalidIdentifier;
use cloud_api::{OrganizationSlug, OrganizationToken, Project, ProjectSlug};

use crate::context::Context;
use crate::env;
use crate::input::Source;
use crate::profile;
use crate::secret::{self, SecretError};
use crate::token::{self, Opened};

/// The options of every verb that can speak for a project of an organization.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Organization")]
pub(crate) struct ProjectOptions {
    /// Organization, by its name in the portal's addresses [env: NRFCLOUD_ORG=]
    #[arg(long, value_name = "SLUG", conflicts_with_all = ["token", "key"])]
    org: Option<OrganizationSlug>,
    /// Project of that organization [env: NRFCLOUD_PROJECT=]
    #[arg(long, value_name = "SLUG", conflicts_with_all = ["token", "key"])]
    project: Option<ProjectSlug>,
    /// File with an organization auth token; `-` is standard input; otherwise NRFCLOUD_AUTH_TOKEN
    #[arg(long, value_name = "FILE", conflicts_with_all = ["token", "key"])]
    auth_token_file: Option<Source>,
}

/// Whether the environment has an organization auth token.
pub(crate) fn is_in_environment() -> bool {
    std::env::var_os(env::AUTH_TOKEN).is_some_and(|token| !token.is_empty())
}

impl ProjectOptions {
    /// Whether one of the options themselves was given.
    pub(crate) fn is_given(&self) -> bool {
        self.org.is_some() || self.project.is_some() || self.auth_token_file.is_some()
    }

    /// The project, with the right to use it.
    pub(crate) fn resolve(&self, context: &Context) -> Result<Project, ScopeError> {
        let profile = profile::chosen();
        let organization = slug(&self.org, env::ORG, "org", profile.org.as_deref())?;
        let project = slug(&self.project, env::PROJECT, "project", profile.project.as_deref())?;
        let token = self.token(context)?;
        match (organization, project) {
            (Some(organization), Some(project)) => Ok(Project::new(organization, project, token)),
            (None, _) => Err(ScopeError::NotNamed { what: "organization" }),
            (Some(_), None) => Err(ScopeError::NotNamed { what: "project" }),
        }
    }

    fn token(&self, context: &Context) -> Result<OrganizationToken, ScopeError> {
        if let Some(source) = &self.auth_token_file {
            let text = secret::read(source, &context.input, &context.out, "organization auth token")
                .map_err(SecretError::from)?;
            return check(&text, &source.to_string());
        }
        let Some(text) = secret::variable(env::AUTH_TOKEN)? else { return Err(ScopeError::NoToken) };
        context.out.trace(format_args!("organization auth token from {}", env::AUTH_TOKEN));
        check(&text, env::AUTH_TOKEN)
    }
}

fn check(text: &str, place: &str) -> Result<OrganizationToken, ScopeError> {
    let text = token::clean(text);
    if Opened::new(&text).is_ok() {
        return Err(ScopeError::WebToken { place: place.to_owned() });
    }
    OrganizationToken::new(text.as_str())
        .map_err(|error| SecretError::Invalid { place: place.to_owned(), error }.into())
}

/// The slug given by option, variable or profile, where it stands under `key`. The parser is not asked for the variable: to it an
/// empty one is no slug.
fn slug<T>(
    option: &Option<T>,
    variable: &'static str,
    key: &'static str,
    profile: Option<&str>,
) -> Result<Option<T>, ScopeError>
where
    T: Clone + FromStr<Err = InvalidIdentifier>,
{
    if let Some(slug) = option {
        return Ok(Some(slug.clone()));
    }
    let parse = |text: &str, place: &dyn Display| {
        text.parse().map(Some).map_err(|error| ScopeError::Slug { place: place.to_string(), error })
    };
    match std::env::var_os(variable).filter(|value| !value.is_empty()) {
        Some(value) => parse(&value.to_string_lossy(), &variable),
        None => profile.map_or(Ok(None), |text| parse(text, &format_args!("{key} of the profile"))),
    }
}

/// Why there is no project to speak for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScopeError {
    /// An organization or a project was named, and nothing opens it.
    #[error("no organization auth token")]
    NoToken,
    /// A token, and it is not said for what.
    #[error("there is an organization auth token, and no {what} is named")]
    NotNamed {
        /// `organization` or `project`.
        what: &'static str,
    },
    /// The token of a device in its place.
    #[error("in {place}: this is a JSON Web Token, not an organization auth token")]
    WebToken {
        /// Variable or file.
        place: String,
    },
    /// A name that no organization and no project has.
    #[error("{place}: {error}")]
    Slug {
        /// Variable, or key of the profile.
        place: String,
        /// What is wrong.
        error: InvalidIdentifier,
    },
    /// What was found is no secret, or cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
}
