//! Generated organizations, and what AWS does in them. No I/O.

use std::collections::BTreeSet;

use proptest::{
    prelude::*,
    sample::{select, subsequence},
};
use rollcall_core::{
    AccountState, AutoEnableSettings, Feature, FeatureStatus, Policy, RegionStatus, Relationship, ServiceSpec,
    policy::Wanted,
};

use super::{
    ADMINISTRATOR, Dice, MANAGEMENT,
    generate::settings,
    id,
    specs::{GUARD, INSPECT},
    world::{Sim, World},
};

/// What is generated of a world; the rest follows.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the simulated AWS")]
pub(crate) struct Setting {
    pub(crate) spec: &'static ServiceSpec,
    pub(crate) opt_in: bool,
    pub(crate) accounts: Vec<Sim>,
    pub(crate) designated: bool,
    pub(crate) designation_enables: bool,
    pub(crate) trusted: Vec<&'static str>,
    pub(crate) settings: AutoEnableSettings,
    pub(crate) automation: bool,
    pub(crate) transition_reads: u64,
    pub(crate) stale_reads: u64,
    pub(crate) random_faults: u64,
    pub(crate) runtime: bool,
    pub(crate) seed: u64,
}

fn sim(spec: &'static ServiceSpec, opt_in: bool) -> impl Strategy<Value = Sim> {
    let state = prop_oneof![
        8 => Just(AccountState::Active),
        1 => Just(AccountState::PendingClosure),
        1 => Just(AccountState::Suspended),
        1 => Just(AccountState::Closed),
    ];
    let region = if opt_in {
        prop_oneof![3 => Just(RegionStatus::Enabled), 1 => Just(RegionStatus::Disabled)].boxed()
    } else {
        Just(RegionStatus::EnabledByDefault).boxed()
    };
    let relationships = vec![
        Relationship::NotListed,
        Relationship::NotListed,
        Relationship::Enabled,
        Relationship::Created,
        Relationship::Removed,
        Relationship::Resigned,
        Relationship::Disabled,
    ];
    let names: Vec<&'static str> = spec.features.iter().map(|feature| feature.name).collect();
    let count = names.len();
    (state, region, select(relationships), any::<bool>(), subsequence(names, 0..=count), 0..3u64).prop_map(
        |(state, region, relationship, on, features, busy)| {
            let associated = matches!(relationship, Relationship::Enabled);
            let on_before: BTreeSet<&str> = features.iter().copied().collect();
            // What AWS would not have let be.
            let possible =
                |name: &&str| !(name.starts_with("RUNTIME_MONITORING") && on_before.contains("EKS_RUNTIME_MONITORING"));
            let features = features.iter().filter(|name| possible(name));
            let features = features.map(|name| (Feature::known(name), FeatureStatus::On)).collect();
            Sim { state, region, relationship, on: on || associated, features, busy, ..Sim::default() }
        },
    )
}

pub(crate) fn setting() -> impl Strategy<Value = Setting> {
    (select(vec![&GUARD, &INSPECT]), any::<bool>()).prop_flat_map(|(spec, opt_in)| {
        let principals: Vec<&'static str> =
            spec.trusted_access.iter().copied().chain(["account.amazonaws.com"]).collect();
        let count = principals.len();
        (
            prop::collection::vec(sim(spec, opt_in), 2..12),
            (any::<bool>(), any::<bool>(), subsequence(principals, 0..=count)),
            settings(spec),
            (any::<bool>(), 0..4u64, 0..3u64, 0..5u64, any::<bool>(), any::<u64>()),
        )
            .prop_map(move |(accounts, (designated, designation_enables, trusted), settings, more)| {
                let (automation, transition_reads, stale_reads, random_faults, runtime, seed) = more;
                Setting {
                    spec,
                    opt_in,
                    accounts,
                    designated,
                    designation_enables,
                    trusted,
                    settings,
                    automation,
                    transition_reads,
                    stale_reads,
                    random_faults,
                    runtime,
                    seed,
                }
            })
    })
}

impl Setting {
    pub(crate) fn world(&self) -> World {
        let mut world = World::new(self.spec, 0);
        world.accounts = (1..).map(id).zip(self.accounts.iter().cloned()).collect();
        let on = if self.opt_in { RegionStatus::Enabled } else { RegionStatus::EnabledByDefault };
        for number in [MANAGEMENT, ADMINISTRATOR] {
            let sim = world.accounts.get_mut(&id(number)).unwrap();
            sim.state = AccountState::Active;
            sim.region = on.clone();
        }
        let administrator = world.accounts.get_mut(&id(ADMINISTRATOR)).unwrap();
        administrator.relationship = Relationship::NotListed;
        for sim in world.accounts.values_mut() {
            let off = !self.designated || !sim.usable();
            if off {
                sim.relationship = Relationship::NotListed;
            }
            if sim.relationship == Relationship::Disabled && self.spec.monitoring_is_separate {
                sim.on = false;
            }
        }
        world.delegated = self.designated.then(|| id(ADMINISTRATOR));
        world.trusted = self.trusted.iter().map(ToString::to_string).collect();
        // The service's own limits: no setting beside one that excludes it, none where there is none.
        world.settings = self.settings.clone();
        world.settings.features.retain(|feature, _| {
            self.spec.feature(feature).is_none_or(|spec| spec.auto_enable && spec.excluded_by.is_none())
        });
        if self.runtime {
            world.settings.features.remove(&Feature::known("EKS_RUNTIME_MONITORING"));
        }
        world.automation = self.automation;
        world.designation_enables = self.designation_enables;
        world.transition_reads = self.transition_reads;
        world.stale_reads = self.stale_reads;
        world.dice = Dice::new(self.seed);
        world
    }

    pub(crate) fn policy(&self) -> Policy {
        let mut policy = Policy::built_in([self.spec]);
        if self.runtime && self.spec.id == GUARD.id {
            let runtime = ["RUNTIME_MONITORING", "RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT"].map(Feature::known);
            let service = policy.services.get_mut(&GUARD.id).unwrap();
            service.features.extend(runtime.map(|feature| (feature, Wanted::On)));
        }
        policy
    }

    /// So many runs are enough: each random failure and each slow transition may cost one.
    pub(crate) fn runs(&self) -> u64 {
        4 + self.random_faults + self.transition_reads + 2 * self.stale_reads
    }
}
