//! Whether findings flow on to Security Hub. Rollcall itself does not need it. I/O: Security Hub.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_securityhub::{Client, operation::describe_hub::DescribeHubError};
use futures::future::join_all;
use rollcall_aws::{Access, service_error};
use rollcall_core::{AccountId, Region, ServiceError};
use tokio::sync::Semaphore;

use super::{
    finding::{Finding, in_each},
    ground::Ground,
    services::names,
};
use crate::text::regions;

const CHECK: &str = "Security Hub";

/// How a region of an account stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Stands {
    /// All findings are received.
    Well,
    /// It is off.
    Off,
    /// It does not receive these products' findings.
    Without(BTreeSet<&'static str>),
    /// It could not be seen.
    Unseen(String),
}

/// The account that administers services, and the products to be received in each region.
type Wanted<'a> = BTreeMap<(AccountId, &'a Access), BTreeMap<&'a Region, BTreeSet<&'static str>>>;

/// Findings for each administrator.
pub(super) async fn check(ground: &Ground<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let at_once = Semaphore::new(ground.session.configuration.targets_at_once);
    for ((account, access), wanted) in wanted(ground) {
        let looks = wanted.iter().map(|(region, products)| look(ground, (account, access), region, products, &at_once));
        let mut found: BTreeMap<Stands, BTreeSet<&Region>> = BTreeMap::new();
        for (region, stands) in wanted.keys().zip(join_all(looks).await) {
            found.entry(stands).or_default().insert(region);
        }
        findings.extend(found.iter().map(|(stands, places)| told(account, stands, places, wanted.len())));
    }
    findings
}

fn wanted<'a>(ground: &'a Ground<'_>) -> Wanted<'a> {
    let mut wanted = Wanted::new();
    for entry in ground.services() {
        // What cannot be listed the administrators' check tells.
        let (Ok(governed), Some(names)) = (ground.governed(entry), names(entry.spec.id.as_str())) else { continue };
        let Some((account, access)) = ground.session.configuration.administrators.get(&entry.spec.id) else { continue };
        for region in governed {
            let regions = wanted.entry((*account, access)).or_default();
            regions.entry(region).or_default().insert(names.product);
        }
    }
    wanted
}

async fn look(
    ground: &Ground<'_>,
    (account, access): (AccountId, &Access),
    region: &Region,
    products: &BTreeSet<&'static str>,
    at_once: &Semaphore,
) -> Stands {
    // The semaphore is never closed.
    let _permit = at_once.acquire().await;
    let client = Client::new(&ground.session.aws().config(access, region).await);
    let unseen = |error| Stands::Unseen(ServiceError { request_id: None, ..error }.to_string());
    match client.describe_hub().send().await {
        Ok(_) => {}
        Err(error) if error.as_service_error().is_some_and(is_off) => return Stands::Off,
        Err(error) => return unseen(service_error("DescribeHub", &error)),
    }
    match received(&client).await {
        Ok(received) => {
            let missing = products.iter().copied().filter(|product| !is_received(&received, region, account, product));
            let missing: BTreeSet<&'static str> = missing.collect();
            if missing.is_empty() { Stands::Well } else { Stands::Without(missing) }
        }
        Err(error) => unseen(error),
    }
}

/// AWS answers so where the account has no hub in the region.
fn is_off(error: &DescribeHubError) -> bool {
    error.is_invalid_access_exception() || error.is_resource_not_found_exception()
}

async fn received(client: &Client) -> Result<Vec<String>, ServiceError> {
    let mut pages = client.list_enabled_products_for_import().into_paginator().send();
    let mut received = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| service_error("ListEnabledProductsForImport", &error))?;
        received.extend(page.product_subscriptions.unwrap_or_default());
    }
    Ok(received)
}

/// Whether a subscription is the product's: `arn:aws:securityhub:<region>:<account>:product-subscription/<product>`.
fn is_received(received: &[String], region: &Region, account: AccountId, product: &str) -> bool {
    let ending = format!(":securityhub:{region}:{account}:product-subscription/{product}");
    received.iter().any(|arn| arn.ends_with(&ending))
}

fn told(account: AccountId, stands: &Stands, found: &BTreeSet<&Region>, all: usize) -> Finding {
    let places = regions(found, all);
    let run_in = format!("account {account}");
    match stands {
        Stands::Well => Finding::ok(CHECK, format!("receives the findings in {account} in {places}")),
        Stands::Off => Finding::note(CHECK, format!("is off in {account} in {places}"))
            .means("findings stay in the services there; to collect them, which AWS bills")
            .run_in(run_in)
            .command(in_each(found.iter().copied(), "aws securityhub enable-security-hub --region REGION")),
        Stands::Without(products) => {
            let named: Vec<&str> = products.iter().copied().collect();
            let note = Finding::note(CHECK, format!("does not receive {} in {account} in {places}", named.join(", ")))
                .means("these findings stay in the service there; to collect them")
                .run_in(run_in);
            products.iter().fold(note, |note, product| note.command(receive(found, product)))
        }
        Stands::Unseen(why) => Finding::unknown(CHECK, format!("could not be seen in {account} in {places}: {why}"))
            .means(
                "the administrator's access needs securityhub:DescribeHub and ListEnabledProductsForImport for this",
            ),
    }
}

fn receive(found: &BTreeSet<&Region>, product: &str) -> String {
    let partition = match found.first().map_or("", |region| region.as_str()) {
        china if china.starts_with("cn-") => "aws-cn",
        government if government.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    let product = format!("arn:{partition}:securityhub:REGION::product/{product}");
    let command = format!("aws securityhub enable-import-findings-for-product --product-arn {product} --region REGION");
    in_each(found.iter().copied(), &command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_is_of_its_region_account_and_product() {
        let (region, account) = ("eu-west-1".parse().unwrap(), "222222222222".parse().unwrap());
        let arn = |text: &str| vec![format!("arn:aws:securityhub:{text}")];
        let is = |text: &str| is_received(&arn(text), &region, account, "aws/guardduty");
        assert!(is("eu-west-1:222222222222:product-subscription/aws/guardduty"));
        assert!(!is("eu-west-1:111111111111:product-subscription/aws/guardduty"));
        assert!(!is("us-east-1:222222222222:product-subscription/aws/guardduty"));
        assert!(!is("eu-west-1:222222222222:product-subscription/aws/inspector"));
    }

    #[test]
    fn what_is_missing_is_enabled_in_each_region() {
        let regions: Vec<Region> = ["eu-west-1", "us-east-1"].map(|region| region.parse().unwrap()).to_vec();
        assert_eq!(
            receive(&regions.iter().collect(), "aws/inspector"),
            "for region in eu-west-1 us-east-1; do aws securityhub enable-import-findings-for-product --product-arn \
             arn:aws:securityhub:${region}::product/aws/inspector --region ${region}; done"
        );
    }
}
