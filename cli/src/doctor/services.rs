//! What AWS's command line and Security Hub call the services' things. No I/O.

/// What a service's things are called.
pub(super) struct Names {
    /// The service's id in the catalog.
    service: &'static str,
    /// The command that removes an administrator, up to the account's id.
    pub(super) remove_administrator: &'static str,
    /// The product whose findings Security Hub receives.
    pub(super) product: &'static str,
}

/// Each service. Source: AWS CLI command reference; Security Hub user guide, "AWS service integrations".
const NAMES: [Names; 2] = [
    Names {
        service: "guardduty",
        remove_administrator: "aws guardduty disable-organization-admin-account --admin-account-id",
        product: "aws/guardduty",
    },
    Names {
        service: "inspector",
        remove_administrator: "aws inspector2 disable-delegated-admin-account --delegated-admin-account-id",
        product: "aws/inspector",
    },
];

/// What a service's things are called.
pub(super) fn names(service: &str) -> Option<&'static Names> {
    NAMES.iter().find(|names| names.service == service)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_of_the_catalog_has_its_names() {
        for entry in rollcall_runtime::CATALOG {
            assert!(names(entry.spec.id.as_str()).is_some(), "{}", entry.spec.id);
        }
    }
}
