//! Plays the whole corpus against the shop and compares the result with
//! `known-failures.json`: a listed scenario that passes fails the test, as does an
//! unlisted one that does not.
//!
//! - `CONFORMANCE_GROUP=filters` plays one group, `CONFORMANCE_ONLY=01-list` the scenarios
//!   of one name (with the number or without).
//! - `CONFORMANCE_WRITE_KNOWN=1` rewrites the `unfinished` list instead of failing.
//! - `CONFORMANCE_DATABASE_URL` plays over that database instead of temporary SQLite
//!   files. **The shop's tables there are dropped.**
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod support;

use std::{collections::BTreeMap, env, fs, path::PathBuf, sync::Mutex};

use poem::{Endpoint, Request, Response, endpoint::make_sync, http::StatusCode};
use restflow_conformance::{Outcome, Scenario, load_cases, play};
use serde::{Deserialize, Serialize};
use support::{package, play_all};

/// The scenarios that do not pass, each with a reason.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    /// restflow answers otherwise on purpose.
    differences: BTreeMap<String, String>,
    /// Not there yet.
    unfinished: BTreeMap<String, String>,
}

impl Known {
    fn read() -> Self {
        serde_json::from_slice(&fs::read(Self::path()).unwrap()).unwrap()
    }

    fn write(&self) {
        let text = serde_json::to_string_pretty(self).unwrap();
        fs::write(Self::path(), format!("{text}\n")).unwrap();
    }

    fn path() -> PathBuf {
        package().join("known-failures.json")
    }

    fn contains(&self, id: &str) -> bool {
        self.differences.contains_key(id) || self.unfinished.contains_key(id)
    }
}

fn cases() -> Vec<Scenario> {
    let wanted = |name: &str, values: &[&str]| {
        env::var(name).map_or(true, |wanted| values.contains(&wanted.as_str()))
    };
    let mut cases = load_cases(&package().join("cases")).unwrap();
    cases.retain(|case| {
        let stem = case.id.rsplit('/').next().unwrap();
        wanted("CONFORMANCE_GROUP", &[&case.group])
            && wanted("CONFORMANCE_ONLY", &[&case.name, stem, &case.id])
    });
    cases
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_answers_as_recorded() {
    let cases = cases();
    let outcomes = play_all(&cases).await;
    let mut known = Known::read();
    if env::var_os("CONFORMANCE_WRITE_KNOWN").is_some() {
        for (id, (_, outcome)) in &outcomes {
            if outcome.passed() {
                known.differences.remove(*id);
                known.unfinished.remove(*id);
            } else if !known.contains(id) {
                let reason = outcome.problems[0].chars().take(160).collect();
                known.unfinished.insert((*id).to_owned(), reason);
            }
        }
        known.write();
    }
    report(&outcomes, &known);
    let failing: Vec<_> = outcomes
        .iter()
        .filter(|(id, (_, outcome))| !outcome.passed() && !known.contains(id))
        .map(|(id, _)| *id)
        .collect();
    let passing: Vec<_> = outcomes
        .iter()
        .filter(|(id, (_, outcome))| outcome.passed() && known.contains(id))
        .map(|(id, _)| *id)
        .collect();
    assert!(
        failing.is_empty() && passing.is_empty(),
        "\nfailing, but not in known-failures.json: {failing:#?}\n\
         passing, but listed in known-failures.json: {passing:#?}"
    );
    let names: Vec<_> = load_cases(&package().join("cases")).unwrap();
    let stale: Vec<_> = known
        .differences
        .keys()
        .chain(known.unfinished.keys())
        .filter(|id| !names.iter().any(|case| case.id == **id))
        .collect();
    assert!(
        stale.is_empty(),
        "known-failures.json lists no scenarios of these names: {stale:?}"
    );
}

/// Prints the problems of unlisted scenarios and a table of the groups.
fn report(outcomes: &BTreeMap<&str, (&str, Outcome)>, known: &Known) {
    let mut groups = BTreeMap::<&str, (usize, usize)>::new();
    let mut soft = 0;
    for (id, (group, outcome)) in outcomes {
        let tally = groups.entry(group).or_default();
        tally.0 += usize::from(outcome.passed());
        tally.1 += 1;
        soft += outcome.soft.len();
        if !known.contains(id) || env::var_os("CONFORMANCE_ONLY").is_some() {
            for line in &outcome.problems {
                println!("FAIL {id} {line}");
            }
        }
    }
    println!("\n{:<18} {:>6} / total", "group", "passed");
    for (group, (passed, total)) in &groups {
        println!("{group:<18} {passed:>6} / {total}");
    }
    let passed: usize = groups.values().map(|(passed, _)| passed).sum();
    println!("{:<18} {passed:>6} / {}", "all", outcomes.len());
    println!(
        "known: {} differences, {} unfinished; soft differences (key order, number spelling, \
         HEAD length): {soft}",
        known.differences.len(),
        known.unfinished.len()
    );
}

/// An endpoint that reads the recorded answers out, changed by `change`.
fn playback(
    scenario: &Scenario,
    change: impl Fn(&mut Response) + Send + Sync,
) -> impl Endpoint<Output = Response> {
    let answers: Vec<_> = scenario
        .steps
        .iter()
        .map(|step| step.response.clone())
        .collect();
    let answers = Mutex::new(answers.into_iter());
    make_sync(move |_: Request| {
        let answer = answers.lock().unwrap().next().unwrap();
        let mut builder = Response::builder().status(StatusCode::from_u16(answer.status).unwrap());
        for (name, value) in &answer.headers {
            if let Some(value) = value {
                builder = builder.header(name, value);
            }
        }
        let body = match answer.json {
            Some(json) => json.to_string(),
            None => answer.text.unwrap_or_default(),
        };
        let mut response = builder.body(body);
        change(&mut response);
        response
    })
}

#[tokio::test]
async fn the_recording_itself_passes() {
    for case in load_cases(&package().join("cases")).unwrap() {
        let outcome = play(&case, &playback(&case, |_| {})).await;
        assert!(outcome.passed(), "{}: {:#?}", case.id, outcome.problems);
        assert!(outcome.soft.is_empty(), "{}: {:#?}", case.id, outcome.soft);
    }
}

#[tokio::test]
async fn a_changed_recording_does_not_pass() {
    for case in load_cases(&package().join("cases")).unwrap() {
        let teapot = playback(&case, |response| {
            response.set_status(StatusCode::IM_A_TEAPOT)
        });
        assert!(!play(&case, &teapot).await.passed(), "{}", case.id);
        let typeless = playback(&case, |response| {
            response.headers_mut().remove("content-type");
        });
        let has_type = |step: &restflow_conformance::Step| {
            matches!(step.response.headers.get("content-type"), Some(Some(_)))
        };
        let expected = !case.steps.iter().any(has_type);
        assert_eq!(
            play(&case, &typeless).await.passed(),
            expected,
            "{}",
            case.id
        );
    }
}

#[tokio::test]
async fn an_endpoint_that_panics_is_a_problem_and_not_the_end() {
    let case = load_cases(&package().join("cases")).unwrap().remove(0);
    let outcome = play(&case, &playback(&case, |_| panic!("expected in this test"))).await;
    assert_eq!(outcome.problems.len(), 1);
    assert!(outcome.problems[0].contains("panicked"), "{outcome:?}");
}
