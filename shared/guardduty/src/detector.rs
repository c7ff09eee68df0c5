//! An account's own detector: find it, look at it, turn it on. I/O: GuardDuty, as that account.

use std::collections::BTreeSet;

use aws_sdk_guardduty::{Client, types::DetectorFeatureConfiguration};
use rollcall_core::{ErrorClass, Feature, OwnState, ServiceError};

use crate::{
    guardduty::failed,
    read::{self, Notes},
    spec::{DETECTOR_ONLY, SPEC},
    write,
};

/// The account's detector; `None` where it has none. AWS allows one per account and region.
pub(crate) async fn find(client: &Client) -> Result<Option<String>, ServiceError> {
    let mut pages = client.list_detectors().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| failed("ListDetectors", &error))?;
        if let Some(id) = page.detector_ids().first() {
            return Ok(Some(id.clone()));
        }
    }
    Ok(None)
}

/// A detector's status and features.
pub(crate) async fn look(client: &Client, id: &str) -> Result<(OwnState, Notes), ServiceError> {
    let answer = client.get_detector().detector_id(id).send().await;
    answer.map(|answer| read::detector(&answer)).map_err(|error| failed("GetDetector", &error))
}

/// The account's own enrolment, whether it has a detector or not.
pub(crate) async fn look_for(client: &Client) -> Result<(OwnState, Notes), ServiceError> {
    match find(client).await? {
        Some(id) => look(client, &id).await,
        None => Ok((OwnState::default(), Notes::default())),
    }
}

/// A call with several features, of which some were refused while others went through.
#[derive(Debug)]
pub(crate) struct Isolated<T> {
    /// The answers of the calls that went through.
    pub(crate) answers: Vec<T>,
    /// The features that were refused, each with its error.
    pub(crate) refused: Vec<(Feature, ServiceError)>,
}

/// Makes a call for all features at once and, where GuardDuty refuses that as a bad request, for each feature by
/// itself, so that one that the region does not offer stops no other. Fails where every feature is refused, since
/// then the features are not what is wrong.
pub(crate) async fn isolated<T, F>(
    features: &BTreeSet<Feature>,
    call: impl Fn(BTreeSet<Feature>) -> F,
) -> Result<Isolated<T>, ServiceError>
where
    F: Future<Output = Result<T, ServiceError>>,
{
    let (mut answers, mut refused) = (Vec::new(), Vec::new());
    let bad = match call(features.clone()).await {
        Ok(answer) => return Ok(Isolated { answers: vec![answer], refused }),
        Err(error) if is_refusal(&error) && features.len() > 1 => error,
        Err(error) => return Err(error),
    };
    for feature in features {
        match call(BTreeSet::from([feature.clone()])).await {
            Ok(answer) => answers.push(answer),
            Err(error) if is_refusal(&error) => refused.push((feature.clone(), error)),
            Err(error) => return Err(error),
        }
    }
    if answers.is_empty() { Err(bad) } else { Ok(Isolated { answers, refused }) }
}

fn is_refusal(error: &ServiceError) -> bool {
    matches!(error.class, ErrorClass::Invalid | ErrorClass::NotOffered)
}

/// Turns GuardDuty on in the account, with these features; gives the features that were refused.
///
/// A detector that is there is updated, also one that appeared a moment ago: designation makes one by itself.
pub(crate) async fn enable(
    client: &Client,
    features: &BTreeSet<Feature>,
) -> Result<Vec<(Feature, ServiceError)>, ServiceError> {
    if let Some(id) = find(client).await? {
        return update(client, &id, features).await;
    }
    match create(client, features).await {
        Err(error) if error.class == ErrorClass::AlreadyDone => match find(client).await? {
            Some(id) => update(client, &id, features).await,
            None => Err(error),
        },
        Err(error) => Err(error),
        Ok(()) => Ok(Vec::new()),
    }
}

async fn update(
    client: &Client,
    id: &str,
    features: &BTreeSet<Feature>,
) -> Result<Vec<(Feature, ServiceError)>, ServiceError> {
    let call = async |features: BTreeSet<Feature>| {
        let features = write::detector_on(&features);
        let request = client.update_detector().detector_id(id).enable(true);
        let answer = request.set_features((!features.is_empty()).then_some(features)).send().await;
        answer.map(|_| ()).map_err(|error| failed("UpdateDetector", &error))
    };
    Ok(isolated(features, call).await?.refused)
}

/// Makes a detector with the wanted features on and all others off.
///
/// Where that is refused, a feature named in it is not offered by the region, and it cannot be known which. The wanted
/// ones can all be left out, since AWS turns on what is left out; of the others one is left out at a time, since
/// leaving them all out would turn on, and bill, what nobody asked for.
async fn create(client: &Client, wanted: &BTreeSet<Feature>) -> Result<(), ServiceError> {
    let wanted = with_parents(wanted);
    let nothing = BTreeSet::new();
    let bad = match create_with(client, write::detector_complete(&wanted, &nothing)).await {
        Err(error) if is_refusal(&error) => error,
        answer => return answer,
    };
    let known = SPEC.features.iter().map(|known| known.name).chain([DETECTOR_ONLY]).map(Feature::known);
    let unwanted = known.filter(|feature| !wanted.contains(feature) && !feature.as_str().contains('/'));
    let further = unwanted.map(|feature| wanted.iter().cloned().chain([feature]).collect());
    for left_out in std::iter::once(wanted.clone()).chain(further) {
        match create_with(client, write::detector_complete(&wanted, &left_out)).await {
            Err(error) if is_refusal(&error) => {}
            answer => return answer,
        }
    }
    Err(bad)
}

async fn create_with(client: &Client, features: Vec<DetectorFeatureConfiguration>) -> Result<(), ServiceError> {
    let answer = client.create_detector().enable(true).set_features(Some(features)).send().await;
    answer.map(|_| ()).map_err(|error| failed("CreateDetector", &error))
}

/// The features with those that their additional configurations belong to.
fn with_parents(features: &BTreeSet<Feature>) -> BTreeSet<Feature> {
    let parents = features.iter().filter_map(|feature| feature.as_str().split_once('/'));
    parents.map(|(parent, _)| Feature::named(parent)).chain(features.iter().cloned()).collect()
}
