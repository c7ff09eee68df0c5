//! The stack's event bus: custom events for whoever wants to act on them. I/O: EventBridge.

use std::sync::Arc;

use aws_sdk_eventbridge::{Client, types::PutEventsRequestEntry};
use rollcall_aws::{Access, Aws, service_error};
use rollcall_core::{ErrorClass, Region, ServiceError};

/// EventBridge takes so many events in a call.
const EVENTS_A_CALL: usize = 10;

/// A custom event.
#[derive(Debug, Clone)]
pub struct Event {
    /// `detail-type`.
    pub detail_type: &'static str,
    /// `detail`, as JSON.
    pub detail: String,
}

/// The stack's event bus.
#[derive(Debug)]
pub struct EventBus {
    aws: Arc<Aws>,
    region: Region,
    name: String,
}

impl EventBus {
    /// Costs nothing; sending makes the client.
    #[must_use]
    pub fn new(aws: Arc<Aws>, region: Region, name: String) -> Self {
        Self { aws, region, name }
    }

    /// Sends events. What a call left out is sent once more; an error tells what stays unsent.
    pub async fn send(&self, events: &[Event]) -> Result<(), ServiceError> {
        if events.is_empty() {
            return Ok(());
        }
        let client = Client::new(&self.aws.config(&Access::default(), &self.region).await);
        for share in events.chunks(EVENTS_A_CALL) {
            let left = self.put(&client, share.iter().collect()).await?.0;
            if left.is_empty() {
                continue;
            }
            let (left, why) = self.put(&client, left).await?;
            if !left.is_empty() {
                return Err(unsent(left.len(), &why));
            }
        }
        Ok(())
    }

    /// The events that the call left out, and why.
    async fn put<'a>(&self, client: &Client, events: Vec<&'a Event>) -> Result<(Vec<&'a Event>, String), ServiceError> {
        let entries = events.iter().map(|event| {
            PutEventsRequestEntry::builder()
                .event_bus_name(&self.name)
                .source("rollcall")
                .detail_type(event.detail_type)
                .detail(&event.detail)
                .build()
        });
        let answer = client.put_events().set_entries(Some(entries.collect())).send().await;
        let results = answer.map_err(|error| service_error("PutEvents", &error))?.entries.unwrap_or_default();
        let failed = events.into_iter().zip(results).filter(|(_, result)| result.error_code.is_some());
        let mut why = String::new();
        let left = failed.map(|(event, result)| {
            why = format!("{}: {}", result.error_code.unwrap_or_default(), result.error_message.unwrap_or_default());
            event
        });
        let left = left.collect();
        Ok((left, why))
    }
}

fn unsent(count: usize, why: &str) -> ServiceError {
    ServiceError {
        operation: "PutEvents",
        class: ErrorClass::Transient,
        code: "Unsent".to_owned(),
        message: format!("{count} events were not taken, twice: {why}"),
        request_id: None,
    }
}
