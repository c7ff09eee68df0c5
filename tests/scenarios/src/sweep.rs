//! A sweep as the state machine makes it: `survey`, then `reassert` for every target, several at a time and again
//! while it asks for that, then `report`. I/O: processes, loopback.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{StageError, function::Function, stage::Stage};

/// So often the state machine tries a call of `survey` again that failed.
const RETRIES: usize = 3;

/// The processes of the sweep's functions.
pub struct Sweep {
    survey: Function,
    /// As many as run at the same time.
    workers: Vec<Function>,
    report: Function,
}

/// How a sweep ended.
#[derive(Debug, Clone)]
pub struct Ended {
    /// How its targets ended.
    pub targets: Vec<TargetEnd>,
    /// What `report` answered.
    pub report: Value,
}

/// How a target ended.
#[derive(Debug, Clone)]
pub struct TargetEnd {
    /// The service, by its id.
    pub service: String,
    /// The region.
    pub region: String,
    /// The last answer of `reassert`; null where it failed.
    pub answer: Value,
    /// How often it was called.
    pub calls: usize,
    /// The type and message of the error that it failed with.
    pub error: Option<(String, String)>,
}

impl TargetEnd {
    /// How the last call ended.
    #[must_use]
    pub fn outcome(&self) -> &str {
        self.answer.get("outcome").and_then(Value::as_str).unwrap_or_default()
    }

    fn next(&self) -> &str {
        self.answer.get("next").and_then(Value::as_str).unwrap_or_default()
    }

    /// What the state machine hands to `report`.
    fn end(&self) -> Value {
        let (error, cause) = self.error.clone().unzip();
        json!({"service": self.service, "region": self.region, "outcome": self.outcome(), "error": error, "cause": cause})
    }
}

impl Sweep {
    /// Starts the processes.
    pub async fn start(stage: &Stage, workers: usize) -> Result<Self, StageError> {
        let mut started = Vec::new();
        for _ in 0..workers {
            started.push(stage.function("reassert").await?);
        }
        let (survey, report) = (stage.function("survey").await?, stage.function("report").await?);
        Ok(Self { survey, workers: started, report })
    }

    /// Sweeps everything. `told` is told of each target that ended.
    pub async fn run(&self, stage: &Stage, told: impl Fn(&TargetEnd)) -> Result<Ended, StageError> {
        self.run_with(stage, json!({}), told).await
    }

    /// Sweeps with the input of an execution, such as `{"regions": […]}`.
    pub async fn run_with(&self, stage: &Stage, input: Value, told: impl Fn(&TargetEnd)) -> Result<Ended, StageError> {
        // No two executions of a state machine have the same name.
        static RUNS: AtomicUsize = AtomicUsize::new(1);
        let name = format!("sweep-{}", RUNS.fetch_add(1, Ordering::SeqCst));
        let surveyed = self.survey(stage, &name, &input).await?;
        let run = surveyed.get("run").cloned().unwrap_or_default();
        let targets = surveyed.get("targets").and_then(Value::as_array).cloned().unwrap_or_default();
        let text = |target: &Value, key: &str| target.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let new = |target: Value| TargetEnd {
            service: text(&target, "service"),
            region: text(&target, "region"),
            answer: Value::Null,
            calls: 0,
            error: None,
        };
        let mut open: Vec<TargetEnd> = targets.into_iter().map(new).collect();
        let mut ended = Vec::new();
        while !open.is_empty() {
            self.call_all(&run, &mut open).await?;
            let (again, done): (Vec<_>, Vec<_>) =
                open.into_iter().partition(|target| target.next() != "done" && target.error.is_none());
            done.iter().for_each(&told);
            ended.extend(done);
            open = again;
            if open.iter().any(|target| target.next() == "wait") {
                stage.aws.advance(WAIT);
            }
        }
        let ends: Vec<Value> = ended.iter().map(TargetEnd::end).collect();
        let report = answered("report", self.report.invoke(json!({"run": run, "ends": ends})).await?.result)?;
        Ok(Ended { targets: ended, report })
    }

    /// Surveys until nothing is left to ask; what failed by itself is tried again after a wait.
    async fn survey(&self, stage: &Stage, name: &str, input: &Value) -> Result<Value, StageError> {
        let (started_at, mut previous, mut retries) = (Timestamp::now().to_string(), Value::Null, RETRIES);
        loop {
            let payload = json!({"run": name, "startedAt": started_at, "input": input, "previous": previous});
            match self.survey.invoke(payload).await?.result {
                Ok(answer) => previous = answer,
                Err((kind, _)) if kind == "CallFailed" && retries > 0 => {
                    retries -= 1;
                    stage.aws.advance(WAIT);
                    continue;
                }
                failed => return answered("survey", failed),
            }
            if previous.get("outcome").and_then(Value::as_str) != Some("unfinished") {
                return Ok(previous);
            }
        }
    }

    /// Calls `reassert` once for each of these targets, as many at a time as there are processes.
    async fn call_all(&self, run: &Value, targets: &mut [TargetEnd]) -> Result<(), StageError> {
        let share = targets.len().div_ceil(self.workers.len());
        let shares = self.workers.iter().zip(targets.chunks_mut(share.max(1)));
        let calls = shares.map(|(worker, targets)| async move {
            for target in targets {
                let (service, region, previous) = (&target.service, &target.region, &target.answer);
                let payload = json!({"service": service, "region": region, "run": run, "previous": previous});
                match worker.invoke(payload).await?.result {
                    Ok(answer) => target.answer = answer,
                    Err(error) => target.error = Some(error),
                }
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
        self.functions().map(Function::output).collect()
    }

    /// Takes the log lines that the processes wrote since they were last taken.
    #[must_use]
    pub fn take_log(&self) -> Vec<Value> {
        self.functions().flat_map(Function::take_log).collect()
    }

    fn functions(&self) -> impl Iterator<Item = &Function> {
        [&self.survey].into_iter().chain(&self.workers).chain([&self.report])
    }
}

fn answered(function: &str, result: Result<Value, (String, String)>) -> Result<Value, StageError> {
    result.map_err(|(kind, message)| format!("{function} failed: {kind}: {message}").into())
}

/// The state machine waits this long before it calls a pending target again. The simulation's clock is put forward.
pub const WAIT: Duration = Duration::from_mins(2);
