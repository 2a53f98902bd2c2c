//! Named time zones: when their clocks change, as far ahead as zones are worth predicting. The proxy knows no zones; it gets
//! the changes as plain numbers.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use policies::time::UnixTime;

/// 2025-01-01, the first second that is looked up.
pub const FIRST: i64 = 1_735_689_600;
/// 2040-01-01, the first second that is not: rules with a local time cannot be evaluated from then on.
pub const LAST: i64 = 2_208_988_800;
/// Offsets are whole quarters of an hour, everywhere and for long.
const QUARTER: i64 = 15 * 60;

/// Seconds during which a zone's clock keeps its distance to UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// the first of them; `None` from the beginning of time
    pub from: Option<i64>,
    /// the first after them; `None` for ever
    pub to: Option<i64>,
    /// minutes east of UTC
    pub offset: i64,
}

/// Whether there is a zone of this name that can be used.
#[must_use]
pub fn is_known(name: &str) -> bool {
    !periods(name).is_empty()
}

/// The periods of a zone, in order; none where there is no such zone, or its clock does not run in whole quarters of an hour.
#[must_use]
pub fn periods(name: &str) -> Vec<Period> {
    let table = zone(name).and_then(|zone| {
        let first = Timestamp::from_second(FIRST).ok()?;
        let mut table = vec![Period {
            from: None,
            to: None,
            offset: minutes(zone.to_offset(first))?,
        }];
        for change in zone.following(first) {
            let at = change.timestamp().as_second();
            if at >= LAST {
                break;
            }
            let offset = minutes(change.offset())?;
            let last = table.last_mut()?;
            if last.offset != offset {
                last.to = Some(at);
                table.push(Period {
                    from: Some(at),
                    to: None,
                    offset,
                });
            }
        }
        Some(table)
    });
    table.unwrap_or_default()
}

/// Hour and weekday of a zone's clock, by the library's own reckoning; outside of the table as at its ends.
#[must_use]
pub fn local(name: &str, now: UnixTime) -> Option<UnixTime> {
    let seconds = i64::try_from(now.secs()).unwrap_or(i64::MAX);
    let asked = Timestamp::from_second(seconds.clamp(FIRST, LAST - 1)).ok()?;
    let offset = i64::from(zone(name)?.to_offset(asked).seconds());
    let local = u64::try_from(seconds.saturating_add(offset)).unwrap_or_default();
    Some(UnixTime::from_secs(local))
}

/// By its exact name; the system's own files are not asked, so that a compile is the same everywhere.
fn zone(name: &str) -> Option<TimeZone> {
    let zone = TimeZoneDatabase::bundled().get(name).ok()?;
    (zone.iana_name() == Some(name)).then_some(zone)
}

fn minutes(offset: Offset) -> Option<i64> {
    let seconds = i64::from(offset.seconds());
    (seconds % QUARTER == 0).then_some(seconds / 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_change() {
        let berlin = periods("Europe/Berlin");
        // 15 years with two changes each
        assert_eq!(berlin.len(), 31);
        assert_eq!((berlin[0].offset, berlin[1].offset), (60, 120));
        // 2025-03-30 01:00 UTC
        assert_eq!(berlin[1].from, Some(1_743_296_400));
        let offsets = |name: &str| periods(name).iter().map(|period| period.offset).max();
        assert_eq!(offsets("UTC"), Some(0));
        assert_eq!(offsets("Asia/Kolkata"), Some(330));
        assert_eq!(offsets("Asia/Kathmandu"), Some(345));
        assert_eq!(offsets("America/St_Johns"), Some(-150));
        assert_eq!(offsets("Australia/Lord_Howe"), Some(660));
        for name in ["Europe/Berlim", "europe/berlin", "", "+02:00", "CEST"] {
            assert!(!is_known(name), "{name}");
        }
    }

    #[test]
    fn the_table_is_the_librarys_clock() {
        for name in [
            "Europe/Berlin",
            "America/St_Johns",
            "Asia/Kolkata",
            "Africa/Casablanca",
        ] {
            for period in periods(name) {
                let inside = [period.from, period.to.map(|to| to - 1)];
                for second in inside.into_iter().flatten() {
                    let now = UnixTime::from_secs(u64::try_from(second).unwrap());
                    let local = local(name, now).unwrap().secs();
                    let expected = second + period.offset * 60;
                    assert_eq!(i64::try_from(local).unwrap(), expected, "{name}");
                }
            }
        }
    }
}
