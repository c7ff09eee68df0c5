//! What `rollcall-core` decides and does, seen through its public interface. No I/O: AWS is simulated in memory.

#[cfg(test)]
mod plans;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod runs;
#[cfg(test)]
mod support;
