//! A peer as a process of its own, with its CPU time and memory.
use std::{
    env, fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    time::{Instant, sleep},
};

/// Linux counts CPU time for user space in hundredths of a second.
const TICKS_PER_SECOND: f64 = 100.0;
const START: Duration = Duration::from_secs(20);

/// A running peer; it is killed when dropped.
#[derive(Debug)]
pub(crate) struct PeerProcess {
    name: &'static str,
    address: SocketAddr,
    pid: u32,
    _child: Child,
}

impl PeerProcess {
    /// Starts this program again as the peer called `name` and waits until it listens.
    pub(crate) async fn start(name: &'static str, db: &Path) -> Result<Self> {
        let address = free_address()?;
        let mut child = Command::new(env::current_exe()?)
            .args(["serve", name, "--port", &address.port().to_string(), "--db"])
            .arg(db)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let deadline = Instant::now() + START;
        while TcpStream::connect(address).await.is_err() {
            if let Some(status) = child.try_wait()? {
                bail!("{name} ended at start: {status}");
            }
            if Instant::now() > deadline {
                bail!("{name} does not listen after {START:?}");
            }
            sleep(Duration::from_millis(20)).await;
        }
        let pid = child.id().with_context(|| format!("{name} has ended"))?;
        Ok(Self {
            name,
            address,
            pid,
            _child: child,
        })
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Seconds of CPU time so far, in user space and in the kernel, to a hundredth.
    pub(crate) fn cpu_seconds(&self) -> Result<f64> {
        let stat = self.proc("stat")?;
        // The name of the program stands in parentheses and may contain anything; utime
        // and stime are the fields 14 and 15, the state after the name is the third.
        let fields = stat.rsplit(')').next().unwrap_or_default();
        let ticks = |number: usize| -> Result<f64> {
            let field = fields.split_whitespace().nth(number - 3);
            Ok(field.context("a short /proc/PID/stat")?.parse()?)
        };
        Ok((ticks(14)? + ticks(15)?) / TICKS_PER_SECOND)
    }

    /// The largest resident size so far, in MiB.
    pub(crate) fn peak_memory(&self) -> Result<f64> {
        let status = self.proc("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().next());
        Ok(kib
            .context("no VmHWM in /proc/PID/status")?
            .parse::<f64>()?
            / 1024.0)
    }

    fn proc(&self, file: &str) -> Result<String> {
        let path = format!("/proc/{}/{file}", self.pid);
        fs::read_to_string(&path)
            .with_context(|| format!("cannot read {path} of {} (this needs Linux)", self.name))
    }
}

/// An address that nobody listened on a moment ago.
fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
