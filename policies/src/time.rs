//! The time, as a value that somebody else read from a clock.

/// Nanoseconds since 1970-01-01T00:00:00Z (UTC, no leap seconds).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct UnixTime(u64);

impl UnixTime {
    /// From nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// From whole seconds; times beyond the year 2554 are held at the end of the range.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1_000_000_000))
    }

    /// Nanoseconds.
    #[must_use]
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Whole seconds.
    #[must_use]
    pub const fn secs(self) -> u64 {
        self.0 / 1_000_000_000
    }

    /// Hour of the day, UTC, 0 to 23.
    #[must_use]
    pub const fn hour(self) -> u64 {
        (self.secs() / 3600) % 24
    }

    /// Minute of the hour, 0 to 59.
    #[must_use]
    pub const fn minute(self) -> u64 {
        (self.secs() / 60) % 60
    }

    /// Day of the week, UTC, 1 (Monday) to 7 (Sunday); the epoch was a Thursday.
    #[must_use]
    pub const fn weekday(self) -> u64 {
        (((self.secs() / 86_400) % 7).saturating_add(3) % 7).saturating_add(1)
    }

    /// Nanoseconds from `earlier` to this; 0 where the clock went backwards.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// RFC 3339 with milliseconds, UTC.
    #[must_use]
    pub fn rfc3339(self) -> String {
        let (year, month, day) = civil(self.secs() / 86_400);
        let secs = self.secs();
        let millis = (self.0 / 1_000_000) % 1000;
        let (hour, minute, second) = (self.hour(), (secs / 60) % 60, secs % 60);
        // digit by digit, without `format!`: this is in every audit event
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let parts = [
            (0..4, year),
            (5..7, month),
            (8..10, day),
            (11..13, hour),
            (14..16, minute),
            (17..19, second),
            (20..23, millis),
        ];
        for (place, mut number) in parts {
            for digit in text.get_mut(place).unwrap_or_default().iter_mut().rev() {
                *digit = decimal(number);
                number /= 10;
            }
        }
        String::from_utf8_lossy(&text).into_owned()
    }
}

/// The last decimal digit of a number.
pub(crate) fn decimal(number: u64) -> u8 {
    b'0'.saturating_add(u8::try_from(number % 10).unwrap_or_default())
}

/// A time span for people: its largest unit, rounded down.
#[must_use]
pub fn duration(secs: u64) -> String {
    let (count, unit) = match secs {
        0..60 => (secs, "second"),
        60..3600 => (secs / 60, "minute"),
        3600..86_400 => (secs / 3600, "hour"),
        _ => (secs / 86_400, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

/// Days since the epoch to year, month, day: Howard Hinnant's `civil_from_days`, for days after the epoch.
const fn civil(days: u64) -> (u64, u64, u64) {
    let z = days.saturating_add(719_468);
    let era = z / 146_097;
    let doe = z % 146_097;
    let yoe = doe
        .saturating_sub(doe / 1460)
        .saturating_add(doe / 36_524)
        .saturating_sub(doe / 146_096)
        / 365;
    let doy = doe.saturating_sub(
        yoe.saturating_mul(365)
            .saturating_add(yoe / 4)
            .saturating_sub(yoe / 100),
    );
    let mp = doy.saturating_mul(5).saturating_add(2) / 153;
    let day = doy
        .saturating_sub(mp.saturating_mul(153).saturating_add(2) / 5)
        .saturating_add(1);
    let month = if mp < 10 {
        mp.saturating_add(3)
    } else {
        mp.saturating_sub(9)
    };
    let year = yoe.saturating_add(era.saturating_mul(400));
    (
        if month <= 2 {
            year.saturating_add(1)
        } else {
            year
        },
        month,
        day,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_calendar() {
        let time = UnixTime::from_secs(1_795_472_645);
        assert_eq!(time.rfc3339(), "2026-11-23T22:24:05.000Z");
        assert_eq!((time.hour(), time.weekday()), (22, 1));
        assert_eq!(UnixTime::from_secs(0).weekday(), 4);
        assert_eq!(
            UnixTime::from_secs(951_782_400).rfc3339(),
            "2000-02-29T00:00:00.000Z"
        );
        assert_eq!(
            UnixTime::from_nanos(u64::MAX).rfc3339(),
            "2554-07-21T23:34:33.709Z"
        );
    }
}
