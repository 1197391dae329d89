//! The table of routes: how long an API takes to start, and a path to find its route, with 10 and
//! with 1,000 viewsets.

use std::{
    fmt::{self, Display, Formatter},
    hint::black_box,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use restflow::{
    prelude::{Database, OpenApiService, UrlConf, Urls},
    routers::RouteTable,
};

use crate::{peers, report::median};

const FEW: usize = 10;
const MANY: usize = 1000;

/// `N` viewsets, each with its list and its detail, with and without formats.
struct Viewsets<const N: usize>;

impl<const N: usize> UrlConf for Viewsets<N> {
    fn urls() -> Urls {
        Urls::new().include("api/", peers::restflow::registered(N))
    }
}

/// The figures of a run.
pub(crate) struct Figures {
    /// With few viewsets and with many.
    starts: [Duration; 2],
    /// Nanoseconds for one path, of each round, with few viewsets and with many.
    lookups: Vec<[f64; 2]>,
}

/// Measures `rounds` rounds of `lookups` paths.
pub(crate) async fn measure(rounds: usize, lookups: usize) -> Result<Figures> {
    // Each table is built once in a process.
    let starts = [start::<FEW>().await?, start::<MANY>().await?];
    let tables = [
        RouteTable::of::<Viewsets<FEW>>(),
        RouteTable::of::<Viewsets<MANY>>(),
    ];
    // As many different paths of both, or one of them would live in the cache.
    let paths = [paths(FEW), paths(MANY)];
    let mut samples = Vec::new();
    for round in 0..=rounds {
        let mut sample = [0.0; 2];
        for turn in 0..2 {
            // Nobody is always first.
            let place = (turn + round) % 2;
            let elapsed = time(tables[place], &paths[place], lookups)?;
            sample[place] = elapsed.as_secs_f64() * 1e9 / lookups as f64;
        }
        // The first round warms up.
        if round > 0 {
            samples.push(sample);
        }
    }
    Ok(Figures {
        starts,
        lookups: samples,
    })
}

/// From nothing to an API that could serve, its document included.
async fn start<const N: usize>() -> Result<Duration> {
    let db = Database::connect("sqlite::memory:").await?;
    let begin = Instant::now();
    let api = restflow::api::<Viewsets<N>>(db);
    let service = OpenApiService::new(api, "Viewsets", "1.0");
    black_box(service.spec());
    Ok(begin.elapsed())
}

fn paths(viewsets: usize) -> Vec<String> {
    let number = |index: usize| index * 7 % viewsets;
    (0..MANY)
        .map(|index| format!("/api/products{}/{index}/", number(index)))
        .collect()
}

fn time(table: &RouteTable, paths: &[String], lookups: usize) -> Result<Duration> {
    let begin = Instant::now();
    for path in paths.iter().cycle().take(lookups) {
        let found = table.resolve(black_box(path));
        black_box(found.context("a path has no route")?);
    }
    Ok(begin.elapsed())
}

impl Display for Figures {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let [few, many] = [0, 1].map(|place| median(self.lookups.iter().map(|times| times[place])));
        let ratio = median(self.lookups.iter().map(|[few, many]| many / few));
        let [started_few, started_many] = self.starts.map(|time| time.as_secs_f64() * 1e3);
        let titles = [format!("{FEW} viewsets"), format!("{MANY} viewsets")];
        writeln!(
            f,
            "{:<20} {:>14} {:>14} {:>10}",
            "routes", titles[0], titles[1], "ratio"
        )?;
        writeln!(
            f,
            "  {:<18} {few:>14.0} {many:>14.0} {ratio:>10.2}",
            "find a path, ns"
        )?;
        writeln!(
            f,
            "  {:<18} {started_few:>14.1} {started_many:>14.1} {:>10.2}",
            "start, ms",
            started_many / started_few
        )
    }
}
