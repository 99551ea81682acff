//! One file from one address: limited in size, resumed where it broke, checked before it gets its
//! name.

use super::catalogue::Item;
use super::progress::Progress;
use super::stored;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use ureq::http::{Response, header};
use ureq::{Agent, Body};

/// How often a transfer that breaks is taken up again.
const ATTEMPTS: usize = 4;
/// How many redirects are followed.
const REDIRECTS: usize = 5;

/// How to talk to servers.
#[derive(Clone, Debug)]
pub(super) struct Net {
    /// The longest time without a byte.
    pub patience: Duration,
    /// Whether this machine may be asked by plain HTTP, as tests do.
    pub loopback: bool,
}

impl Default for Net {
    fn default() -> Self {
        Net { patience: Duration::from_secs(30), loopback: false }
    }
}

enum Failure {
    /// It makes no sense to ask this address again.
    Final(String),
    /// What has come is kept, and the rest may be asked for.
    Broken(String),
}

use Failure::{Broken, Final};

/// Fetches a file to `target`, which gets its name only when it is whole and the right one. What a
/// broken transfer leaves stands beside it with `.part` at the end of its name, and is taken up.
/// The caller sees to it that nobody else writes there.
pub(super) fn download(net: &Net, address: &str, target: &Path, item: &Item) -> Result<(), String> {
    let mut part = target.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    if length(&part) > 0 && stored::read(item, &part).is_ok() {
        return give_name(&part, target);
    }
    let agent = agent(net);
    let mut reason = String::new();
    for _ in 0..ATTEMPTS {
        match transfer(net, &agent, address, &part, item) {
            Ok(resumed) => match stored::read(item, &part) {
                Ok(_) => return give_name(&part, target),
                Err(problem) => {
                    let _ = fs::remove_file(&part);
                    reason = problem;
                    // Parts of two different files make a wrong one: once more from the start.
                    if !resumed {
                        break;
                    }
                }
            },
            Err(Final(why)) => return Err(why),
            Err(Broken(why)) => reason = why,
        }
    }
    Err(reason)
}

fn agent(net: &Net) -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        // Followed here, where each address is looked at first.
        .max_redirects(0)
        .timeout_resolve(Some(net.patience))
        .timeout_connect(Some(net.patience))
        .timeout_recv_response(Some(net.patience))
        .timeout_per_read(Some(net.patience))
        .user_agent(concat!("dfdx-lab/", env!("CARGO_PKG_VERSION")));
    if net.loopback { config.proxy(None).build().into() } else { config.build().into() }
}

/// Adds what the server sends to what is there; whether there was something before.
fn transfer(
    net: &Net,
    agent: &Agent,
    address: &str,
    part: &Path,
    item: &Item,
) -> Result<bool, Failure> {
    let had = length(part);
    let response = get(net, agent, address, had)?;
    let start = match response.status().as_u16() {
        // A server that does not know ranges, or has nothing of them, sends it all.
        200 => 0,
        206 if first_byte(&response) == Some(had) => had,
        206 | 416 => {
            let _ = fs::remove_file(part);
            return Err(Broken("the server sent another range than was asked for".to_string()));
        }
        status => return Err(Final(format!("the server answers with HTTP status {status}"))),
    };
    let total = response.body().content_length().map(|n| n.saturating_add(start));
    let most = item.most_stored();
    let too_big = |n: u64, more: &str| {
        let _ = fs::remove_file(part);
        Final(format!("it sends {n} bytes{more}, and the right file has at most {most}"))
    };
    if let Some(n) = total.filter(|&n| n > most) {
        return Err(too_big(n, ""));
    }
    let mut options = File::options();
    let options = if start > 0 { options.append(true) } else { options.write(true).truncate(true) };
    let disk = |e: std::io::Error| Final(format!("{}: {e}", part.display()));
    let mut file = options.create(true).open(part).map_err(disk)?;
    let mut body = response.into_body().into_reader();
    let mut progress = Progress::new(&item.published());
    let (mut at, mut buffer) = (start, vec![0; 1 << 16]);
    loop {
        // What has come stays, and the next call goes on behind it.
        crate::stop::step();
        let n = body.read(&mut buffer).map_err(|e| broken(at, total, &e.to_string()))?;
        if n == 0 {
            break;
        }
        at += n as u64;
        if at > most {
            return Err(too_big(at, " or more"));
        }
        file.write_all(&buffer[..n]).map_err(disk)?;
        progress.at(at, total);
    }
    file.sync_all().map_err(disk)?;
    match total {
        Some(total) if at < total => Err(broken(at, Some(total), "the connection was closed")),
        _ => Ok(start > 0),
    }
}

fn broken(at: u64, total: Option<u64>, why: &str) -> Failure {
    let of = total.map_or(String::new(), |total| format!(" of {total}"));
    Broken(format!("the transfer broke after {at}{of} bytes: {why}"))
}

/// Asks for the file from byte `from` on, and follows redirects.
fn get(net: &Net, agent: &Agent, address: &str, from: u64) -> Result<Response<Body>, Failure> {
    let mut address = address.to_string();
    for _ in 0..=REDIRECTS {
        if !allowed(net, &address) {
            return Err(Final(format!("{address} is not an HTTPS address, and is not used")));
        }
        let mut request = agent.get(&address);
        if from > 0 {
            request = request.header(header::RANGE, format!("bytes={from}-"));
        }
        let response = request.call().map_err(|e| match e {
            ureq::Error::Io(e) => Broken(e.to_string()),
            e @ (ureq::Error::BadUri(_) | ureq::Error::HostNotFound) => Final(e.to_string()),
            e => Broken(e.to_string()),
        })?;
        if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
            return Ok(response);
        }
        let to = text(&response, header::LOCATION);
        let to = to.ok_or_else(|| Final(format!("{address} redirects to nowhere")))?;
        let next = absolute(&address, &to);
        if !allowed(net, &next) {
            return Err(Final(format!("it redirects to {next}, which is no HTTPS address")));
        }
        address = next;
    }
    Err(Final(format!("it redirects more than {REDIRECTS} times")))
}

/// HTTPS only; tests may ask their own machine.
fn allowed(net: &Net, address: &str) -> bool {
    address.starts_with("https://") || (net.loopback && address.starts_with("http://127.0.0.1:"))
}

/// Where a redirect leads, which may leave out the server or the scheme.
fn absolute(from: &str, to: &str) -> String {
    if to.contains("://") {
        return to.to_string();
    }
    let (scheme, rest) = from.split_once("://").unwrap_or(("https", from));
    match (to.starts_with("//"), to.starts_with('/')) {
        (true, _) => format!("{scheme}:{to}"),
        (_, true) => format!("{scheme}://{}{to}", rest.split('/').next().unwrap_or_default()),
        _ => {
            let path = rest.split(['?', '#']).next().unwrap_or_default();
            let folder = path.rsplit_once('/').map_or(path, |(folder, _)| folder);
            format!("{scheme}://{folder}/{to}")
        }
    }
}

fn text(response: &Response<Body>, name: header::HeaderName) -> Option<String> {
    response.headers().get(name)?.to_str().ok().map(str::to_string)
}

/// The first byte of the range that an answer holds, from `bytes FIRST-LAST/TOTAL`.
fn first_byte(response: &Response<Body>) -> Option<u64> {
    let range = text(response, header::CONTENT_RANGE)?;
    range.strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |data| data.len())
}

fn give_name(part: &Path, target: &Path) -> Result<(), String> {
    fs::rename(part, target).map_err(|e| format!("{}: {e}", target.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_redirects_lead() {
        let from = "https://a.org/b/c?d=1";
        assert_eq!(absolute(from, "http://e.org/"), "http://e.org/");
        assert_eq!(absolute(from, "//e.org/f"), "https://e.org/f");
        assert_eq!(absolute(from, "/f"), "https://a.org/f");
        assert_eq!(absolute(from, "f"), "https://a.org/b/f");
        assert_eq!(absolute("https://a.org", "f"), "https://a.org/f");
    }

    #[test]
    fn only_https_is_asked_outside_of_tests() {
        let net = Net::default();
        assert!(allowed(&net, "https://a.org"));
        for address in ["http://a.org", "http://127.0.0.1:80/", "ftp://a.org", "file:///etc", ""] {
            assert!(!allowed(&net, address), "{address}");
        }
    }
}
