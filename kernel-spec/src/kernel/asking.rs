//! Asks the user of the notebook for the lines that a cell reads.

use super::channels::{Channels, Phase};
use super::message::Message;
use super::output::Question;
use super::server::Replies;
use super::waits::END_OF_TEXT;
use serde_json::json;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// How often to check whether the waiting cell was stopped.
const LOOK: Duration = Duration::from_millis(100);

/// Serves until the kernel ends.
pub fn serve(
    questions: &Receiver<Question>,
    ask: &Replies,
    answers: &Receiver<Message>,
    channels: &Channels,
) {
    for Question { request, prompt } in questions {
        if request.content["allow_stdin"].as_bool() != Some(true) {
            // Nobody can answer, so the cell reads the end of the input.
            channels.answer(&[END_OF_TEXT]);
            continue;
        }
        // Drops answers to a cell that was stopped.
        while answers.try_recv().is_ok() {}
        let content = json!({"prompt": prompt, "password": false});
        ask.send(request.to_sender("input_request", content));
        loop {
            match answers.recv_timeout(LOOK) {
                Ok(answer) => {
                    let line = answer.content["value"].as_str().unwrap_or("").to_owned();
                    channels.answer(line.as_bytes());
                    break;
                }
                Err(RecvTimeoutError::Timeout) if channels.phase() == Phase::Running => {}
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }
}
