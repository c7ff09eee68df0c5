//! A sweep as the state machine makes it: `reassert` for every target, several at a time, called again while it
//! makes progress. I/O: processes, loopback.

use std::time::Duration;

use futures::{StreamExt, stream};
use serde_json::{Value, json};

use crate::{StageError, function::Function, stage::Stage, truth::SERVICES};

/// So often a target is called again.
const CALLS: usize = 12;

/// A pool of processes of `reassert`, as many as run at the same time.
pub struct Sweep {
    workers: Vec<Function>,
}

/// How a target ended.
#[derive(Debug, Clone)]
pub struct TargetEnd {
    /// The service, by its signing name.
    pub service: String,
    /// The region.
    pub region: String,
    /// The last answer of `reassert`.
    pub answer: Value,
    /// How often it was called.
    pub calls: usize,
}

impl TargetEnd {
    /// How the last call ended.
    #[must_use]
    pub fn outcome(&self) -> &str {
        self.answer.get("outcome").and_then(Value::as_str).unwrap_or_default()
    }
}

impl Sweep {
    /// Starts the processes.
    pub async fn start(stage: &Stage, workers: usize) -> Result<Self, StageError> {
        let mut started = Vec::new();
        for _ in 0..workers {
            started.push(stage.function("reassert").await?);
        }
        Ok(Self { workers: started })
    }

    /// Re-asserts every target. `told` is told of each that ended.
    pub async fn run(&self, stage: &Stage, told: impl Fn(&TargetEnd)) -> Result<Vec<TargetEnd>, StageError> {
        let regions = stage.regions();
        let targets = SERVICES.iter().flat_map(|service| regions.iter().map(move |region| (*service, region.clone())));
        let targets: Vec<_> = targets.collect();
        let shares = self.workers.iter().enumerate().map(|(index, worker)| {
            let share: Vec<_> = targets.iter().skip(index).step_by(self.workers.len()).cloned().collect();
            let told = &told;
            async move {
                let mut ended = Vec::new();
                for (service, region) in share {
                    let end = target(stage, worker, service, region).await?;
                    told(&end);
                    ended.push(end);
                }
                Ok::<_, StageError>(ended)
            }
        });
        let ended: Vec<_> = stream::iter(shares).buffer_unordered(self.workers.len()).collect().await;
        let mut all = Vec::new();
        for share in ended {
            all.extend(share?);
        }
        Ok(all)
    }

    /// The log lines of all processes.
    #[must_use]
    pub fn log(&self) -> Vec<Value> {
        self.workers.iter().flat_map(Function::log).collect()
    }
}

/// Calls `reassert` for a target until nothing is left that a further call could do.
async fn target(stage: &Stage, worker: &Function, service: &str, region: String) -> Result<TargetEnd, StageError> {
    let mut end = TargetEnd { service: service.to_owned(), region, answer: Value::Null, calls: 0 };
    while end.calls < CALLS {
        let answer = worker.invoke(json!({"service": service, "region": end.region})).await?;
        end.answer = answer.result.map_err(|(kind, message)| format!("reassert failed: {kind}: {message}"))?;
        end.calls += 1;
        match end.outcome() {
            "pending" => stage.aws.advance(WAIT),
            "unfinished" | "failed" => {}
            _ => break,
        }
    }
    Ok(end)
}

/// The state machine waits this long before it calls a pending target again. The simulation's clock is put forward.
pub const WAIT: Duration = Duration::from_secs(300);
