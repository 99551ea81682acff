//! The five sockets of a kernel, as the connection file names them.

use super::message::Key;
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::Path;
use zeromq::{PubSocket, RepSocket, RouterSocket, Socket};

/// The bound sockets and the key that signs what goes over them.
pub struct Sockets {
    pub heartbeat: RepSocket,
    pub shell: RouterSocket,
    pub control: RouterSocket,
    pub stdin: RouterSocket,
    pub iopub: PubSocket,
    pub key: Key,
}

impl Sockets {
    /// Reads the connection file that Jupyter wrote and binds every socket in it.
    pub async fn bind(file: &Path) -> Result<Sockets> {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("reading the connection file {}", file.display()))?;
        let info: Value = serde_json::from_str(&text)
            .with_context(|| format!("the connection file {}", file.display()))?;
        Ok(Sockets {
            heartbeat: bind(&info, "hb_port").await?,
            shell: bind(&info, "shell_port").await?,
            control: bind(&info, "control_port").await?,
            stdin: bind(&info, "stdin_port").await?,
            iopub: bind(&info, "iopub_port").await?,
            key: Key::new(info["key"].as_str().unwrap_or(""))?,
        })
    }
}

async fn bind<S: Socket>(info: &Value, port: &str) -> Result<S> {
    let transport = info["transport"].as_str().unwrap_or("tcp");
    let ip = info["ip"].as_str().unwrap_or("127.0.0.1");
    let number =
        info[port].as_u64().with_context(|| format!("the connection file has no {port}"))?;
    let endpoint = format!("{transport}://{ip}:{number}");
    let mut socket = S::new();
    socket.bind(&endpoint).await.with_context(|| format!("binding {port} to {endpoint}"))?;
    Ok(socket)
}
