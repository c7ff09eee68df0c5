//! A simulated organization, and the environment that points the functions at it. I/O: loopback.

use std::{collections::BTreeMap, time::Duration};

use organization_simulator::{Options, Simulator};
use serde_json::Value;

use crate::{
    StageError,
    bucket::{self, Bucket},
    function::Function,
};

/// A simulated organization with Rollcall set up for it, in the administrator's account as recommended.
pub struct Stage {
    /// The organization.
    pub aws: Simulator,
    /// The stack's bucket.
    pub bucket: Bucket,
    /// The management account's id.
    pub management: String,
    /// The intended administrator's id.
    pub administrator: String,
    /// What the functions find in their environment.
    pub environment: BTreeMap<String, String>,
}

impl Stage {
    /// Starts an organization and sets Rollcall up in apply mode.
    pub fn start(options: &Options) -> Result<Self, StageError> {
        let (aws, bucket) = (Simulator::start(options)?, Bucket::start()?);
        let organization = aws.organization();
        let id = |key: &str| organization.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (management, administrator) = (id("management"), id("administrator"));
        let role = |name: &str| format!("arn:aws:iam::{management}:role/rollcall/{name}");
        let variables = [
            ("AWS_ENDPOINT_URL", aws.url()),
            ("AWS_ENDPOINT_URL_S3", bucket.url()),
            ("AWS_REGION", "us-east-1".to_owned()),
            // The simulator takes the access key id for the account that calls.
            ("AWS_ACCESS_KEY_ID", administrator.clone()),
            ("AWS_SECRET_ACCESS_KEY", bucket::SECRET.to_owned()),
            ("ROLLCALL_BUCKET", bucket::NAME.to_owned()),
            ("ROLLCALL_MODE", "apply".to_owned()),
            ("ROLLCALL_GUARDDUTY_ADMINISTRATOR_ID", administrator.clone()),
            ("ROLLCALL_INSPECTOR_ADMINISTRATOR_ID", administrator.clone()),
            ("ROLLCALL_MANAGEMENT_READ_ROLE_ARN", role("management-read")),
            ("ROLLCALL_MANAGEMENT_WRITE_ROLE_ARN", role("management-write")),
            ("ROLLCALL_INITIAL_BACKOFF_MS", "5".to_owned()),
        ];
        let environment = variables.map(|(name, value)| (name.to_owned(), value)).into();
        Ok(Self { aws, bucket, management, administrator, environment })
    }

    /// The same stage with a variable set.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Starts a function's process.
    pub async fn function(&self, name: &str) -> Result<Function, StageError> {
        Function::start(name, &self.environment, Duration::from_mins(2)).await
    }

    /// Starts a function's process that has less time than usual.
    pub async fn hurried(&self, name: &str, timeout: Duration) -> Result<Function, StageError> {
        Function::start(name, &self.environment, timeout).await
    }

    /// The regions of the organization.
    #[must_use]
    pub fn regions(&self) -> Vec<String> {
        let organization = self.aws.organization();
        let regions = organization.get("regions").and_then(Value::as_array).cloned().unwrap_or_default();
        regions.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }
}
