//! GuardDuty in one region, as its administrator and the management account reach it. I/O: with the first call.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use aws_sdk_guardduty::{Client, config::http::HttpResponse, error::ProvideErrorMetadata, error::SdkError};
use futures::future::{BoxFuture, FutureExt};
use rollcall_aws::{Access, Connection, service_error};
use rollcall_core::{
    AccountFailure, AccountId, Action, Feature, Look, Observed, SecurityService, ServiceError, ServiceSpec,
};
use tokio::sync::OnceCell;

use crate::{SPEC, detector, sentences::refined};

/// Amazon GuardDuty in one region.
#[derive(Debug)]
pub struct GuardDuty {
    connection: Connection,
    administrator: OnceCell<Client>,
    management_read: OnceCell<Client>,
    management_write: OnceCell<Client>,
    memory: Mutex<Memory>,
}

/// What is kept between calls.
#[derive(Debug, Default)]
struct Memory {
    /// The administrator's detector, once it was seen.
    detector: Option<String>,
    /// The features that the region was seen to list.
    listed: BTreeSet<Feature>,
    /// The features that a call was refused for, though others went through, and that the region does not list.
    refused: BTreeSet<Feature>,
}

impl GuardDuty {
    /// Costs nothing; the first call makes the clients.
    #[must_use]
    pub fn connect(connection: Connection) -> Self {
        Self {
            connection,
            administrator: OnceCell::new(),
            management_read: OnceCell::new(),
            management_write: OnceCell::new(),
            memory: Mutex::default(),
        }
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn administrator_id(&self) -> AccountId {
        self.connection.administrator
    }

    pub(crate) async fn administrator(&self) -> &Client {
        self.client(&self.administrator, &self.connection.administrator_access).await
    }

    pub(crate) async fn management_read(&self) -> &Client {
        self.client(&self.management_read, &self.connection.management_read).await
    }

    pub(crate) async fn management_write(&self) -> &Client {
        self.client(&self.management_write, &self.connection.management_write).await
    }

    async fn client<'a>(&'a self, client: &'a OnceCell<Client>, access: &Access) -> &'a Client {
        let Connection { aws, region, .. } = &self.connection;
        client.get_or_init(|| async { Client::new(&aws.config(access, region).await) }).await
    }

    /// The administrator's detector; `None` where it has none. Once seen, it is not asked for again.
    pub(crate) async fn detector(&self) -> Result<Option<String>, ServiceError> {
        if let Some(known) = self.remembered(|memory| memory.detector.clone()) {
            return Ok(Some(known));
        }
        let found = detector::find(self.administrator().await).await?;
        self.remembered(|memory| memory.detector.clone_from(&found));
        Ok(found)
    }

    /// Keeps which features the region lists.
    pub(crate) fn remember_listed(&self, features: impl Iterator<Item = Feature>) {
        self.remembered(|memory| {
            memory.listed.extend(features);
            memory.refused = memory.refused.difference(&memory.listed).cloned().collect();
        });
    }

    /// The features that the region was seen to list; empty where nothing was seen yet.
    pub(crate) fn listed(&self) -> BTreeSet<Feature> {
        self.remembered(|memory| memory.listed.clone())
    }

    /// Keeps that a call was refused for this feature, which the region does not list.
    pub(crate) fn remember_refused(&self, feature: Feature) {
        self.remembered(|memory| memory.refused.insert(feature));
    }

    /// The features that calls were refused for.
    pub(crate) fn refused(&self) -> BTreeSet<Feature> {
        self.remembered(|memory| memory.refused.clone())
    }

    fn remembered<T>(&self, with: impl FnOnce(&mut Memory) -> T) -> T {
        with(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl SecurityService for GuardDuty {
    fn spec(&self) -> &'static ServiceSpec {
        &SPEC
    }

    fn observe<'a>(&'a self, look: &'a Look) -> BoxFuture<'a, Observed> {
        self.look(look).boxed()
    }

    fn apply<'a>(&'a self, action: &'a Action) -> BoxFuture<'a, Result<Vec<AccountFailure>, ServiceError>> {
        self.act(action).boxed()
    }
}

/// A whole call's error.
pub(crate) fn failed<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> ServiceError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    refined(service_error(operation, error))
}
