//! AWS's words for what Inspector holds: scan types, statuses, relationships. No I/O.

use serde::{Deserialize, Serialize};

/// A scan type: `ResourceScanType` of AWS's model, and `ami`, which only states and auto-enable have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Scan {
    Ec2,
    Ecr,
    Lambda,
    LambdaCode,
    CodeRepository,
    Ami,
}

impl Scan {
    pub(super) const ALL: [Self; 6] =
        [Self::Ec2, Self::Ecr, Self::Lambda, Self::LambdaCode, Self::CodeRepository, Self::Ami];

    /// As `resourceTypes` spell it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ec2 => "EC2",
            Self::Ecr => "ECR",
            Self::Lambda => "LAMBDA",
            Self::LambdaCode => "LAMBDA_CODE",
            Self::CodeRepository => "CODE_REPOSITORY",
            Self::Ami => "AMI",
        }
    }

    /// As `resourceState`, `resourceStatus` and `autoEnable` spell it.
    pub(super) fn member(self) -> &'static str {
        match self {
            Self::Ec2 => "ec2",
            Self::Ecr => "ecr",
            Self::Lambda => "lambda",
            Self::LambdaCode => "lambdaCode",
            Self::CodeRepository => "codeRepository",
            Self::Ami => "ami",
        }
    }

    /// As error messages call it. The one for Lambda code was seen in public code, the others are like it.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Ec2 => "EC2",
            Self::Ecr => "ECR",
            Self::Lambda => "Lambda",
            Self::LambdaCode => "Lambda code",
            Self::CodeRepository => "Code repository",
            Self::Ami => "AMI",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scan| scan.name() == name)
    }

    /// Whether `resourceStatus`, `resourceState` and `autoEnable` must have it. AWS model.
    pub(super) fn is_required_member(self) -> bool {
        matches!(self, Self::Ec2 | Self::Ecr)
    }
}

/// One value for each scan type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PerScan<T> {
    ec2: T,
    ecr: T,
    lambda: T,
    lambda_code: T,
    code_repository: T,
    ami: T,
}

impl<T: Clone> PerScan<T> {
    pub(super) fn of(value: &T) -> Self {
        let value = || value.clone();
        Self {
            ec2: value(),
            ecr: value(),
            lambda: value(),
            lambda_code: value(),
            code_repository: value(),
            ami: value(),
        }
    }
}

impl<T> PerScan<T> {
    pub(super) fn get(&self, scan: Scan) -> &T {
        match scan {
            Scan::Ec2 => &self.ec2,
            Scan::Ecr => &self.ecr,
            Scan::Lambda => &self.lambda,
            Scan::LambdaCode => &self.lambda_code,
            Scan::CodeRepository => &self.code_repository,
            Scan::Ami => &self.ami,
        }
    }

    pub(super) fn get_mut(&mut self, scan: Scan) -> &mut T {
        match scan {
            Scan::Ec2 => &mut self.ec2,
            Scan::Ecr => &mut self.ecr,
            Scan::Lambda => &mut self.lambda,
            Scan::LambdaCode => &mut self.lambda_code,
            Scan::CodeRepository => &mut self.code_repository,
            Scan::Ami => &mut self.ami,
        }
    }
}

/// `Status` of an account or a scan type. AWS model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Status {
    Enabling,
    Enabled,
    Disabling,
    Disabled,
    Suspending,
    Suspended,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Enabling => "ENABLING",
            Self::Enabled => "ENABLED",
            Self::Disabling => "DISABLING",
            Self::Disabled => "DISABLED",
            Self::Suspending => "SUSPENDING",
            Self::Suspended => "SUSPENDED",
        }
    }

    /// The error code and message that a state carries where nothing is wrong: the model requires both and has no
    /// value for "none". Inferred: the code that says the same as the status.
    pub(super) fn harmless_error(self) -> (&'static str, &'static str) {
        match self {
            Self::Enabling => ("ENABLE_IN_PROGRESS", "Enabling is in progress"),
            Self::Enabled => ("ALREADY_ENABLED", "Already enabled"),
            Self::Disabling => ("DISABLE_IN_PROGRESS", "Disabling is in progress"),
            Self::Disabled => ("RESOURCE_NOT_FOUND", "Not enabled"),
            Self::Suspending => ("SUSPEND_IN_PROGRESS", "Suspending is in progress"),
            Self::Suspended => ("ACCOUNT_IS_ISOLATED", "The account is suspended"),
        }
    }
}

/// `RelationshipStatus` of a member, and `Never` for an account that was never associated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Relationship {
    Never,
    Created,
    Invited,
    Disabled,
    Enabled,
    Removed,
    Resigned,
    Deleted,
    EmailVerificationInProgress,
    EmailVerificationFailed,
    RegionDisabled,
    AccountSuspended,
    CannotCreateDetectorInOrgMaster,
}

impl Relationship {
    /// As AWS's model spells it; nothing for `Never`.
    pub(super) fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::Never => return None,
            Self::Created => "CREATED",
            Self::Invited => "INVITED",
            Self::Disabled => "DISABLED",
            Self::Enabled => "ENABLED",
            Self::Removed => "REMOVED",
            Self::Resigned => "RESIGNED",
            Self::Deleted => "DELETED",
            Self::EmailVerificationInProgress => "EMAIL_VERIFICATION_IN_PROGRESS",
            Self::EmailVerificationFailed => "EMAIL_VERIFICATION_FAILED",
            Self::RegionDisabled => "REGION_DISABLED",
            Self::AccountSuspended => "ACCOUNT_SUSPENDED",
            Self::CannotCreateDetectorInOrgMaster => "CANNOT_CREATE_DETECTOR_IN_ORG_MASTER",
        })
    }

    /// Whether the account is an associated member, or on its way to be one.
    pub(super) fn is_associated(self) -> bool {
        !matches!(self, Self::Never | Self::Removed | Self::Resigned | Self::Deleted)
    }
}

/// `Ec2DeepInspectionStatus`. AWS model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum DeepInspection {
    Activated,
    Deactivated,
    Pending,
    Failed,
}

impl DeepInspection {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Activated => "ACTIVATED",
            Self::Deactivated => "DEACTIVATED",
            Self::Pending => "PENDING",
            Self::Failed => "FAILED",
        }
    }
}
