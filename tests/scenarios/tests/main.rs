//! End-to-end stories: the functions' real binaries, the real SDK, a simulated organization. One file a story.

#[cfg(test)]
mod support;

#[cfg(test)]
#[path = "../../../shared/page/tests/support/decode.rs"]
#[allow(dead_code, reason = "the page's own tests use the rest")]
mod decode;

#[cfg(test)]
mod administrators;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod catalog;
#[cfg(test)]
mod chaos;
#[cfg(test)]
mod coverage_report;
#[cfg(test)]
mod deadlines;
#[cfg(test)]
mod doubtful_facts;
#[cfg(test)]
mod doubtful_policies;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod guard_rails;
#[cfg(test)]
mod leaving_and_joining;
#[cfg(test)]
mod legacy_runtime_monitoring;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod log_lines;
#[cfg(test)]
mod lowering;
#[cfg(test)]
mod new_account;
#[cfg(test)]
mod organization_policies;
#[cfg(test)]
mod other_administrators;
#[cfg(test)]
mod plan_mode;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod prerequisites;
#[cfg(test)]
mod rates_and_pages;
#[cfg(test)]
mod regions;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod special_accounts;
#[cfg(test)]
mod sweeps;
#[cfg(test)]
mod transitions;
#[cfg(test)]
mod unknown_names;
