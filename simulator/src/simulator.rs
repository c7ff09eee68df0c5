//! A running simulation: the server, and the same doors for code in this process. Does I/O: sockets, clock, a thread.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{ConnectInfo, State},
    http,
    response::Response,
};
use serde_json::Value;
use tokio::{net::TcpListener, sync::oneshot};

use crate::{
    Fault, Mistake, Options, Record, SaveError, StartError,
    clock::LONGEST,
    connection::{Connections, Dropper},
    request::Request,
    saved,
    simulation::Simulation,
    start, states,
};

/// More than any request of AWS's.
const LARGEST_BODY: usize = 16 << 20;

/// A running simulation. It ends when it is dropped.
#[derive(Debug)]
pub struct Simulator {
    shared: Arc<Shared>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    server: Option<thread::JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    simulation: Mutex<Simulation>,
    started: Instant,
    /// World time at the start, and by how much the clock was put forward since, in milliseconds.
    advanced: AtomicU64,
    /// In milliseconds.
    latency: AtomicU64,
}

impl Shared {
    fn now(&self) -> u64 {
        let elapsed = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        elapsed.saturating_add(self.advanced.load(Ordering::SeqCst))
    }

    /// Never by more than a hundred years in all.
    fn advance(&self, by: u64) -> u64 {
        let sum = |advanced: u64| Some(advanced.saturating_add(by).min(LONGEST).max(advanced));
        let _ = self.advanced.fetch_update(Ordering::SeqCst, Ordering::SeqCst, sum);
        self.now()
    }

    /// The simulation, with everything done that was due.
    fn settled(&self) -> MutexGuard<'_, Simulation> {
        let mut simulation = self.lock();
        simulation.settle(self.now());
        simulation
    }

    fn lock(&self) -> MutexGuard<'_, Simulation> {
        self.simulation.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Simulator {
    /// Starts a simulation, and returns once it accepts connections.
    pub fn start(options: &Options) -> Result<Self, StartError> {
        let simulation = start::simulation(options, wall()).map_err(StartError::Options)?;
        Self::run(options, simulation)
    }

    /// Goes on with an organization that [`Self::save`] has written. Of the options only the address, the latency and the
    /// faults count: everything else, the switches too, is as it was saved. The world's clock has gone on since.
    pub fn resume(options: &Options, saved: &[u8]) -> Result<Self, StartError> {
        let mut simulation = saved::resume(saved, wall()).map_err(StartError::Saved)?;
        start::add_faults(&mut simulation, options).map_err(StartError::Options)?;
        Self::run(options, simulation)
    }

    /// The whole organization as it is now, for [`Self::resume`] in another process: not the calls, the faults and how much
    /// of the rates is used up. Transitions that are under way go on there.
    pub fn save(&self) -> Result<Vec<u8>, SaveError> {
        saved::save(&self.shared.settled(), wall()).map_err(SaveError)
    }

    fn run(options: &Options, mut simulation: Simulation) -> Result<Self, StartError> {
        simulation.forgets = options.forget_calls;
        let shared = Arc::new(Shared {
            started: Instant::now(),
            advanced: AtomicU64::new(simulation.world.now),
            simulation: Mutex::new(simulation),
            latency: AtomicU64::new(options.latency_ms),
        });
        let listener = std::net::TcpListener::bind(options.listen).map_err(StartError::Listen)?;
        listener.set_nonblocking(true).map_err(StartError::Listen)?;
        let address = listener.local_addr().map_err(StartError::Listen)?;
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = mpsc::channel();
        let state = Arc::clone(&shared);
        // A thread with a runtime of its own: the simulator works in and outside of asynchronous code, and a
        // test that blocks its own runtime does not stop it.
        let server = thread::Builder::new()
            .name("organization-simulator".to_owned())
            .spawn(move || serve(listener, state, stopped, &ready))
            .map_err(StartError::Listen)?;
        is_ready.recv().unwrap_or_else(|_| Err(io::ErrorKind::Other.into())).map_err(StartError::Listen)?;
        Ok(Self { shared, address, stop: Some(stop), server: Some(server) })
    }

    /// Where SDKs are pointed to, such as `http://127.0.0.1:4510`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until the process ends.
    pub fn wait(mut self) {
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }

    /// As `GET /_simulator/organization`.
    #[must_use]
    pub fn organization(&self) -> Value {
        self.shared.settled().organization()
    }

    /// As `GET /_simulator/enrolment`.
    #[must_use]
    pub fn enrolment(&self) -> Vec<Value> {
        self.shared.settled().enrolment()
    }

    /// The calls so far, in the order of their arrival.
    #[must_use]
    pub fn calls(&self) -> Vec<Record> {
        self.shared.lock().log.clone()
    }

    /// Forgets the calls so far.
    pub fn clear_calls(&self) {
        self.shared.lock().log.clear();
    }

    /// Creates an account, and returns the event `CreateAccountResult`.
    pub fn create_account(&self, name: &str, email: &str) -> Result<Value, Mistake> {
        self.shared.settled().create_account(name, email)
    }

    /// Changes an account's opt-in to a region, and returns the event `Region Opt-In Status Change`.
    pub fn set_region(&self, account: &str, region: &str, status: &str) -> Result<Value, Mistake> {
        self.shared.settled().set_region(account, region, status, None)
    }

    /// From now on this fault strikes.
    pub fn add_fault(&self, fault: Fault) -> Result<(), Mistake> {
        self.shared.lock().add_fault(fault)
    }

    /// No fault strikes any more.
    pub fn clear_faults(&self) {
        self.shared.lock().faults.clear();
    }

    /// Makes a special state, as `POST /_simulator/state`.
    pub fn prepare(&self, state: &Value) -> Result<(), Mistake> {
        states::prepare(&mut self.shared.settled().world, state).map_err(Mistake)
    }

    /// Whether who has this access key may do an action, simulated or not, as `POST /_simulator/authorize`.
    pub fn authorize(&self, key: &str, region: &str, action: &str, resource: &str) -> Result<Value, Mistake> {
        self.shared.settled().authorize(key, region, action, resource)
    }

    /// Sets a switch, as the option `--set`.
    pub fn set(&self, name: &str, value: &str) -> Result<(), Mistake> {
        self.shared.settled().world.behaviour.set(name, value).map_err(Mistake)
    }

    /// From now on each answer takes this long.
    pub fn set_latency(&self, latency: Duration) {
        self.shared.latency.store(u64::try_from(latency.as_millis()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    /// Puts the clock forward, so that nobody has to wait.
    pub fn advance(&self, by: Duration) {
        self.shared.advance(u64::try_from(by.as_millis()).unwrap_or(u64::MAX));
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // Without a server the receiver is gone, and there is nothing to stop.
        let _ = self.stop.take().map(|stop| stop.send(()));
        let _ = self.server.take().map(thread::JoinHandle::join);
    }
}

/// The wall clock, in milliseconds since 1970.
fn wall() -> u64 {
    let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(epoch.as_millis()).unwrap_or_default()
}

fn serve(
    listener: std::net::TcpListener,
    shared: Arc<Shared>,
    stopped: oneshot::Receiver<()>,
    ready: &mpsc::Sender<io::Result<()>>,
) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = ready.send(Err(error));
            return;
        }
    };
    runtime.block_on(async {
        let listener = match TcpListener::from_std(listener) {
            Ok(listener) => Connections(listener),
            Err(error) => {
                let _ = ready.send(Err(error));
                return;
            }
        };
        let _ = ready.send(Ok(()));
        let router: Router = Router::new().fallback(answer).with_state(shared);
        let service = router.into_make_service_with_connect_info::<Dropper>();
        tokio::select! {
            _ = axum::serve(listener, service) => {}
            _ = stopped => {}
        }
    });
    runtime.shutdown_background();
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(dropper): ConnectInfo<Dropper>,
    request: http::Request<Body>,
) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return response(413, &[], "the request is too large".to_owned());
    };
    let path = head.uri.path().to_owned();
    if let Some(name) = path.strip_prefix("/_simulator/") {
        let (status, body) = control(&shared, head.method.as_str(), name, &body);
        return response(status, &[("content-type", "application/json".to_owned())], body.to_string());
    }
    let request = Request {
        method: head.method,
        path,
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body: body.to_vec(),
    };
    let outcome = shared.lock().answer(shared.now(), &request);
    let delay = Duration::from_millis(shared.latency.load(Ordering::SeqCst).saturating_add(outcome.delay_ms));
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let Some(reply) = outcome.reply else {
        dropper.drop_connection();
        return Response::default();
    };
    response(reply.status, &reply.headers, reply.body)
}

fn control(shared: &Shared, method: &str, name: &str, body: &[u8]) -> (u16, Value) {
    if (method, name) == ("POST", "clock") {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let Some(by) = body.get("advance-ms").and_then(Value::as_u64) else {
            return (400, serde_json::json!({"error": "`advance-ms` is missing or not a number"}));
        };
        if by > LONGEST {
            return (400, serde_json::json!({"error": format!("`advance-ms` is at most {LONGEST}")}));
        }
        return (200, serde_json::json!({"now": shared.advance(by)}));
    }
    shared.settled().control(method, name, body)
}

fn response(status: u16, headers: &[(&'static str, String)], body: String) -> Response {
    let mut builder = Response::builder().status(status);
    for (name, value) in headers {
        builder = builder.header(*name, value);
    }
    builder.body(Body::from(body)).unwrap_or_default()
}
