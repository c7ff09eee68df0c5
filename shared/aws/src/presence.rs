//! Where AWS has a service: Systems Manager's public parameters. I/O: SSM.

use std::collections::BTreeSet;

use aws_sdk_ssm::Client;
use rollcall_core::{Region, ServiceError};

use crate::{Access, Aws, service_error};

impl Aws {
    /// The regions that AWS lists a service in, by its signing name; empty where AWS lists none.
    ///
    /// Source: AWS Systems Manager user guide, "Discovering public parameters":
    /// `/aws/service/global-infrastructure/services/<service>/regions`.
    pub async fn service_regions(&self, service: &str, home: &Region) -> Result<BTreeSet<Region>, ServiceError> {
        let client = Client::new(&self.config(&Access::default(), home).await);
        let path = format!("/aws/service/global-infrastructure/services/{service}/regions");
        let mut pages = client.get_parameters_by_path().path(path).into_paginator().page_size(10).send();
        let mut regions = BTreeSet::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| service_error("GetParametersByPath", &error))?;
            let values = page.parameters.unwrap_or_default().into_iter().filter_map(|parameter| parameter.value);
            regions.extend(values.filter_map(|value| value.parse().ok()));
        }
        Ok(regions)
    }
}
