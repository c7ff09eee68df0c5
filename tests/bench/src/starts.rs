//! From process start to the first poll of the Runtime API, and to the first AWS request, beside two yardsticks.
//! The functions take turns, so that a busy machine slows all of them. I/O: processes, loopback.

use std::{collections::BTreeMap, env, net::SocketAddr, process::Stdio, time::Instant};

use rollcall_scenarios::StageError;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    process::Command,
};

use crate::{line, median};

const ROUNDS: usize = 41;

/// A function and an event that makes it call AWS.
struct Subject {
    name: &'static str,
    event: Value,
}

/// Milliseconds from process start.
struct Start {
    poll: f64,
    request: Option<f64>,
}

/// Prints both figures of each function, and their ratios to the yardsticks.
pub async fn print() -> Result<(), StageError> {
    let subjects = [
        Subject { name: "empty-function", event: Value::Null },
        Subject { name: "one-call-function", event: Value::Null },
        Subject { name: "reassert", event: json!({"service": "guardduty", "region": "us-east-1"}) },
        Subject { name: "enroll-account", event: joined() },
    ];
    let mut starts: BTreeMap<&str, Vec<Start>> = BTreeMap::new();
    for _ in 0..ROUNDS {
        for subject in &subjects {
            starts.entry(subject.name).or_default().push(start(subject).await?);
        }
    }
    println!("\nstart, median of {ROUNDS}, taking turns; ratios are of the same turn");
    tell("to the first poll of the Runtime API", "empty-function", &starts, |start| Some(start.poll));
    tell("to the first AWS request", "one-call-function", &starts, |start| start.request);
    Ok(())
}

fn tell(what: &str, yardstick: &str, starts: &BTreeMap<&str, Vec<Start>>, of: fn(&Start) -> Option<f64>) {
    let figures = |name: &str| starts.get(name).into_iter().flatten().filter_map(of).collect::<Vec<f64>>();
    let reference = figures(yardstick);
    line(&format!("{what}: {yardstick}"), &format!("{:.2} ms", median(reference.clone())), "the yardstick");
    for name in ["reassert", "enroll-account"] {
        let own = figures(name);
        let ratio = median(own.iter().zip(&reference).map(|(own, reference)| own / reference).collect());
        line(&format!("{what}: {name}"), &format!("{:.2} ms", median(own)), &format!("{ratio:.2} ×, at most 1.5 ×"));
    }
}

/// Starts the function once, gives it the event, and ends it when it has called AWS.
async fn start(subject: &Subject) -> Result<Start, StageError> {
    let api = TcpListener::bind("127.0.0.1:0").await?;
    let aws = TcpListener::bind("127.0.0.1:0").await?;
    let binary = env::current_exe()?.with_file_name(subject.name);
    let started = Instant::now();
    let mut process = Command::new(binary)
        .env_clear()
        .envs(environment(api.local_addr()?, aws.local_addr()?))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let (mut connection, _) = api.accept().await?;
    request(&mut connection).await?;
    let poll = started.elapsed().as_secs_f64() * 1e3;
    let mut first = None;
    if subject.name != "empty-function" {
        invoke(&mut connection, &subject.event).await?;
        let (mut connection, _) = aws.accept().await?;
        request(&mut connection).await?;
        first = Some(started.elapsed().as_secs_f64() * 1e3);
    }
    process.kill().await?;
    Ok(Start { poll, request: first })
}

/// Reads until a request's head is complete.
async fn request(connection: &mut TcpStream) -> Result<(), StageError> {
    let mut head: Vec<u8> = Vec::new();
    let mut buffer = [0; 4096];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        let read = connection.read(&mut buffer).await?;
        if read == 0 {
            return Err("the function closed the connection".into());
        }
        head.extend(buffer.iter().take(read));
    }
    Ok(())
}

/// Answers the poll with an event, as the Runtime API does.
async fn invoke(connection: &mut TcpStream, event: &Value) -> Result<(), StageError> {
    let body = event.to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nlambda-runtime-aws-request-id: bench\r\n\
         lambda-runtime-deadline-ms: 4102444800000\r\nlambda-runtime-trace-id: Root=1-0-0\r\n\
         lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:111122223333:function:bench\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    connection.write_all(head.as_bytes()).await?;
    connection.write_all(body.as_bytes()).await?;
    Ok(())
}

fn environment(api: SocketAddr, aws: SocketAddr) -> BTreeMap<&'static str, String> {
    let role = |name: &str| format!("arn:aws:iam::111111111111:role/rollcall/{name}");
    [
        ("AWS_LAMBDA_RUNTIME_API", api.to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", "bench".to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
        ("AWS_ENDPOINT_URL", format!("http://{aws}")),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "222222222222".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "simulated".to_owned()),
        ("ROLLCALL_GUARDDUTY_ADMINISTRATOR_ID", "222222222222".to_owned()),
        ("ROLLCALL_INSPECTOR_ADMINISTRATOR_ID", "222222222222".to_owned()),
        ("ROLLCALL_MANAGEMENT_READ_ROLE_ARN", role("management-read")),
        ("ROLLCALL_MANAGEMENT_WRITE_ROLE_ARN", role("management-write")),
    ]
    .into()
}

/// An SQS batch of one account that joined.
fn joined() -> Value {
    let body = json!({
        "source": "aws.organizations",
        "detail-type": "AWS Service Event via CloudTrail",
        "detail": {
            "eventName": "CreateAccountResult",
            "serviceEventDetails": {"createAccountStatus": {"state": "SUCCEEDED", "accountId": "444455556666"}},
        },
    });
    rollcall_scenarios::queue::batch(&[body.to_string()], &[0], 1)
}
