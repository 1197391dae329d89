//! Before anything is measured: do all peers answer the same?
use anyhow::{Context, Result, ensure};
use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    endpoints::{Call, Endpoint},
    load::Client,
    process::PeerProcess,
};

/// Compares the answers of the peers; fails at the first difference.
///
/// Links may order their parameters as they like. Of what is refused only the status is
/// compared, of a created product all but what must differ.
pub(crate) async fn check(peers: &[PeerProcess], rows: u32) -> Result<()> {
    let last = rows.div_ceil(20);
    let mut calls: Vec<_> = [1, 2, last]
        .map(|page| Call::get(format!("/api/products/?page={page}")))
        .into();
    calls.push(Call::get("/api/products/".to_owned()));
    for at in [0, 3, 17] {
        calls.push(Endpoint::Filtered.call(at, rows));
        calls.push(Endpoint::Retrieve.call(at, rows));
    }
    for call in calls {
        let mut first: Option<(&str, Value)> = None;
        for peer in peers {
            let mut client = Client::connect(peer.address()).await?;
            let body = client.expect(&call).await.with_context(|| peer.name())?;
            let answer = comparable(&body, peer)?;
            match &first {
                None => first = Some((peer.name(), answer)),
                Some((other, expected)) => ensure!(
                    *expected == answer,
                    "{} {}:\n{other}: {expected}\n{}: {answer}",
                    call.method,
                    call.path,
                    peer.name()
                ),
            }
        }
    }
    for (number, peer) in peers.iter().enumerate() {
        check_create(number, peer)
            .await
            .with_context(|| peer.name())?;
    }
    Ok(())
}

async fn check_create(number: usize, peer: &PeerProcess) -> Result<()> {
    let mut client = Client::connect(peer.address()).await?;
    let sku = format!("CHECK-{number}");
    let new = json!({"name": "Bell", "sku": sku, "description": "It rings.", "price": "1.50",
        "in_stock": false, "category": 2});
    let body = client.expect(&Call::post(&new)).await?;
    let mut created = comparable(&body, peer)?;
    let fields = created
        .as_object_mut()
        .context("a created product is an object")?;
    let generated = (fields.remove("id"), fields.remove("created_at"));
    ensure!(
        matches!(generated, (Some(Value::Number(_)), Some(Value::String(_)))) && created == new,
        "{new} was created as {created}"
    );
    let broken = [
        ("sku", json!(sku)),
        ("sku", json!("S")),
        ("name", json!(" ")),
        ("price", json!("-1.00")),
        ("price", json!("1.005")),
        ("category", json!(0)),
    ];
    for (field, value) in broken {
        let mut refused = new.clone();
        refused["sku"] = json!("CHECK-NEW");
        refused[field] = value;
        let mut call = Call::post(&refused);
        call.expected = StatusCode::BAD_REQUEST;
        let body = client.expect(&call).await?;
        let errors: Value = serde_json::from_slice(&body)?;
        ensure!(
            errors[field].is_array(),
            "{refused} was refused by {errors}"
        );
    }
    for path in [
        "/api/products/0/",
        "/api/products/?page=0",
        "/api/products/?page=99999",
    ] {
        let mut call = Call::get(path.to_owned());
        call.expected = StatusCode::NOT_FOUND;
        client.expect(&call).await?;
    }
    Ok(())
}

/// The answer with the peer's address blanked and its links in a fixed spelling.
fn comparable(body: &[u8], peer: &PeerProcess) -> Result<Value> {
    let mut answer: Value = serde_json::from_slice(body)
        .with_context(|| format!("not JSON: {}", String::from_utf8_lossy(body)))?;
    let base = format!("http://{}", peer.address());
    for name in ["next", "previous"] {
        if let Some(Value::String(link)) = answer.get_mut(name) {
            let path = link.replace(&base, "");
            let (path, query) = path.split_once('?').unwrap_or((&path, ""));
            let mut query: Vec<_> = query.split('&').collect();
            query.sort_unstable();
            *link = format!("{path}?{}", query.join("&"));
        }
    }
    Ok(answer)
}
