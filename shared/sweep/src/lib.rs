//! A sweep's steps, wherever they run: the functions hand their results over in the bucket, the command line in memory.
//! I/O: AWS; nothing is kept here.

mod account_tags;
mod listing;
mod member_regions;
mod organization_policies;
mod paced;
mod target;

pub use account_tags::{AccountTags, refresh_tags};
pub use listing::{survey, surveyed_regions};
pub use member_regions::refresh_regions;
pub use organization_policies::survey_policies;
pub use paced::{Pace, Refreshed};
pub use target::{Looked, look};
