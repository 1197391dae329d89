//! The figures of a run as tables.
use std::{
    collections::BTreeMap,
    fmt::{self, Display, Formatter},
};

use crate::{
    endpoints::Endpoint,
    load::Sample,
    peers::{PEERS, Peer, named},
};

/// A figure of a sample.
type Figure = fn(&Sample) -> f64;

/// The figures that are compared with the yardsticks, and the widths of their columns.
const RATIOS: [(Figure, usize); 2] = [
    (|sample| sample.cpu, 18),
    (|sample| sample.requests_per_second, 19),
];

/// The figures of the conclusion, and whether less is better.
const SPEEDS: [(Figure, bool); 2] = [
    (|sample| sample.requests_per_second, false),
    (|sample| sample.cpu, true),
];

/// The samples of all rounds.
#[derive(Debug, Default)]
pub(crate) struct Report {
    samples: BTreeMap<Endpoint, BTreeMap<&'static str, Vec<Sample>>>,
    memory: BTreeMap<&'static str, f64>,
}

impl Report {
    /// Adds the sample of one round.
    pub(crate) fn add(&mut self, endpoint: Endpoint, peer: &'static str, sample: Sample) {
        self.samples
            .entry(endpoint)
            .or_default()
            .entry(peer)
            .or_default()
            .push(sample);
    }

    /// Notes the peak memory of a peer, in MiB.
    pub(crate) fn set_memory(&mut self, peer: &'static str, mib: f64) {
        self.memory.insert(peer, mib);
    }
}

impl Report {
    /// The names of the measured peers that are yardsticks, or of those that are not.
    fn peers(&self, yardsticks: bool) -> Vec<&'static str> {
        PEERS
            .iter()
            .filter(|peer| peer.is_yardstick() == yardsticks)
            .map(|peer| peer.name())
            .filter(|name| self.memory.contains_key(name))
            .collect()
    }

    /// The result in one table: how many times as fast as the yardsticks a peer is.
    fn write_conclusion(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let yardsticks = self.peers(true);
        for name in self.peers(false) {
            write!(f, "\n{name:<16}")?;
            for yardstick in &yardsticks {
                write!(f, " {:>23}", format!("times {yardstick}"))?;
            }
            write!(f, "\n{:<16}", "")?;
            for _ in &yardsticks {
                write!(f, " {:>11} {:>11}", "req/s", "req/CPU s")?;
            }
            writeln!(f)?;
            for (endpoint, peers) in &self.samples {
                write!(f, "  {:<14}", endpoint.title())?;
                let samples = peers.get(name).map_or(&[][..], Vec::as_slice);
                let mut promises = Vec::new();
                for yardstick in &yardsticks {
                    let base = peers.get(yardstick).map_or(&[][..], Vec::as_slice);
                    for (figure, upside_down) in SPEEDS {
                        let ratio = median_ratio(samples, base, figure);
                        let ratio = if upside_down { 1.0 / ratio } else { ratio };
                        write!(f, " {ratio:>11.2}")?;
                    }
                    let has_own_sql = named(yardstick).is_some_and(Peer::has_own_sql);
                    if let Some(least) = endpoint.least().filter(|_| has_own_sql) {
                        let (speed, _) = SPEEDS[0];
                        let ratio = median_ratio(samples, base, speed);
                        let verdict = if ratio >= least { "kept" } else { "missed" };
                        promises.push(format!(
                            "at least {least:.2} promised: {ratio:.3}, {verdict}"
                        ));
                    }
                }
                for promise in promises {
                    write!(f, "  {promise}")?;
                }
                writeln!(f)?;
            }
        }
        Ok(())
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // Only hand-written peers are yardsticks.
        let yardsticks = self.peers(true);
        for (endpoint, peers) in &self.samples {
            write!(
                f,
                "\n{:<16} {:>9} {:>8} {:>8} {:>10}",
                endpoint.title(),
                "req/s",
                "p50 ms",
                "p99 ms",
                "CPU s/1000"
            )?;
            for name in &yardsticks {
                write!(f, " {:>18}", format!("CPU / {name}"))?;
            }
            for name in &yardsticks {
                write!(f, " {:>19}", format!("req/s / {name}"))?;
            }
            writeln!(f)?;
            for name in PEERS.iter().map(|peer| peer.name()) {
                let Some(samples) = peers.get(name) else {
                    continue;
                };
                let of = |figure: fn(&Sample) -> f64| median(samples.iter().map(figure));
                write!(
                    f,
                    "  {name:<14} {:>9.0} {:>8.2} {:>8.2} {:>10.3}",
                    of(|sample| sample.requests_per_second),
                    of(|sample| sample.p50.as_secs_f64() * 1e3),
                    of(|sample| sample.p99.as_secs_f64() * 1e3),
                    of(|sample| sample.cpu),
                )?;
                for (figure, width) in RATIOS {
                    for yardstick in &yardsticks {
                        let base = peers.get(yardstick).map_or(&[][..], Vec::as_slice);
                        let ratio = median_ratio(samples, base, figure);
                        write!(f, " {ratio:>width$.2}")?;
                    }
                }
                writeln!(f)?;
            }
        }
        writeln!(f, "\n{:<16} {:>9}", "peak memory", "MiB")?;
        for name in PEERS.iter().map(|peer| peer.name()) {
            if let Some(mib) = self.memory.get(name) {
                writeln!(f, "  {name:<14} {mib:>9.1}")?;
            }
        }
        self.write_conclusion(f)
    }
}

/// The median of the ratios within the rounds.
fn median_ratio(samples: &[Sample], base: &[Sample], figure: Figure) -> f64 {
    let rounds = samples.iter().zip(base);
    median(rounds.map(|(sample, base)| figure(sample) / figure(base)))
}

/// The middle value, or the mean of the two in the middle; NaN of nothing.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => values[middle],
        _ => (values[middle - 1] + values[middle]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_stands_in_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0].into_iter()), 2.5);
        assert!(median([].into_iter()).is_nan());
    }
}
