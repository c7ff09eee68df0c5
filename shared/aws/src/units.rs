//! The names of organizational units, for people. I/O: Organizations.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt, stream};
use rollcall_core::ServiceError;

use crate::{Organization, service_error};

/// So many parents are asked about at a time: few, since Organizations throttles (how much here is not documented).
const AT_ONCE: usize = 2;

impl Organization {
    /// The names of the units on these paths (`o-…/r-…/ou-…/ou-…/`), by id: one listing for each parent of one.
    pub async fn unit_names<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a str>,
    ) -> Result<BTreeMap<String, String>, ServiceError> {
        let names = stream::iter(parents(paths)).map(|parent| self.children(parent)).buffer_unordered(AT_ONCE);
        names.try_concat().await.map(|names| names.into_iter().collect())
    }

    async fn children(&self, parent: String) -> Result<Vec<(String, String)>, ServiceError> {
        let request = self.shared.reader().await.list_organizational_units_for_parent().parent_id(parent);
        let mut pages = request.into_paginator().page_size(20).send();
        let mut names = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| service_error("ListOrganizationalUnitsForParent", &error))?;
            let units = page.organizational_units.unwrap_or_default();
            names.extend(units.into_iter().filter_map(|unit| Some((unit.id?, unit.name?))));
        }
        Ok(names)
    }
}

/// What is a parent of a unit on one of the paths.
fn parents<'a>(paths: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let mut parents = BTreeSet::new();
    for path in paths {
        let places = path.split('/').filter(|place| place.starts_with("r-") || place.starts_with("ou-"));
        let places: Vec<&str> = places.collect();
        let with_children = places.split_last().map_or(&[][..], |(_, above)| above);
        parents.extend(with_children.iter().map(|place| (*place).to_owned()));
    }
    parents
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_a_unit_below_it_is_asked_about() {
        let asked = |paths: &[&str]| parents(paths.iter().copied()).into_iter().collect::<Vec<_>>();
        assert_eq!(asked(&["o-a/r-b/"]), [""; 0]);
        assert_eq!(asked(&["o-a/r-b/ou-c/", "o-a/r-b/ou-c/ou-d/", "o-a/r-b/"]), ["ou-c", "r-b"]);
    }
}
