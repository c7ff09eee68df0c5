//! Tests of the commands that talk to AWS: the real binary on a simulated organization. I/O: starts both, on loopback.

#[cfg(test)]
mod apply;
#[cfg(test)]
mod coverage;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod narrowed;
#[cfg(test)]
mod plan;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod simulate;
#[cfg(test)]
mod support;
