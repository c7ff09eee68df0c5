//! Configuration for service clients: base configuration, assumed roles. I/O: with the first call, never before.

use std::{collections::HashMap, env};

use aws_config::{
    AppName, BehaviorVersion, environment::EnvironmentVariableCredentialsProvider,
    profile::ProfileFileCredentialsProvider, provider_config::ProviderConfig, retry::RetryConfig,
    sts::AssumeRoleProvider, timeout::TimeoutConfig,
};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::{SdkConfig, region::Region as SdkRegion};
use rollcall_core::{AccountId, Region, ServiceError};
use tokio::sync::{Mutex, OnceCell};

use crate::{Access, Settings, access::Source, http, service_error};

/// What the clients of a process share: one HTTP client, one base configuration, one cache of credentials.
#[derive(Debug)]
pub struct Aws {
    settings: Settings,
    source: Source,
    home: SdkRegion,
    /// What calls and role sessions carry, so that CloudTrail tells who made them.
    name: String,
    http: SharedHttpClient,
    base: OnceCell<SdkConfig>,
    roles: Mutex<HashMap<String, SharedCredentialsProvider>>,
    own_account: OnceCell<AccountId>,
}

impl Aws {
    /// Costs nothing and does no I/O; everything else comes with the first call. `caller` is the program's name:
    /// calls carry `rollcall-<caller>` as the application's name and as the name of role sessions. `home` is the region
    /// whose STS is asked for roles: tokens of a regional endpoint are valid in all regions of the partition, those of the
    /// global one not in opt-in regions.
    #[must_use]
    pub fn new(settings: Settings, home: &Region, caller: &str) -> Self {
        Self::from(Source::Environment, settings, home, caller)
    }

    /// The same with another source of credentials.
    #[must_use]
    pub fn from(source: Source, settings: Settings, home: &Region, caller: &str) -> Self {
        Self {
            settings,
            source,
            home: SdkRegion::new(home.as_str().to_owned()),
            name: format!("rollcall-{caller}"),
            http: http::shared_client(),
            base: OnceCell::new(),
            roles: Mutex::default(),
            own_account: OnceCell::new(),
        }
    }

    /// The configuration to build a service's client from, for calls of `access` in `region`.
    ///
    /// Follows the SDK's environment: credentials, `AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_<SERVICE>`, FIPS; no proxies.
    /// A role is assumed with the first call that needs it, once for all regions.
    pub async fn config(&self, access: &Access, region: &Region) -> SdkConfig {
        let base = self.base().await;
        let mut config = base.to_builder().region(SdkRegion::new(region.as_str().to_owned()));
        if let Some(role) = &access.role_arn {
            config.set_credentials_provider(Some(self.role(role, base).await));
        }
        config.build()
    }

    /// The account that the calls of `access` come from: the role's, or else the one that STS names.
    pub async fn account(&self, access: &Access, region: &Region) -> Result<Option<AccountId>, ServiceError> {
        if access.role_arn.is_some() {
            return Ok(access.account());
        }
        let account = self.own_account.get_or_try_init(|| async {
            let client = aws_sdk_sts::Client::new(&self.config(access, region).await);
            let identity = client.get_caller_identity().send().await;
            let identity = identity.map_err(|error| service_error("GetCallerIdentity", &error))?;
            identity
                .account()
                .and_then(|id| id.parse().ok())
                .ok_or_else(|| crate::errors::unreadable("GetCallerIdentity", "the answer names no account"))
        });
        Ok(Some(*account.await?))
    }

    async fn base(&self) -> &SdkConfig {
        self.base.get_or_init(|| self.load()).await
    }

    async fn load(&self) -> SdkConfig {
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(self.http.clone())
            .region(self.home.clone())
            .retry_config(self.retries())
            .timeout_config(self.timeouts());
        if let Ok(name) = AppName::new(self.name.clone()) {
            loader = loader.app_name(name);
        }
        match &self.source {
            // What the default chain would find first, without building the rest of the chain: as in Lambda.
            Source::Environment if keys_in_environment() => {
                loader = loader.credentials_provider(EnvironmentVariableCredentialsProvider::new());
            }
            Source::Environment => {}
            Source::Profile(name) => {
                // By itself: in the default chain keys in the environment would come before it.
                let config = ProviderConfig::default()
                    .with_http_client(self.http.clone())
                    // Profiles that are in a role ask STS.
                    .with_region(Some(self.home.clone()));
                let profile = ProfileFileCredentialsProvider::builder().configure(&config).profile_name(name).build();
                loader = loader.profile_name(name).credentials_provider(profile);
            }
            Source::Endpoint { url, access_key_id } => {
                let credentials = Credentials::new(access_key_id, "of no account", None, None, "endpoint");
                loader = loader.endpoint_url(url).credentials_provider(credentials);
            }
        }
        loader.load().await
    }

    fn retries(&self) -> RetryConfig {
        RetryConfig::standard()
            .with_max_attempts(self.settings.max_attempts)
            .with_initial_backoff(self.settings.initial_backoff)
    }

    fn timeouts(&self) -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(self.settings.connect_timeout)
            .operation_attempt_timeout(self.settings.attempt_timeout)
            .operation_timeout(self.settings.operation_timeout)
            .build()
    }

    /// The credentials of a role; the same provider for everyone, so that one cached answer of STS serves all.
    async fn role(&self, arn: &str, base: &SdkConfig) -> SharedCredentialsProvider {
        let mut roles = self.roles.lock().await;
        if let Some(provider) = roles.get(arn) {
            return provider.clone();
        }
        let home = self.home.clone();
        let provider =
            AssumeRoleProvider::builder(arn).configure(base).region(home).session_name(&self.name).build().await;
        let provider = SharedCredentialsProvider::new(provider);
        roles.insert(arn.to_owned(), provider.clone());
        provider
    }
}

fn keys_in_environment() -> bool {
    ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
        .iter()
        .all(|name| env::var(name).is_ok_and(|value| !value.trim().is_empty()))
}
