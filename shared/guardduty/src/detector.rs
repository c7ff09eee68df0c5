//! An account's own detector: find it, look at it, turn it on. I/O: GuardDuty, as that account.

use std::collections::BTreeSet;

use aws_sdk_guardduty::{
    Client,
    operation::get_detector::GetDetectorOutput,
    types::{DetectorFeatureConfiguration, DetectorStatus},
};
use rollcall_core::{ErrorClass, Feature, OwnState, ServiceError};

use crate::{
    guardduty::failed,
    read::{self, Notes},
    spec::RUNTIME_MONITORING,
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

/// A detector, as it is told.
pub(crate) async fn look(client: &Client, id: &str) -> Result<GetDetectorOutput, ServiceError> {
    let answer = client.get_detector().detector_id(id).send().await;
    answer.map_err(|error| failed("GetDetector", &error))
}

/// The account's own enrolment, whether it has a detector or not.
pub(crate) async fn look_for(client: &Client) -> Result<(OwnState, Notes), ServiceError> {
    match find(client).await? {
        Some(id) => Ok(read::detector(&look(client, &id).await?)),
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
/// `listed` are the features that the region is known to offer; empty where that is not known.
pub(crate) async fn enable(
    client: &Client,
    features: &BTreeSet<Feature>,
    listed: &BTreeSet<Feature>,
) -> Result<Vec<(Feature, ServiceError)>, ServiceError> {
    if let Some(id) = find(client).await? {
        return update(client, &id, features).await;
    }
    match create(client, features, listed).await {
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
    // What is on already is not named: where an Organizations policy turns GuardDuty on, it may not be written.
    let is_on = look(client, id).await?.status() == Some(&DetectorStatus::Enabled);
    if is_on && features.is_empty() {
        return Ok(Vec::new());
    }
    let call = async |features: BTreeSet<Feature>| {
        let features = write::detector(write::on(&features));
        let request = client.update_detector().detector_id(id).set_enable((!is_on).then_some(true));
        let answer = request.set_features((!features.is_empty()).then_some(features)).send().await;
        answer.map(|_| ()).map_err(|error| failed("UpdateDetector", &error))
    };
    Ok(isolated(features, call).await?.refused)
}

/// Turns features of the detector off; gives those that were refused. GuardDuty itself stays as it is.
pub(crate) async fn turn_off(
    client: &Client,
    id: &str,
    all: &BTreeSet<Feature>,
) -> Result<Vec<(Feature, ServiceError)>, ServiceError> {
    let call = async |features: BTreeSet<Feature>| {
        let features = write::detector(write::off(&features, all));
        let answer = client.update_detector().detector_id(id).set_features(Some(features)).send().await;
        answer.map(|_| ()).map_err(|error| failed("UpdateDetector", &error))
    };
    Ok(isolated(all, call).await?.refused)
}

/// Sets how often updated findings are published. The model lets an update leave out all else, and AWS's documentation
/// does so to change one thing.
pub(crate) async fn set_frequency(client: &Client, id: &str, frequency: &str) -> Result<(), ServiceError> {
    let request = client.update_detector().detector_id(id).finding_publishing_frequency(frequency.into());
    request.send().await.map(|_| ()).map_err(|error| failed("UpdateDetector", &error))
}

/// Makes a detector with the wanted features on and all others off.
///
/// Where that is refused, a feature named in it is not offered by the region, and it cannot be known which. The wanted
/// ones can all be left out, since AWS turns on what is left out. Of the others as few as possible are left out, since
/// one that is offered would be turned on, and billed, though nobody asked for it: so what is accepted first leaves
/// out just those that are not offered.
async fn create(client: &Client, wanted: &BTreeSet<Feature>, listed: &BTreeSet<Feature>) -> Result<(), ServiceError> {
    let wanted = with_parents(wanted);
    let all = write::detector_names(&wanted);
    let missing: BTreeSet<Feature> = if listed.is_empty() { BTreeSet::new() } else { &all - listed };
    let bad = match create_with(client, write::detector_complete(&wanted, &missing)).await {
        Err(error) if is_refusal(&error) => error,
        answer => return answer,
    };
    // Runtime monitoring is the one plan that AWS does not turn on when it is left out.
    let on_anyway = |name: &Feature| wanted.contains(name) && name.as_str() != RUNTIME_MONITORING;
    let (on_anyway, named): (Vec<&Feature>, Vec<&Feature>) =
        all.iter().filter(|name| !is_child(name)).partition(|name| on_anyway(name));
    for left_out in fewest_first(&named).take(MOST_TRIES) {
        let left_out = left_out.into_iter().chain(on_anyway.iter().copied()).cloned().collect();
        match create_with(client, write::detector_complete(&wanted, &left_out)).await {
            Err(error) if is_refusal(&error) => {}
            answer => return answer,
        }
    }
    Err(bad)
}

/// So often a detector is tried to be made without features that might not be offered: enough for any three of them.
const MOST_TRIES: usize = 16;

/// All subsets, small ones before large ones.
fn fewest_first<'a>(features: &[&'a Feature]) -> impl Iterator<Item = Vec<&'a Feature>> {
    let count = u32::try_from(features.len()).unwrap_or(u32::MAX).min(10);
    let mut subsets: Vec<u32> = (0..1_u32 << count).collect();
    subsets.sort_by_key(|subset| subset.count_ones());
    subsets.into_iter().map(move |subset| {
        let chosen = features.iter().enumerate().filter(|(place, _)| *place < 32 && subset >> place & 1 == 1);
        chosen.map(|(_, feature)| *feature).collect()
    })
}

fn is_child(feature: &Feature) -> bool {
    feature.as_str().contains('/')
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

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    fn features(names: &[&str]) -> BTreeSet<Feature> {
        names.iter().map(|name| Feature::named(name)).collect()
    }

    fn error(class: ErrorClass) -> ServiceError {
        crate::sentences::own("UpdateDetector", class, "BadRequestException", "")
    }

    /// A call that a region answers which offers all but these.
    fn answered(missing: &[&str], features: &BTreeSet<Feature>) -> Result<usize, ServiceError> {
        let refused = features.iter().any(|feature| missing.contains(&feature.as_str()));
        if refused { Err(error(ErrorClass::Invalid)) } else { Ok(features.len()) }
    }

    fn isolate(missing: &[&str], asked: &[&str]) -> Result<Isolated<usize>, ServiceError> {
        isolated(&features(asked), async |features| answered(missing, &features)).now_or_never().unwrap()
    }

    #[test]
    fn what_a_region_does_not_offer_is_found_and_the_rest_goes_through() {
        let Isolated { answers, refused } = isolate(&["B"], &["A", "B", "C"]).unwrap();
        assert_eq!(answers, [1, 1]);
        assert_eq!(refused.iter().map(|(feature, _)| feature.as_str()).collect::<Vec<_>>(), ["B"]);
    }

    #[test]
    fn what_goes_through_at_once_is_one_call() {
        assert_eq!(isolate(&["D"], &["A", "B", "C"]).unwrap().answers, [3]);
    }

    #[test]
    fn where_every_feature_is_refused_the_features_are_not_what_is_wrong() {
        assert!(isolate(&["A", "B"], &["A", "B"]).is_err());
        assert!(isolate(&["A"], &["A"]).is_err());
    }

    #[test]
    fn an_error_that_is_no_refusal_isolates_nothing() {
        let calls = std::cell::Cell::new(0);
        let call = async |_| {
            calls.set(calls.get() + 1);
            Err::<(), _>(error(ErrorClass::Throttled))
        };
        let answer = isolated(&features(&["A", "B"]), call).now_or_never().unwrap();
        assert_eq!((answer.unwrap_err().class, calls.get()), (ErrorClass::Throttled, 1));
    }

    #[test]
    fn as_few_features_as_possible_are_left_out() {
        let features = features(&["A", "B", "C"]);
        let features: Vec<&Feature> = features.iter().collect();
        let subsets: Vec<String> =
            fewest_first(&features).map(|subset| subset.iter().map(ToString::to_string).collect()).collect();
        assert_eq!(subsets, ["", "A", "B", "C", "AB", "AC", "BC", "ABC"]);
    }
}
