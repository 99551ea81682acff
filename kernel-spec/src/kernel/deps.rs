//! Crates that a notebook adds by `:dep`, built by cargo.

use super::compiler::Running;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The crates of a notebook.
pub struct Crates {
    folder: PathBuf,
    /// The setting of each crate in the manifest, by its name.
    wanted: BTreeMap<String, String>,
}

impl Crates {
    pub fn new(folder: PathBuf) -> Crates {
        Crates { folder, wanted: BTreeMap::new() }
    }

    /// Adds a crate, written as in a manifest (`rand = "0.9"`) or by its name or path alone, and
    /// builds it; `line` receives cargo's messages. Returns the flags for rustc.
    pub fn add(
        &mut self,
        text: &str,
        running: &Running,
        line: &mut dyn FnMut(&str),
    ) -> Result<Vec<String>> {
        let (name, setting) = read(text)?;
        let before = self.wanted.insert(name.clone(), setting);
        let result = self.build(running, line);
        if result.is_err() {
            match before {
                Some(setting) => drop(self.wanted.insert(name, setting)),
                None => drop(self.wanted.remove(&name)),
            }
        }
        result
    }

    /// Whether tokio is among them, with a runtime whose timers run by themselves.
    pub fn has_runtime(&self) -> bool {
        let features = ["\"full\"", "\"rt-multi-thread\""];
        self.wanted
            .get("tokio")
            .is_some_and(|setting| features.iter().any(|feature| setting.contains(feature)))
    }

    /// The crates as a manifest has them.
    pub fn lines(&self) -> String {
        self.wanted.iter().map(|(name, setting)| format!("{name} = {setting}\n")).collect()
    }

    /// The file with their versions.
    pub fn lock(&self) -> PathBuf {
        self.folder.join("Cargo.lock")
    }

    fn build(&self, running: &Running, line: &mut dyn FnMut(&str)) -> Result<Vec<String>> {
        std::fs::create_dir_all(self.folder.join("src"))?;
        std::fs::write(self.folder.join("src/lib.rs"), "")?;
        let wanted = self.lines();
        let manifest = format!(
            "[package]\nname = \"notebook\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [profile.dev]\ndebug = false\n\n[profile.dev.package.\"*\"]\nopt-level = 2\n\n\
             [workspace]\n\n[dependencies]\n{wanted}"
        );
        std::fs::write(self.folder.join("Cargo.toml"), manifest)?;
        let mut cargo = Command::new("cargo");
        cargo
            .args(["build", "--message-format", "json-render-diagnostics", "--target-dir"])
            .arg(self.folder.join("target"))
            .current_dir(&self.folder)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = cargo.spawn().context("running cargo")?;
        running.set(Some(child.id() as i32));
        let stdout = child.stdout.take().context("cargo's output")?;
        let messages = std::thread::spawn(move || std::io::read_to_string(stdout));
        let mut log = Vec::new();
        if let Some(stderr) = child.stderr.take() {
            for text in BufReader::new(stderr).lines().map_while(Result::ok) {
                line(text.trim());
                log.push(text);
            }
        }
        let status = child.wait();
        running.set(None);
        let messages = messages.join().ok().context("reading cargo's output")??;
        if !status?.success() {
            let from = log.iter().position(|line| line.starts_with("error")).unwrap_or(0);
            bail!("{}", log[from..].join("\n"));
        }
        Ok(self.flags(&messages))
    }

    /// How rustc finds what cargo has built.
    fn flags(&self, messages: &str) -> Vec<String> {
        let deps = self.folder.join("target/debug/deps");
        let mut flags = vec![format!("-Ldependency={}", deps.display())];
        let names: BTreeMap<String, String> = self
            .wanted
            .iter()
            .map(|(name, setting)| (package(name, setting), name.replace('-', "_")))
            .collect();
        for message in messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok())
        {
            if message["reason"] == "build-script-executed" {
                let paths = message["linked_paths"].as_array().into_iter().flatten();
                flags.extend(paths.filter_map(Value::as_str).map(|path| format!("-L{path}")));
            }
            let target = &message["target"];
            let kinds = target["kind"].to_string();
            if message["reason"] != "compiler-artifact"
                || !kinds.contains("lib") && !kinds.contains("proc-macro")
            {
                continue;
            }
            let package_id = message["package_id"].as_str().unwrap_or("");
            let files = message["filenames"].as_array().into_iter().flatten();
            let file = files
                .filter_map(Value::as_str)
                .find(|file| [".rlib", ".so", ".dylib"].iter().any(|end| file.ends_with(end)));
            let Some(file) = file else { continue };
            let target_name = target["name"].as_str().unwrap_or("").replace('-', "_");
            let of_package = |package: &str| {
                target_name == package.replace('-', "_")
                    || package_id.contains(&format!("#{package}@"))
                    || package_id.contains(&format!("/{package}#"))
            };
            if let Some((_, name)) = names.iter().find(|(package, _)| of_package(package)) {
                flags.push(format!("--extern={name}={file}"));
            }
        }
        flags
    }
}

/// The name of a line `name`, `name = setting` or `./path`, and its setting.
fn read(text: &str) -> Result<(String, String)> {
    let text = text.trim();
    if text.is_empty() {
        bail!("name a crate, as in `:dep rand = \"0.9\"`");
    }
    if text.starts_with(['.', '/']) {
        let folder = std::path::absolute(Path::new(text))?;
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml"))
            .with_context(|| format!("reading {}/Cargo.toml", folder.display()))?;
        let line = manifest.lines().find_map(|line| line.trim().strip_prefix("name"));
        let name = line.and_then(|rest| rest.split('"').nth(1)).context("the crate has no name")?;
        return Ok((name.to_owned(), format!("{{ path = {:?} }}", folder.display().to_string())));
    }
    match text.split_once('=') {
        None => Ok((text.to_owned(), "\"*\"".to_owned())),
        Some((name, setting)) => {
            let (name, mut setting) = (name.trim().to_owned(), setting.trim().to_owned());
            // A path is relative to the notebook's folder.
            if let Some(rest) = setting.split("path").nth(1)
                && let Some(path) = rest.split('"').nth(1)
                && Path::new(path).is_relative()
            {
                let whole = std::path::absolute(Path::new(path))?;
                let new = format!("{:?}", whole.display().to_string());
                setting = setting.replace(&format!("\"{path}\""), &new);
            }
            Ok((name, setting))
        }
    }
}

/// The package that a line means: its name, or what `package = "…"` says.
fn package(name: &str, setting: &str) -> String {
    let other = setting.split("package").nth(1).and_then(|rest| rest.split('"').nth(1));
    other.unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_in_a_manifest() {
        let of = |text: &str| read(text).unwrap();
        assert_eq!(of("rand"), ("rand".into(), "\"*\"".into()));
        assert_eq!(of("rand = \"0.9\""), ("rand".into(), "\"0.9\"".into()));
        let setting = "{ version = \"1\", package = \"serde_json\" }";
        assert_eq!(of(&format!("json = {setting}")), ("json".into(), setting.into()));
        assert_eq!(package("json", setting), "serde_json");
        assert!(read(" ").is_err());
        let (_, setting) = of("a = { path = \"b\" }");
        assert!(setting.contains(&std::env::current_dir().unwrap().display().to_string()));
    }
}
