//! The bucket: documents by key, JSON written under a condition where two writers could meet. I/O: S3.

use std::{path::Path, sync::Arc, time::Duration};

use aws_sdk_s3::{
    Client,
    config::timeout::TimeoutConfig,
    operation::{
        get_object::{GetObjectError, GetObjectOutput},
        head_object::HeadObjectError,
    },
    primitives::ByteStream,
};
use rollcall_aws::{Access, Aws, service_error};
use rollcall_core::{ErrorClass, Region, ServiceError};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::OnceCell;

/// The stack's bucket.
#[derive(Debug)]
pub struct Bucket {
    aws: Arc<Aws>,
    region: Region,
    name: String,
    client: OnceCell<Client>,
}

/// Which writing of a document was read, by its entity tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(String);

impl Bucket {
    /// Costs nothing; the first call makes the client.
    #[must_use]
    pub fn new(aws: Arc<Aws>, region: Region, name: String) -> Self {
        Self { aws, region, name, client: OnceCell::new() }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The document at a key; `None` when there is none.
    pub async fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, ServiceError> {
        Ok(self.get_version(key).await?.map(|(document, _)| document))
    }

    /// The document at a key, and which writing of it that is.
    async fn get_version<T: DeserializeOwned>(&self, key: &str) -> Result<Option<(T, Version)>, ServiceError> {
        let Some(object) = self.object(key).await? else { return Ok(None) };
        let version = Version(object.e_tag.clone().unwrap_or_default());
        let document = serde_json::from_slice(&content(key, object.body).await?);
        let document = document.map_err(|error| own(GET, ErrorClass::Unrecognised, "Unreadable", key, &error))?;
        Ok(Some((document, version)))
    }

    /// A text at a key, up to so many bytes, and which version of it that is; `None` when there is none.
    pub async fn get_text(&self, key: &str, most: i64) -> Result<Option<(String, String)>, ServiceError> {
        let Some(object) = self.object(key).await? else { return Ok(None) };
        if object.content_length().is_some_and(|length| length > most) {
            let error = std::io::Error::other(format!("it has more than {most} bytes"));
            return Err(own(GET, ErrorClass::Invalid, "TooLarge", key, &error));
        }
        // A bucket without versions still has entity tags.
        let version = object.version_id.clone().filter(|version| version != "null").or(object.e_tag.clone());
        let text = String::from_utf8(content(key, object.body).await?);
        let text = text.map_err(|error| own(GET, ErrorClass::Invalid, "Unreadable", key, &error))?;
        Ok(Some((text, version.unwrap_or_default())))
    }

    /// The document at a key, and which writing of it that is. One that this version cannot read counts as none, and a
    /// log line says so.
    pub async fn get_readable<T: DeserializeOwned>(
        &self,
        key: &str,
    ) -> Result<(Option<T>, Option<Version>), ServiceError> {
        let Some((document, version)) = self.get_version::<serde_json::Value>(key).await? else {
            return Ok((None, None));
        };
        let read = serde_json::from_value(document);
        let read = read.inspect_err(|error| tracing::error!("{key} cannot be read and is replaced: {error}")).ok();
        Ok((read, Some(version)))
    }

    /// Writes a document, whatever is there.
    pub async fn put<T: Serialize>(&self, key: &str, document: &T) -> Result<(), ServiceError> {
        let request = self.client().await.put_object().bucket(&self.name).key(key);
        let sent = request.content_type(JSON).body(body(key, document)?).send().await;
        sent.map(|_| ()).map_err(|error| about(key, service_error(PUT, &error)))
    }

    /// Writes a text of this content type, whatever is there.
    pub async fn put_text(&self, key: &str, content_type: &str, text: String) -> Result<(), ServiceError> {
        let request = self.client().await.put_object().bucket(&self.name).key(key);
        let sent = request.content_type(content_type).body(text.into_bytes().into()).send().await;
        sent.map(|_| ()).map_err(|error| about(key, service_error(PUT, &error)))
    }

    /// Writes what is in a file, whatever is there. It is read as it is sent, so that it need not fit into memory; an
    /// attempt may take a minute.
    pub async fn put_file(&self, key: &str, content_type: &str, file: &Path) -> Result<(), ServiceError> {
        let body = ByteStream::from_path(file).await;
        let body = body.map_err(|error| own(PUT, ErrorClass::Invalid, "Unreadable", key, &error))?;
        let request = self.client().await.put_object().bucket(&self.name).key(key).content_type(content_type);
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(FILE).operation_timeout(2 * FILE).build();
        let patient = aws_sdk_s3::config::Builder::new().timeout_config(timeouts);
        let sent = request.body(body).customize().config_override(patient).send().await;
        sent.map(|_| ()).map_err(|error| about(key, service_error(PUT, &error)))
    }

    /// Which writing of a document is there; `None` when there is none.
    pub async fn version(&self, key: &str) -> Result<Option<Version>, ServiceError> {
        match self.client().await.head_object().bucket(&self.name).key(key).send().await {
            Ok(object) => Ok(Some(Version(object.e_tag.unwrap_or_default()))),
            Err(error) if error.as_service_error().is_some_and(HeadObjectError::is_not_found) => Ok(None),
            Err(error) => Err(about(key, service_error("HeadObject", &error))),
        }
    }

    /// Writes a document where what is there is still this writing, or still nothing. Which writing it is now; `None` where
    /// it was another one.
    pub async fn replace<T: Serialize>(
        &self,
        key: &str,
        document: &T,
        read: Option<&Version>,
    ) -> Result<Option<Version>, ServiceError> {
        let request = self.client().await.put_object().bucket(&self.name).key(key);
        let request = match read {
            Some(Version(tag)) => request.if_match(tag),
            None => request.if_none_match("*"),
        };
        let sent = request.content_type(JSON).body(body(key, document)?).send().await;
        let error = match sent {
            Ok(written) => return Ok(Some(Version(written.e_tag.unwrap_or_default()))),
            Err(error) => error,
        };
        // 412: another writing is there. 409: another one is under way. 404: what was read is gone.
        let beaten = error.raw_response().is_some_and(|answer| [404, 409, 412].contains(&answer.status().as_u16()));
        if beaten { Ok(None) } else { Err(about(key, service_error(PUT, &error))) }
    }

    async fn object(&self, key: &str) -> Result<Option<GetObjectOutput>, ServiceError> {
        match self.client().await.get_object().bucket(&self.name).key(key).send().await {
            Ok(object) => Ok(Some(object)),
            Err(error) if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) => Ok(None),
            Err(error) => Err(about(key, service_error(GET, &error))),
        }
    }

    async fn client(&self) -> &Client {
        self.client
            .get_or_init(|| async { Client::new(&self.aws.config(&Access::default(), &self.region).await) })
            .await
    }
}

const GET: &str = "GetObject";
const PUT: &str = "PutObject";
const JSON: &str = "application/json";
/// How long an attempt to send a file may take.
const FILE: Duration = Duration::from_mins(1);

async fn content(key: &str, body: ByteStream) -> Result<Vec<u8>, ServiceError> {
    let bytes = body.collect().await.map_err(|error| own(GET, ErrorClass::Transient, "CutShort", key, &error))?;
    Ok(bytes.to_vec())
}

fn body<T: Serialize>(key: &str, document: &T) -> Result<ByteStream, ServiceError> {
    let bytes = serde_json::to_vec(document);
    bytes.map(ByteStream::from).map_err(|error| own(PUT, ErrorClass::Invalid, "Unwritable", key, &error))
}

/// The error with the key that it is about.
fn about(key: &str, mut error: ServiceError) -> ServiceError {
    error.message = format!("{key}: {}", error.message);
    error
}

fn own(
    operation: &'static str,
    class: ErrorClass,
    code: &str,
    key: &str,
    error: &dyn std::error::Error,
) -> ServiceError {
    ServiceError { operation, class, code: code.to_owned(), message: format!("{key}: {error}"), request_id: None }
}
