//! The load generator: connections that are kept open and ask one thing at a time.
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinSet, time::Instant};

use crate::{
    endpoints::{Call, Endpoint},
    process::PeerProcess,
};

/// What one peer did with one endpoint in one round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) requests_per_second: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    /// CPU seconds for 1,000 requests.
    pub(crate) cpu: f64,
}

/// Sends the requests.
#[derive(Debug)]
pub(crate) struct Load {
    connections: usize,
    rows: u32,
    /// Creates so far, over all peers: every new product gets a SKU of its own.
    created: u64,
}

impl Load {
    pub(crate) fn new(connections: usize, rows: u32) -> Self {
        Self {
            connections,
            rows,
            created: 0,
        }
    }

    /// Sends as many requests as stand for `requests`; fails if one of them is not answered as expected.
    pub(crate) async fn run(
        &mut self,
        peer: &PeerProcess,
        endpoint: Endpoint,
        requests: usize,
    ) -> Result<Sample> {
        let requests = endpoint.requests(requests);
        let first = match endpoint {
            Endpoint::Create => self.created,
            _ => 0,
        };
        if endpoint == Endpoint::Create {
            self.created += requests as u64;
        }
        let last = first + requests as u64;
        let next = Arc::new(AtomicU64::new(first));
        let mut clients = Vec::new();
        for _ in 0..self.connections.min(requests) {
            clients.push(Client::connect(peer.address()).await?);
        }
        let cpu = peer.cpu_seconds()?;
        let start = Instant::now();
        let mut tasks = JoinSet::new();
        for mut client in clients {
            let (next, rows) = (Arc::clone(&next), self.rows);
            tasks.spawn(async move {
                let mut latencies = Vec::new();
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= last {
                        return anyhow::Ok(latencies);
                    }
                    let call = endpoint.call(at, rows);
                    let sent = Instant::now();
                    client.expect(&call).await?;
                    latencies.push(sent.elapsed());
                }
            });
        }
        let mut latencies = Vec::with_capacity(requests);
        while let Some(done) = tasks.join_next().await {
            let done = done?.with_context(|| format!("{}: {}", peer.name(), endpoint.title()))?;
            latencies.extend(done);
        }
        let seconds = start.elapsed().as_secs_f64();
        let cpu = peer.cpu_seconds()? - cpu;
        latencies.sort_unstable();
        Ok(Sample {
            requests_per_second: requests as f64 / seconds,
            p50: percentile(&latencies, 50),
            p99: percentile(&latencies, 99),
            cpu: cpu * 1000.0 / requests as f64,
        })
    }
}

/// The smallest value that `percent` of the sorted values do not exceed.
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

/// One connection to a peer.
#[derive(Debug)]
pub(crate) struct Client {
    sender: SendRequest<Full<Bytes>>,
    host: String,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // It ends when the sender is dropped or the peer goes; the sender tells of the latter.
        tokio::spawn(connection);
        Ok(Self {
            sender,
            host: address.to_string(),
        })
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn send(&mut self, call: &Call) -> Result<(StatusCode, Bytes)> {
        let mut request = Request::builder()
            .method(&call.method)
            .uri(&call.path)
            .header(header::HOST, &self.host)
            .header(header::ACCEPT, "application/json");
        if !call.body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        self.sender.ready().await?;
        let response = self
            .sender
            .send_request(request.body(Full::new(call.body.clone()))?)
            .await?;
        let status = response.status();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }

    /// Sends a request and fails unless the answer has the expected status.
    pub(crate) async fn expect(&mut self, call: &Call) -> Result<Bytes> {
        let (status, body) = self.send(call).await?;
        ensure!(
            status == call.expected,
            "{} {} was answered by {status} instead of {}: {}",
            call.method,
            call.path,
            call.expected,
            String::from_utf8_lossy(&body)
        );
        Ok(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let values: Vec<_> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(percentile(&values, 50), Duration::from_millis(100));
        assert_eq!(percentile(&values, 99), Duration::from_millis(198));
        assert_eq!(percentile(&values[..1], 99), Duration::from_millis(1));
        assert_eq!(percentile(&[], 50), Duration::ZERO);
    }
}
