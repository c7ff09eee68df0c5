//! What is known to be so, known not to be so, or depends on what nobody can know beforehand. No I/O.

use std::collections::BTreeSet;

/// Three-valued: what is left open carries what it depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Truth {
    /// It is so, whatever the request.
    Yes,
    /// It is not so, whatever the request.
    No,
    /// It depends on these.
    Perhaps(BTreeSet<String>),
}

impl From<bool> for Truth {
    fn from(is_so: bool) -> Self {
        if is_so { Self::Yes } else { Self::No }
    }
}

impl Truth {
    /// It depends on this.
    pub(super) fn depends_on(what: impl Into<String>) -> Self {
        Self::Perhaps([what.into()].into())
    }

    /// The opposite.
    pub(super) fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            open @ Self::Perhaps(_) => open,
        }
    }

    /// Whether all are so; nothing is.
    pub(super) fn all(truths: impl IntoIterator<Item = Self>) -> Self {
        let mut open = BTreeSet::new();
        for truth in truths {
            match truth {
                Self::Yes => {}
                Self::No => return Self::No,
                Self::Perhaps(more) => open.extend(more),
            }
        }
        if open.is_empty() { Self::Yes } else { Self::Perhaps(open) }
    }

    /// Whether any is so; of nothing none is.
    pub(super) fn any(truths: impl IntoIterator<Item = Self>) -> Self {
        Self::all(truths.into_iter().map(Self::not)).not()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_decides_over_what_is_open() {
        let open = || Truth::depends_on("aws:SourceIp");
        assert_eq!(Truth::all([Truth::Yes, open(), Truth::No]), Truth::No);
        assert_eq!(Truth::all([Truth::Yes, open()]), open());
        assert_eq!(Truth::any([Truth::No, open(), Truth::Yes]), Truth::Yes);
        assert_eq!(Truth::any([Truth::No, open()]), open());
        assert_eq!((Truth::all([]), Truth::any([])), (Truth::Yes, Truth::No));
    }
}
