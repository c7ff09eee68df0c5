//! End-to-end stories: the functions' real binaries, the real SDK, a simulated organization. One file a story.

#[cfg(test)]
mod support;

#[cfg(test)]
mod new_account;
