//! Which part of the API a client speaks to, and for whom.
//!
//! nRF Cloud has two: the API as it was, where an API key selects a team, and since 2026 the API of
//! organizations and projects. Of the second only the location services are published with their addresses
//! (`/organizations/{organization}/projects/{project}/location/…`). Every other operation is refused there by
//! [`RequestError::NotInProject`](crate::error::RequestError) before anything is sent: a guessed address is
//! worse than none.

use crate::credentials::{ApiKey, OrganizationToken};
use crate::identifier::{OrganizationSlug, ProjectSlug, Uuid};

/// A team, or a project.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Scope {
    /// The API as it was: the key selects the team.
    Team(ApiKey),
    /// A project of an organization, by an organization auth token.
    Project(Project),
}

/// A project of an organization, and the right to use it.
#[derive(Clone, Debug)]
pub struct Project {
    organization: OrganizationSlug,
    project: ProjectSlug,
    token: OrganizationToken,
    tenant_id: Option<Uuid>,
}

impl Project {
    /// The project of this name (slug) in the organization of this name (slug), as they stand in the portal's
    /// addresses.
    #[must_use]
    pub fn new(organization: OrganizationSlug, project: ProjectSlug, token: OrganizationToken) -> Self {
        Self { organization, project, token, tenant_id: None }
    }

    /// Adds the team's (tenant's) UUID, sent as `x-nrfcloud-tenantid`. Not documented, but two programs
    /// needed it for `location/wifi`.
    #[must_use]
    pub fn with_tenant_id(mut self, tenant_id: Uuid) -> Self {
        self.tenant_id = Some(tenant_id);
        self
    }

    pub(crate) fn token(&self) -> &OrganizationToken {
        &self.token
    }

    pub(crate) fn tenant_id(&self) -> Option<&Uuid> {
        self.tenant_id.as_ref()
    }

    /// What stands before the path of an operation.
    pub(crate) fn prefix(&self) -> [&str; 4] {
        ["organizations", self.organization.as_str(), "projects", self.project.as_str()]
    }
}

/// Whether the operation at this path has a known address below a project: "`/location/<endpoint>`" says the
/// migration guide of those that took service tokens. The history had none in mid 2026, and anchors never took
/// service tokens.
pub(crate) fn has_project_form(path: &[&str]) -> bool {
    matches!(
        path,
        ["location", "agnss" | "pgnss" | "gnss" | "ground-fix" | "cell" | "wifi" | "geo" | "contribute", ..]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_location_services_are_known_below_a_project() {
        assert!(has_project_form(&["location", "ground-fix"]));
        assert!(has_project_form(&["location", "contribute", "x"]));
        for path in [&["devices"][..], &["location", "history"], &["location", "anchors"], &["location"], &[]]
        {
            assert!(!has_project_form(path), "{path:?}");
        }
    }
}
