//! How many requests in which time.

use std::{fmt::Display, str::FromStr, time::Duration};

/// A number of requests in a period: `3/min`.
///
/// Any period of that length is meant, not one of the clock: after three requests at 12:00:59 the
/// fourth has to wait until 12:01:59. No request at all (`0/day`) is a rate, too.
///
/// Written as DRF writes it, the period is one of `s`, `sec`, `second`, `m`, `min`, `minute`, `h`,
/// `hour`, `d` and `day`. DRF looks at the first letter only and takes `3/month` for three a
/// minute; here that is an error.
///
/// ```
/// use restflow_throttling::Rate;
///
/// const UPLOADS: Rate = Rate::per_hour(20);
///
/// assert_eq!("20/hour".parse(), Ok(UPLOADS));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    requests: u32,
    period: Duration,
}

impl Rate {
    /// The longest period: 366 days.
    pub const MAX_PERIOD: Duration = Duration::from_secs(366 * DAY);

    /// `requests` in a period of any length, in whole milliseconds; what is left of one is cut off.
    ///
    /// # Panics
    ///
    /// When the period is shorter than a millisecond or longer than
    /// [`MAX_PERIOD`](Self::MAX_PERIOD); in a `const` that is an error of the compiler.
    #[must_use]
    #[track_caller]
    pub const fn new(requests: u32, period: Duration) -> Self {
        let millis = period.as_millis();
        assert!(
            millis >= 1 && millis <= Self::MAX_PERIOD.as_millis(),
            "the period of a rate is between one millisecond and 366 days"
        );
        Self {
            requests,
            period: Duration::from_millis(millis as u64),
        }
    }

    /// `requests` in a second.
    #[must_use]
    pub const fn per_second(requests: u32) -> Self {
        Self::new(requests, Duration::from_secs(1))
    }

    /// `requests` in a minute.
    #[must_use]
    pub const fn per_minute(requests: u32) -> Self {
        Self::new(requests, Duration::from_secs(MINUTE))
    }

    /// `requests` in an hour.
    #[must_use]
    pub const fn per_hour(requests: u32) -> Self {
        Self::new(requests, Duration::from_secs(HOUR))
    }

    /// `requests` in 24 hours.
    #[must_use]
    pub const fn per_day(requests: u32) -> Self {
        Self::new(requests, Duration::from_secs(DAY))
    }

    /// How many requests are allowed in the period.
    #[must_use]
    pub const fn requests(self) -> u32 {
        self.requests
    }

    /// The period, in whole milliseconds.
    #[must_use]
    pub const fn period(self) -> Duration {
        self.period
    }

    /// How far requests lie apart at most that a store remembers as one time: 0 for rates of up
    /// to 64 requests, of which each is remembered, and else a 64th of the period.
    pub(crate) fn resolution(self) -> Duration {
        const MAX_TIMES: u32 = 64;
        if self.requests > MAX_TIMES {
            self.period / MAX_TIMES
        } else {
            Duration::ZERO
        }
    }

    /// `rate` as a rate, for a constructor of `owner`.
    #[track_caller]
    pub(crate) fn of<R: TryInto<Self, Error: Display>>(rate: R, owner: &str) -> Self {
        match rate.try_into() {
            Ok(rate) => rate,
            Err(error) => panic!("`{owner}`: {error}"),
        }
    }
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A text that is not a rate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a rate: expected a number of requests (at most 4294967295), a slash, and \
     second, minute, hour or day, as in `100/day`"
)]
pub struct InvalidRate(String);

impl FromStr for Rate {
    type Err = InvalidRate;

    fn from_str(text: &str) -> Result<Self, InvalidRate> {
        let invalid = || InvalidRate(text.to_owned());
        let (requests, period) = text.split_once('/').ok_or_else(invalid)?;
        if !requests.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(invalid());
        }
        let requests = requests.parse().map_err(|_| invalid())?;
        match period {
            "s" | "sec" | "second" => Ok(Self::per_second(requests)),
            "m" | "min" | "minute" => Ok(Self::per_minute(requests)),
            "h" | "hour" => Ok(Self::per_hour(requests)),
            "d" | "day" => Ok(Self::per_day(requests)),
            _ => Err(invalid()),
        }
    }
}

impl TryFrom<&str> for Rate {
    type Error = InvalidRate;

    fn try_from(text: &str) -> Result<Self, InvalidRate> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_written_as_in_drf() {
        let check = |text: &str, expected: Rate| assert_eq!(text.parse(), Ok(expected), "{text}");
        for period in ["s", "sec", "second"] {
            check(&format!("1/{period}"), Rate::per_second(1));
        }
        for period in ["m", "min", "minute"] {
            check(&format!("3/{period}"), Rate::per_minute(3));
        }
        for period in ["h", "hour"] {
            check(&format!("5/{period}"), Rate::per_hour(5));
        }
        for period in ["d", "day"] {
            check(&format!("100/{period}"), Rate::per_day(100));
        }
        check("0/day", Rate::new(0, Duration::from_secs(86_400)));
        check("4294967295/s", Rate::per_second(u32::MAX));
    }

    #[test]
    fn what_is_not_a_rate_is_named_with_what_was_expected() {
        for text in [
            "",
            "/",
            "3",
            "3/",
            "/min",
            "3/month",
            "3/Min",
            "3/min/s",
            "3 /min",
            "3/ min",
            "-3/min",
            "+3/min",
            "3.5/min",
            "three/min",
            "4294967296/s",
        ] {
            let error = text.parse::<Rate>().expect_err(text).to_string();
            assert!(
                error.starts_with(&format!("`{text}` is not a rate")) && error.contains("100/day"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_period_has_bounds() {
        for period in [
            Duration::ZERO,
            Duration::from_micros(999),
            Rate::MAX_PERIOD + Duration::from_millis(1),
        ] {
            std::panic::catch_unwind(|| Rate::new(1, period)).expect_err("out of bounds");
        }
        let period = Duration::from_micros(1_500);
        assert_eq!(Rate::new(1, period).period(), Duration::from_millis(1));
        assert_eq!(Rate::new(1, Rate::MAX_PERIOD).period(), Rate::MAX_PERIOD);
    }
}
