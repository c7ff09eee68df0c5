//! Validated identifiers: accounts, regions, services, features, e-mail addresses. No I/O.

use std::{borrow::Cow, fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

/// A text that is no valid identifier of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {kind}: {rule}")]
pub struct InvalidId {
    kind: &'static str,
    rule: &'static str,
    text: String,
}

impl InvalidId {
    fn new(kind: &'static str, rule: &'static str, text: &str) -> Self {
        // Untrusted input: a few characters say enough, and none of an address.
        let text = if text.contains('@') { "(left out)".to_owned() } else { text.chars().take(40).collect() };
        Self { kind, rule, text }
    }
}

/// The id of an AWS account: exactly 12 digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(u64);

impl FromStr for AccountId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = || InvalidId::new("an account id", "an account id has exactly 12 digits", text);
        if text.len() != 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(invalid());
        }
        text.parse().map(Self).map_err(|_| invalid())
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The code name of an AWS region, such as `eu-central-1`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Region(Arc<str>);

impl Region {
    /// The code name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Region {
    type Err = InvalidId;

    /// Accepts what all regions of all partitions look like: lower-case words joined by hyphens, a number last.
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let mut words: Vec<&str> = text.split('-').collect();
        let number = words.pop().unwrap_or_default();
        let a_number = !number.is_empty() && number.len() <= 2 && number.bytes().all(|byte| byte.is_ascii_digit());
        let a_word = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
        if a_number && words.len() >= 2 && words.iter().all(a_word) && text.len() <= 32 {
            return Ok(Self(text.into()));
        }
        Err(InvalidId::new("a region", "a region looks like eu-central-1", text))
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id of a service in the catalog, such as `guardduty`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ServiceId(&'static str);

impl ServiceId {
    /// The id of a service; each adapter names its own.
    #[must_use]
    pub const fn new(id: &'static str) -> Self {
        Self(id)
    }

    /// The id.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl fmt::Debug for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A protection plan or scan type by AWS's name, such as `S3_DATA_EVENTS`.
/// An additional configuration follows its feature after a slash: `RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Feature(Cow<'static, str>);

impl Feature {
    /// A feature that this version knows.
    #[must_use]
    pub const fn known(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// A feature by the name that AWS sent, known or not.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(Cow::Owned(name.to_owned()))
    }

    /// AWS's name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An account's e-mail address. It is needed to associate a member and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// An address as AWS Organizations gave it.
    #[must_use]
    pub fn new(address: impl Into<String>) -> Self {
        Self(address.into())
    }

    /// The address, for the one request that needs it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(redacted)")
    }
}

/// Writes and reads an address where it is needed later: in the roster that is kept in the encrypted bucket.
pub(crate) mod revealed {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Email;

    #[expect(clippy::ref_option, reason = "the signature that serde asks for")]
    pub(crate) fn serialize<S: Serializer>(email: &Option<Email>, serializer: S) -> Result<S::Ok, S::Error> {
        email.as_ref().map(Email::reveal).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Email>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(Email::new))
    }
}

macro_rules! text_conversions {
    ($($id:ty),*) => {$(
        impl TryFrom<String> for $id {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }
        impl From<$id> for String {
            fn from(id: $id) -> String {
                id.to_string()
            }
        }
    )*};
}
text_conversions!(AccountId, Region);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_id_has_exactly_twelve_digits() {
        assert_eq!("012345678901".parse::<AccountId>().unwrap().to_string(), "012345678901");
        for bad in ["", "12345678901", "1234567890123", "12345678901a", "１２３４５６７８９０１２", "+12345678901"]
        {
            assert!(bad.parse::<AccountId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_region_of_any_partition_is_accepted_and_nothing_else() {
        for good in
            ["us-east-1", "us-gov-west-1", "cn-northwest-1", "ap-southeast-7", "eusc-de-east-1", "us-isob-east-1"]
        {
            assert!(good.parse::<Region>().is_ok(), "{good}");
        }
        for bad in ["", "global", "us-east", "us-east-1a", "US-EAST-1", "us--1", "us-east-1.evil.example"] {
            assert!(bad.parse::<Region>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_email_address_is_never_printed() {
        let shown = format!("{:?}", Email::new("root@example.com"));
        assert!(!shown.contains("example.com"));
    }
}
