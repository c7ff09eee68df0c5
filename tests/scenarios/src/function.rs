//! One Lambda function: its real binary as a process behind a Runtime API, invoked one event after another.
//! I/O: a process, loopback.

use std::{
    collections::BTreeMap,
    env,
    fs::{self, File},
    os::unix::fs::FileExt,
    path::PathBuf,
    process::{self, Stdio},
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    time::Duration,
};

use lambda_simulator::{InvocationBuilder, Simulator as RuntimeApi};
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::StageError;

/// A function's process.
pub struct Function {
    api: RuntimeApi,
    process: Child,
    output: File,
    /// So much of the output was taken.
    taken: AtomicU64,
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
        let (output, writer) = output(name)?;
        let process = Command::new(&binary)
            .env_clear()
            .envs(environment)
            .env("AWS_LAMBDA_RUNTIME_API", api.addr().to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}"))
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "stage")
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{} cannot be started ({error}); build it first", binary.display()))?;
        Ok(Self { api, process, output, taken: AtomicU64::new(0), timeout })
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

    /// Takes the log lines that came since they were last taken: JSON as it is, anything else as text.
    ///
    /// What an invocation printed is there once it was answered.
    #[must_use]
    pub fn take_log(&self) -> Vec<Value> {
        let text = read(&self.output, self.taken.load(Ordering::SeqCst));
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let (lines, _) = text.split_at(whole);
        self.taken.fetch_add(u64::try_from(whole).unwrap_or_default(), Ordering::SeqCst);
        lines.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| line.into())).collect()
    }

    /// Everything that the process printed, on standard output and standard error.
    #[must_use]
    pub fn output(&self) -> String {
        read(&self.output, 0)
    }

    /// The process id, to read its memory by.
    #[must_use]
    pub fn process_id(&self) -> Option<u32> {
        self.process.id()
    }
}

/// A file for what the process prints, to read and to append to. A file and no pipe: what was printed is there at
/// once. It has no name any more, so it goes with the process.
fn output(name: &str) -> Result<(File, File), StageError> {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::SeqCst);
    let path = env::temp_dir().join(format!("rollcall-{}-{number}-{name}", process::id()));
    let writer = File::options().create_new(true).append(true).open(&path)?;
    let reader = File::open(&path)?;
    fs::remove_file(&path)?;
    Ok((reader, writer))
}

fn read(file: &File, from: u64) -> String {
    let (mut bytes, mut buffer, mut at) = (Vec::new(), vec![0; 64 * 1024], from);
    while let Ok(count @ 1..) = file.read_at(&mut buffer, at) {
        bytes.extend(buffer.iter().take(count));
        at += u64::try_from(count).unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The binary beside this one: of the same profile, in the same target folder.
fn binary(name: &str) -> Result<PathBuf, StageError> {
    let own = env::current_exe()?;
    // Tests are one folder further down, in `deps`.
    let beside = own.ancestors().skip(1).take(2).map(|folder| folder.join(name)).find(|path| path.is_file());
    Ok(beside.ok_or_else(|| format!("the binary {name} is not built; run `cargo build --workspace` first"))?)
}
