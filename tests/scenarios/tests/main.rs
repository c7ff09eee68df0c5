//! End-to-end stories: the functions' real binaries, the real SDK, a simulated organization. One file a story.

#[cfg(test)]
mod support;

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod chaos;
#[cfg(test)]
mod new_account;
#[cfg(test)]
mod plan_mode;
