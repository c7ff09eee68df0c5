//! The stack's state machine: starts the sweep. I/O: Step Functions.

use std::sync::Arc;

use aws_sdk_sfn::{Client, operation::start_execution::StartExecutionError};
use rollcall_aws::{Access, Aws, service_error};
use rollcall_core::{Region, ServiceError};

/// The stack's state machine.
#[derive(Debug)]
pub struct StateMachine {
    aws: Arc<Aws>,
    region: Region,
    arn: String,
}

impl StateMachine {
    /// Costs nothing; starting makes the client.
    #[must_use]
    pub fn new(aws: Arc<Aws>, region: Region, arn: String) -> Self {
        Self { aws, region, arn }
    }

    /// Starts an execution of this name; `false` where one of this name was started already.
    pub async fn start(&self, name: &str, input: &str) -> Result<bool, ServiceError> {
        let client = Client::new(&self.aws.config(&Access::default(), &self.region).await);
        let answer = client.start_execution().state_machine_arn(&self.arn).name(name).input(input).send().await;
        match answer {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(StartExecutionError::is_execution_already_exists) => {
                Ok(false)
            }
            Err(error) => Err(service_error("StartExecution", &error)),
        }
    }
}
