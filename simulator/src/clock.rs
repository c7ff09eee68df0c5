//! Times as AWS writes them. No I/O.

/// The longest time that can be asked for, in milliseconds: a hundred years. Sums of a few stay far from overflow.
pub(crate) const LONGEST: u64 = 100 * 365 * 86_400_000;

/// Milliseconds since 1970 as `2026-11-17T08:30:00.123Z`.
pub(crate) fn iso(epoch_millis: u64) -> String {
    let (year, month, day) = date(epoch_millis);
    let (hour, minute, second) = time(epoch_millis);
    let millis = epoch_millis % 1_000;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// Milliseconds since 1970 as `2026-11-17T08:30:00Z`.
pub(crate) fn iso_seconds(epoch_millis: u64) -> String {
    let (year, month, day) = date(epoch_millis);
    let (hour, minute, second) = time(epoch_millis);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Milliseconds since 1970 as `Nov 17, 2026 8:30:00 AM`, as service events of Organizations write it.
pub(crate) fn american(epoch_millis: u64) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month, day) = date(epoch_millis);
    let (hour, minute, second) = time(epoch_millis);
    let name = usize::try_from(month).ok().and_then(|month| MONTHS.get(month - 1)).unwrap_or(&"Jan");
    let half = if hour < 12 { "AM" } else { "PM" };
    let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
    format!("{name} {day}, {year} {twelve}:{minute:02}:{second:02} {half}")
}

/// Milliseconds since 1970 as seconds, as JSON services write time stamps.
pub(crate) fn seconds(epoch_millis: u64) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "milliseconds since 1970 stay far below 2^53")]
    let millis = epoch_millis as f64;
    millis / 1_000.0
}

fn time(epoch_millis: u64) -> (u64, u64, u64) {
    let seconds = epoch_millis / 1_000 % 86_400;
    (seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// Year, month and day of the Gregorian calendar, counted in years that begin in March.
fn date(epoch_millis: u64) -> (u64, u64, u64) {
    let days = epoch_millis / 86_400_000 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_aws_writes_them() {
        assert_eq!(iso(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(iso(1_709_210_096_789), "2024-02-29T12:34:56.789Z");
        assert_eq!(iso_seconds(1_735_689_599_000), "2024-12-31T23:59:59Z");
        assert_eq!(american(1_684_139_214_000), "May 15, 2023 8:26:54 AM");
        assert_eq!(american(1_684_108_800_000), "May 15, 2023 12:00:00 AM");
    }
}
