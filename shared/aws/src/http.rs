//! The HTTP client that all services share. I/O: network; root certificates are read with the first HTTPS request.

use aws_smithy_http_client::{
    Builder,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    connector_metadata::ConnectorMetadata,
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
    },
    orchestrator::HttpRequest,
    runtime_components::RuntimeComponents,
};

/// One client with `ring`, whose connections are shared by all services, accesses and regions.
///
/// The SDK's own client reads the root certificates whenever a service's client is built, which costs more than all
/// the rest of a cold start. This one reads them with the first HTTPS request, and not at all for an emulator.
pub(crate) fn shared_client() -> SharedHttpClient {
    SharedHttpClient::new(LazyTls { plain: client(TrustStore::empty()), secure: client(TrustStore::default()) })
}

fn client(roots: TrustStore) -> SharedHttpClient {
    let builder = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring));
    match TlsContext::builder().with_trust_store(roots).build() {
        Ok(context) => builder.tls_context(context).build_https(),
        Err(_) => builder.build_https(),
    }
}

#[derive(Debug, Clone)]
struct LazyTls {
    plain: SharedHttpClient,
    secure: SharedHttpClient,
}

impl HttpClient for LazyTls {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(ByScheme {
            clients: self.clone(),
            settings: settings.clone(),
            components: components.clone(),
        })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.secure.connector_metadata()
    }
}

#[derive(Debug)]
struct ByScheme {
    clients: LazyTls,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
}

impl HttpConnector for ByScheme {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = if request.uri().starts_with("http:") { &self.clients.plain } else { &self.clients.secure };
        // The inner client keeps its connectors, so this looks one up.
        client.http_connector(&self.settings, &self.components).call(request)
    }
}
