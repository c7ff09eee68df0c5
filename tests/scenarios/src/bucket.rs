//! The stack's bucket: an S3 server over a temporary folder. I/O: loopback, a thread, files.

use std::{
    net::SocketAddr,
    sync::{Arc, PoisonError, mpsc},
    thread,
};

use hyper_util::{rt::TokioIo, server::conn::auto::Builder as Http};
use s3s::{
    S3, S3Request, S3Response, S3Result,
    auth::{S3Auth, SecretKey},
    dto::{GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, PutObjectInput, PutObjectOutput},
    service::{S3Service, S3ServiceBuilder},
};
use s3s_fs::FileSystem;
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    sync::{Barrier, Mutex, oneshot},
};

use crate::StageError;

/// The bucket's name.
pub const NAME: &str = "rollcall";

/// The secret of every key on the stage.
pub const SECRET: &str = "a-secret-of-ours";

/// A running S3 server with one bucket. It ends when it is dropped.
#[derive(Debug)]
pub struct Bucket {
    folder: TempDir,
    held: Held,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    server: Option<thread::JoinHandle<()>>,
}

/// Every key has the same secret.
struct AnyKey;

#[async_trait::async_trait]
impl S3Auth for AnyKey {
    async fn get_secret_key(&self, _: &str) -> S3Result<SecretKey> {
        Ok(SECRET.into())
    }
}

/// The folder, one request at a time: S3 decides on a condition and writes at once, and reads are of one writing, while
/// the folder's server looks first and writes later.
struct Atomic {
    files: FileSystem,
    one: Mutex<()>,
    held: Held,
}

/// A key whose next writing is held, and the barrier that it passes twice: when it is there, and when it goes on.
type Held = Arc<std::sync::Mutex<Option<(String, Arc<Barrier>)>>>;

#[async_trait::async_trait]
impl S3 for Atomic {
    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let _one = self.one.lock().await;
        self.files.get_object(request).await
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let _one = self.one.lock().await;
        self.files.head_object(request).await
    }

    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let held = lock(&self.held).take_if(|(key, _)| *key == request.input.key);
        if let Some((_, barrier)) = held {
            barrier.wait().await;
            barrier.wait().await;
        }
        let _one = self.one.lock().await;
        self.files.put_object(request).await
    }
}

impl Bucket {
    /// Starts the server with an empty bucket.
    pub fn start() -> Result<Self, StageError> {
        let folder = TempDir::with_prefix("rollcall-bucket-")?;
        std::fs::create_dir(folder.path().join(NAME))?;
        let held = Held::default();
        let files = FileSystem::new(folder.path()).map_err(|error| format!("{error:?}"))?;
        let mut service = S3ServiceBuilder::new(Atomic { files, one: Mutex::new(()), held: Arc::clone(&held) });
        service.set_auth(AnyKey);
        let service = service.build();
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = mpsc::channel();
        let server = thread::Builder::new().name("bucket".to_owned()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            match runtime {
                Ok(runtime) => runtime.block_on(async {
                    let listener = TcpListener::from_std(listener);
                    let _ = ready.send(listener.as_ref().map(drop).map_err(ToString::to_string));
                    if let Ok(listener) = listener {
                        tokio::select! { () = serve(listener, service) => {}, _ = stopped => {} }
                    }
                }),
                Err(error) => drop(ready.send(Err(error.to_string()))),
            }
        })?;
        is_ready.recv()??;
        Ok(Self { folder, held, address, stop: Some(stop), server: Some(server) })
    }

    /// Where SDKs are pointed to.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Holds the next writing of a key: it waits at the barrier once when it has come, and once more before it goes on.
    #[must_use]
    pub fn hold(&self, key: &str) -> Arc<Barrier> {
        let barrier = Arc::new(Barrier::new(2));
        *lock(&self.held) = Some((key.to_owned(), Arc::clone(&barrier)));
        barrier
    }

    /// Puts a text at a key, as a person does.
    pub fn write(&self, key: &str, text: &str) -> Result<(), StageError> {
        let path = self.folder.path().join(NAME).join(key);
        std::fs::create_dir_all(path.parent().unwrap_or(&path))?;
        Ok(std::fs::write(path, text)?)
    }

    /// The document at a key; null when there is none.
    pub fn read(&self, key: &str) -> Result<Value, StageError> {
        Ok(self.read_text(key)?.map_or(Ok(Value::Null), |text| serde_json::from_str(&text))?)
    }

    /// The text at a key; `None` when there is none.
    pub fn read_text(&self, key: &str) -> Result<Option<String>, StageError> {
        match std::fs::read_to_string(self.folder.path().join(NAME).join(key)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        let _ = self.stop.take().map(|stop| stop.send(()));
        let _ = self.server.take().map(thread::JoinHandle::join);
    }
}

fn lock(held: &Held) -> std::sync::MutexGuard<'_, Option<(String, Arc<Barrier>)>> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(listener: TcpListener, service: S3Service) {
    while let Ok((socket, _)) = listener.accept().await {
        let service = service.clone();
        tokio::spawn(async move {
            let http = Http::new(hyper_util::rt::TokioExecutor::new());
            let _ = http.serve_connection(TokioIo::new(socket), service).await;
        });
    }
}
