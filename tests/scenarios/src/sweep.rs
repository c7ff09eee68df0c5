//! A sweep as the state machine makes it: `reassert` for every target, several at a time, called again while it
//! makes progress. I/O: processes, loopback.

use std::time::Duration;

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

    fn wants_another_call(&self) -> bool {
        self.calls < CALLS && matches!(self.outcome(), "pending" | "unfinished" | "failed")
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

    /// Re-asserts every target, and again those that are not done, as the state machine would. `told` is told of
    /// each that ended.
    pub async fn run(&self, stage: &Stage, told: impl Fn(&TargetEnd)) -> Result<Vec<TargetEnd>, StageError> {
        let regions = stage.regions();
        let targets = SERVICES.iter().flat_map(|service| regions.iter().map(move |region| (*service, region.clone())));
        let new = |(service, region): (&str, String)| TargetEnd {
            service: service.into(),
            region,
            answer: Value::Null,
            calls: 0,
        };
        let mut open: Vec<TargetEnd> = targets.map(new).collect();
        let mut ended = Vec::new();
        while !open.is_empty() {
            self.call_all(&mut open).await?;
            let (again, done): (Vec<_>, Vec<_>) = open.into_iter().partition(TargetEnd::wants_another_call);
            done.iter().for_each(&told);
            ended.extend(done);
            open = again;
            // An unfinished one is called again at once.
            if open.iter().any(|target| target.outcome() != "unfinished") {
                stage.aws.advance(WAIT);
            }
        }
        Ok(ended)
    }

    /// Calls `reassert` once for each of these targets, as many at a time as there are processes.
    async fn call_all(&self, targets: &mut [TargetEnd]) -> Result<(), StageError> {
        let share = targets.len().div_ceil(self.workers.len());
        let shares = self.workers.iter().zip(targets.chunks_mut(share.max(1)));
        let calls = shares.map(|(worker, targets)| async move {
            for target in targets {
                let answer = worker.invoke(json!({"service": target.service, "region": target.region})).await?;
                let answer = answer.result.map_err(|(kind, message)| format!("reassert failed: {kind}: {message}"))?;
                target.answer = answer;
                target.calls += 1;
            }
            Ok::<_, StageError>(())
        });
        futures::future::try_join_all(calls).await?;
        Ok(())
    }

    /// Everything that the processes printed.
    #[must_use]
    pub fn output(&self) -> String {
        self.workers.iter().map(Function::output).collect()
    }

    /// Takes the log lines that the processes wrote since they were last taken.
    #[must_use]
    pub fn take_log(&self) -> Vec<Value> {
        self.workers.iter().flat_map(Function::take_log).collect()
    }
}

/// The state machine waits this long before it calls a pending target again. The simulation's clock is put forward.
pub const WAIT: Duration = Duration::from_mins(2);
