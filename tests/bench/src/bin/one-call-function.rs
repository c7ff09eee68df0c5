//! The yardstick of the first AWS request: a function that makes one call, as SDK examples do it. I/O: Lambda, AWS.

use aws_config::BehaviorVersion;
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

fn main() -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let config = aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(http).load().await;
        let client = aws_sdk_organizations::Client::new(&config);
        run(service_fn(|_: LambdaEvent<Value>| async {
            client.list_accounts().send().await?;
            Ok::<_, Error>(())
        }))
        .await
    })
}
