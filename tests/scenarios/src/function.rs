//! One Lambda function: its real binary as a process behind a Runtime API, invoked one event after another.
//! I/O: a process, loopback.

use std::{
    collections::BTreeMap,
    env,
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use lambda_simulator::{InvocationBuilder, Simulator as RuntimeApi};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdout, Command},
};

use crate::StageError;

/// A function's process.
pub struct Function {
    api: RuntimeApi,
    process: Child,
    lines: Arc<Mutex<Vec<Value>>>,
    timeout: Duration,
}

/// What an invocation answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The response, or the error's type and message.
    pub result: Result<Value, (String, String)>,
}

impl Function {
    /// Starts the binary with these variables and nothing of this process's environment.
    pub async fn start(
        name: &str,
        environment: &BTreeMap<String, String>,
        timeout: Duration,
    ) -> Result<Self, StageError> {
        let api = RuntimeApi::builder().function_name(name).build().await?;
        let binary = binary(name)?;
        let mut process = Command::new(&binary)
            .env_clear()
            .envs(environment)
            .env("AWS_LAMBDA_RUNTIME_API", api.addr().to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}"))
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "stage")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{} cannot be started ({error}); build it first", binary.display()))?;
        let lines = Arc::default();
        if let Some(output) = process.stdout.take() {
            tokio::spawn(read(output, Arc::clone(&lines)));
        }
        Ok(Self { api, process, lines, timeout })
    }

    /// Invokes the function and waits for its answer.
    pub async fn invoke(&self, payload: Value) -> Result<Answer, StageError> {
        let timeout = u64::try_from(self.timeout.as_millis())?;
        let invocation = InvocationBuilder::new().payload(payload).timeout_ms(timeout).build()?;
        let id = self.api.enqueue(invocation).await;
        // A function that ignores its deadline is a failed story, some time after it.
        let state = self.api.wait_for_invocation_complete(&id, self.timeout + Duration::from_secs(30)).await?;
        let result = match (state.response, state.error) {
            (Some(response), _) => Ok(response.payload),
            (None, Some(error)) => Err((error.error_type, error.error_message)),
            (None, None) => return Err("the invocation ended with neither response nor error".into()),
        };
        Ok(Answer { result })
    }

    /// Takes the log lines that came since they were last taken.
    #[must_use]
    pub fn take_log(&self) -> Vec<Value> {
        std::mem::take(&mut lock(&self.lines))
    }

    /// The process id, to read its memory by.
    #[must_use]
    pub fn process_id(&self) -> Option<u32> {
        self.process.id()
    }
}

/// Keeps each line that the function prints: JSON as it is, anything else as text.
async fn read(output: ChildStdout, kept: Arc<Mutex<Vec<Value>>>) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let value = serde_json::from_str(&line).unwrap_or(Value::String(line));
        lock(&kept).push(value);
    }
}

fn lock(lines: &Mutex<Vec<Value>>) -> MutexGuard<'_, Vec<Value>> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The binary beside this one: of the same profile, in the same target folder.
fn binary(name: &str) -> Result<PathBuf, StageError> {
    let own = env::current_exe()?;
    // Tests are one folder further down, in `deps`.
    let beside = own.ancestors().skip(1).take(2).map(|folder| folder.join(name)).find(|path| path.is_file());
    Ok(beside.ok_or_else(|| format!("the binary {name} is not built; run `cargo build --workspace` first"))?)
}
