//! A mirror on this machine that serves what a test tells it to.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the mirror does with a request.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// The file, or the rest of it where a range is asked for.
    File(Vec<u8>),
    /// The file from its beginning, whatever is asked for.
    Whole(Vec<u8>),
    /// The first bytes of the file as `File`, with its full length announced; then it hangs up.
    Breaks(Vec<u8>, usize),
    /// As `Breaks`, but it just stays silent.
    Stalls(Vec<u8>, usize),
    /// The file without its length.
    Endless(Vec<u8>),
    Redirect(String),
    Status(u16),
}

/// The path and the range of a request.
pub(super) type Request = (String, Option<String>);

/// Answers requests in turn, the last answer again and again.
pub(super) struct Server {
    pub address: String,
    pub asked: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub fn new(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        // It lives as long as the tests' process.
        std::thread::spawn(move || {
            for (i, stream) in listener.incoming().enumerate() {
                let answer = answers[i.min(answers.len() - 1)].clone();
                let log = log.clone();
                std::thread::spawn(move || serve(stream.unwrap(), answer, &log));
            }
        });
        Server { address, asked }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, answer: Answer, log: &Mutex<Vec<Request>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    let mut range = None;
    for line in lines.map_while(Result::ok).take_while(|line| !line.is_empty()) {
        if let Some(value) = line.to_lowercase().strip_prefix("range: ") {
            range = Some(value.to_string());
        }
    }
    let path = first.split(' ').nth(1).unwrap().to_string();
    log.lock().unwrap().push((path, range.clone()));
    // The client may hang up when it has seen enough.
    let _ = respond(&mut stream, answer, range.as_deref());
}

fn respond(stream: &mut TcpStream, answer: Answer, range: Option<&str>) -> std::io::Result<()> {
    let from = range.and_then(|r| r.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    let head = |stream: &mut TcpStream, file: &[u8], from: Option<usize>| {
        let (n, start) = (file.len(), from.unwrap_or(0));
        let (status, range) = match from {
            Some(start) => {
                ("206 Partial Content", format!("Content-Range: bytes {start}-{}/{n}\r\n", n - 1))
            }
            None => ("200 OK", String::new()),
        };
        let left = n - start;
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {left}\r\n{range}\r\n");
        stream.write_all(head.as_bytes()).map(|()| start)
    };
    match answer {
        Answer::File(file) if from.is_some_and(|from: usize| from >= file.len()) => {
            stream.write_all(b"HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n")
        }
        Answer::File(file) => {
            let start = head(stream, &file, from)?;
            stream.write_all(&file[start..])
        }
        Answer::Whole(file) => {
            head(stream, &file, None)?;
            stream.write_all(&file)
        }
        Answer::Breaks(file, n) => {
            let start = head(stream, &file, from)?;
            stream.write_all(&file[start..file.len().min(start + n)])
        }
        Answer::Stalls(file, n) => {
            let start = head(stream, &file, from)?;
            stream.write_all(&file[start..start + n])?;
            std::thread::sleep(Duration::from_secs(60));
            Ok(())
        }
        Answer::Endless(file) => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            stream.write_all(&file)
        }
        Answer::Redirect(to) => {
            let text = format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
            stream.write_all(text.as_bytes())
        }
        Answer::Status(code) => {
            let text = format!("HTTP/1.1 {code} No\r\nContent-Length: 4\r\n\r\nno!\n");
            stream.write_all(text.as_bytes())
        }
    }
}
