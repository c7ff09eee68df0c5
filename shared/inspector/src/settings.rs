//! Inspector's settings, as the core knows them and as AWS takes them. No I/O.

use std::collections::BTreeMap;

use aws_sdk_inspector2::{
    operation::{
        get_configuration::GetConfigurationOutput,
        get_ec2_deep_inspection_configuration::GetEc2DeepInspectionConfigurationOutput,
    },
    types::{Ec2Configuration, EcrConfiguration, VmScannerState},
};
use rollcall_core::{ErrorClass, ServiceError};

use crate::{
    failure,
    spec::{DEEP_INSPECTION_PATHS, EC2_SCAN_MODE, ECR_RESCAN_DURATION},
};

/// Settings by their keys.
pub(crate) type Settings = BTreeMap<&'static str, String>;

/// The settings that `GetConfiguration` tells and `UpdateConfiguration` sets.
const OF_CONFIGURATION: [&str; 2] = [EC2_SCAN_MODE, ECR_RESCAN_DURATION];

/// Whether `GetConfiguration` tells one of them.
pub(crate) fn of_configuration<'a>(mut keys: impl Iterator<Item = &'a &'static str>) -> bool {
    keys.any(|key| OF_CONFIGURATION.contains(key))
}

/// What the administrator's configuration tells. A change that is still pending is told as done already.
pub(crate) fn configuration(found: &GetConfigurationOutput) -> Settings {
    let ec2 = found.ec2_configuration().and_then(|ec2| ec2.scan_mode_state()).and_then(|state| state.scan_mode());
    let ecr = found.ecr_configuration().and_then(|ecr| ecr.rescan_duration_state());
    let ecr = ecr.and_then(|state| state.rescan_duration());
    let told = [
        (EC2_SCAN_MODE, ec2.map(|mode| mode.as_str().to_owned())),
        (ECR_RESCAN_DURATION, ecr.map(|duration| duration.as_str().to_owned())),
    ];
    told.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

/// The organization's paths. That an answer without them means that there are none is a guess: the model does not
/// require them, and the call is the one that tells them.
pub(crate) fn paths(found: &GetEc2DeepInspectionConfigurationOutput) -> (&'static str, String) {
    (DEEP_INSPECTION_PATHS, joined(found.org_package_paths()))
}

/// Paths as one text. Their order means nothing, so it is always the same.
fn joined(paths: &[String]) -> String {
    let mut paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    paths.sort_unstable();
    paths.dedup();
    paths.join(":")
}

/// The paths of such a text. A path of Windows has a colon of its own, after its drive: no path of the model is one
/// letter, and none but those begins with a backslash.
pub(crate) fn split(paths: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for part in paths.split(':').filter(|part| !part.is_empty()) {
        match found.last_mut() {
            Some(drive) if part.starts_with('\\') && is_drive(drive) => *drive = format!("{drive}:{part}"),
            _ => found.push(part.to_owned()),
        }
    }
    found
}

fn is_drive(part: &str) -> bool {
    part.len() == 1 && part.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// What an update of the configuration sends. A part that is not to change is left out; of one that is, everything else
/// is echoed, since what leaving it out does is not documented.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Update {
    pub(crate) ec2: Option<Ec2Configuration>,
    pub(crate) ecr: Option<EcrConfiguration>,
}

impl Update {
    pub(crate) fn new(found: &GetConfigurationOutput, to: &Settings) -> Result<Self, ServiceError> {
        let not_built = |error| failure::own("UpdateConfiguration", ErrorClass::Invalid, "NotBuilt", &error);
        let ec2 = to.get(EC2_SCAN_MODE).map(|mode| {
            let scanner = found.ec2_configuration().and_then(|ec2| ec2.vm_scanner_state());
            let builder = Ec2Configuration::builder().scan_mode(mode.as_str().into());
            builder.set_activate_vm_scanner(scanner.and_then(VmScannerState::activated)).build()
        });
        let ecr = to.get(ECR_RESCAN_DURATION).map(|duration| {
            let state = found.ecr_configuration().and_then(|ecr| ecr.rescan_duration_state());
            let builder = EcrConfiguration::builder().rescan_duration(duration.as_str().into());
            builder
                .set_pull_date_rescan_duration(state.and_then(|state| state.pull_date_rescan_duration()).cloned())
                .set_pull_date_rescan_mode(state.and_then(|state| state.pull_date_rescan_mode()).cloned())
                .build()
        });
        Ok(Self { ec2: ec2.transpose().map_err(not_built)?, ecr: ecr.transpose().map_err(not_built)? })
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_inspector2::types::{
        Ec2ConfigurationState, Ec2ScanMode, Ec2ScanModeState, EcrConfigurationState, EcrPullDateRescanDuration,
        EcrPullDateRescanMode, EcrRescanDuration, EcrRescanDurationState,
    };

    use super::*;

    fn found() -> GetConfigurationOutput {
        let ec2 = Ec2ConfigurationState::builder()
            .scan_mode_state(Ec2ScanModeState::builder().scan_mode(Ec2ScanMode::Ec2SsmAgentBased).build())
            .vm_scanner_state(VmScannerState::builder().activated(true).build())
            .build();
        let duration = EcrRescanDurationState::builder()
            .rescan_duration(EcrRescanDuration::Days30)
            .pull_date_rescan_duration(EcrPullDateRescanDuration::Days14)
            .pull_date_rescan_mode(EcrPullDateRescanMode::LastInUseAt)
            .build();
        let ecr = EcrConfigurationState::builder().rescan_duration_state(duration).build();
        GetConfigurationOutput::builder().ec2_configuration(ec2).ecr_configuration(ecr).build()
    }

    fn settings<const N: usize>(settings: [(&'static str, &str); N]) -> Settings {
        settings.into_iter().map(|(key, value)| (key, value.to_owned())).collect()
    }

    #[test]
    fn the_configuration_tells_its_settings_and_no_more_than_it_has() {
        let expected = [(EC2_SCAN_MODE, "EC2_SSM_AGENT_BASED"), (ECR_RESCAN_DURATION, "DAYS_30")];
        assert_eq!(configuration(&found()), settings(expected));
        assert_eq!(configuration(&GetConfigurationOutput::builder().build()), Settings::new());
    }

    #[test]
    fn only_settings_of_the_configuration_need_it() {
        assert!(of_configuration([&DEEP_INSPECTION_PATHS, &EC2_SCAN_MODE].into_iter()));
        assert!(!of_configuration([&DEEP_INSPECTION_PATHS].into_iter()));
    }

    #[test]
    fn an_update_sends_what_changes_and_echoes_what_belongs_to_it() {
        let hybrid =
            Ec2Configuration::builder().scan_mode(Ec2ScanMode::Ec2Hybrid).activate_vm_scanner(true).build().unwrap();
        let update = Update::new(&found(), &settings([(EC2_SCAN_MODE, "EC2_HYBRID")])).unwrap();
        assert_eq!(update, Update { ec2: Some(hybrid), ecr: None });
        let lifetime = EcrConfiguration::builder()
            .rescan_duration(EcrRescanDuration::Lifetime)
            .pull_date_rescan_duration(EcrPullDateRescanDuration::Days14)
            .pull_date_rescan_mode(EcrPullDateRescanMode::LastInUseAt)
            .build()
            .unwrap();
        let update = Update::new(&found(), &settings([(ECR_RESCAN_DURATION, "LIFETIME")])).unwrap();
        assert_eq!(update, Update { ec2: None, ecr: Some(lifetime) });
    }

    #[test]
    fn what_was_not_told_is_not_echoed() {
        let nothing = GetConfigurationOutput::builder().build();
        let to = settings([(EC2_SCAN_MODE, "EC2_HYBRID"), (ECR_RESCAN_DURATION, "DAYS_7")]);
        let update = Update::new(&nothing, &to).unwrap();
        assert_eq!(update.ec2.unwrap().activate_vm_scanner(), None);
        let ecr = update.ecr.unwrap();
        assert_eq!((ecr.pull_date_rescan_duration(), ecr.pull_date_rescan_mode()), (None, None));
    }

    #[test]
    fn paths_are_one_text_in_one_order() {
        let found = GetEc2DeepInspectionConfigurationOutput::builder();
        let (_, text) = paths(&found.org_package_paths("/usr/lib").org_package_paths("/opt/app").build());
        assert_eq!(text, "/opt/app:/usr/lib");
        assert_eq!(split(&text), ["/opt/app", "/usr/lib"]);
        assert_eq!(paths(&GetEc2DeepInspectionConfigurationOutput::builder().build()).1, "");
        assert_eq!(split(""), [""; 0]);
    }

    #[test]
    fn a_path_of_windows_keeps_its_colon() {
        let some = ["/opt/a", "/z", r"C:\Program Files\b", r"D:\c"].map(ToOwned::to_owned);
        assert_eq!(split(&joined(&some)), some);
        assert_eq!(split("/opt/a:C"), ["/opt/a", "C"]);
    }
}
