//! Tests of the policy document: what is read, what is refused, and what a policy without warnings promises. No I/O but
//! keeping seeds.

#[cfg(test)]
mod generate;
#[cfg(test)]
mod never_panics;
#[cfg(test)]
mod overruled;
#[cfg(test)]
mod reading;
#[cfg(test)]
#[path = "../behaviour/support/specs.rs"]
mod specs;
#[cfg(test)]
mod support;
#[cfg(test)]
mod third_service;
