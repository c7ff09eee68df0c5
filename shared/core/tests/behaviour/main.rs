//! What `rollcall-core` decides and does, seen through its public interface. No I/O: AWS is simulated in memory.

#[cfg(test)]
mod document_history;
#[cfg(test)]
mod notifications;
#[cfg(test)]
mod overruled_runs;
#[cfg(test)]
mod plan_properties;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod policy_properties;
#[cfg(test)]
mod prerequisite_runs;
#[cfg(test)]
mod reduction_documents;
#[cfg(test)]
mod reduction_plans;
#[cfg(test)]
mod region_runs;
#[cfg(test)]
mod run_properties;
#[cfg(test)]
mod runs;
#[cfg(test)]
mod support;
#[cfg(test)]
mod sweep_documents;
#[cfg(test)]
mod within_runs;
