//! Jupyter's messages: signed, multi-part, JSON.
//!
//! The wire format is the one of <https://jupyter-client.readthedocs.io/en/stable/messaging.html>.

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};
use zeromq::ZmqMessage;

const DELIMITER: &[u8] = b"<IDS|MSG>";

/// The connection's key; without one, messages are not signed.
#[derive(Clone)]
pub struct Key(Option<Hmac<Sha256>>);

impl Key {
    pub fn new(key: &str) -> Result<Key> {
        if key.is_empty() {
            return Ok(Key(None));
        }
        Ok(Key(Some(Hmac::new_from_slice(key.as_bytes()).context("the connection's key")?)))
    }

    fn digest(&self, parts: &[Bytes]) -> Option<Hmac<Sha256>> {
        self.0.clone().map(|mut mac| {
            parts.iter().for_each(|part| mac.update(part));
            mac
        })
    }
}

/// One message, in either direction.
#[derive(Clone)]
pub struct Message {
    identities: Vec<Bytes>,
    pub header: Value,
    parent: Value,
    metadata: Value,
    pub content: Value,
}

impl Message {
    /// Reads a message and checks its signature.
    pub fn decode(raw: ZmqMessage, key: &Key) -> Result<Message> {
        let mut identities = raw.into_vec();
        let end = identities
            .iter()
            .position(|part| &part[..] == DELIMITER)
            .context("a message without delimiter")?;
        let parts = identities.split_off(end);
        ensure!(parts.len() >= 6, "a message of {} parts, but at least 6 are needed", parts.len());
        if let Some(mac) = key.digest(&parts[2..6]) {
            let signature = hex::decode(&parts[1]).context("a message's signature")?;
            if mac.verify_slice(&signature).is_err() {
                bail!("a message with a wrong signature");
            }
        }
        let json =
            |i: usize| serde_json::from_slice::<Value>(&parts[i]).context("a message's JSON");
        Ok(Message {
            identities,
            header: json(2)?,
            parent: json(3)?,
            metadata: json(4)?,
            content: json(5)?,
        })
    }

    /// The message in parts, signed.
    pub fn encode(&self, key: &Key) -> Result<ZmqMessage> {
        let mut signed = Vec::with_capacity(4);
        for value in [&self.header, &self.parent, &self.metadata, &self.content] {
            signed.push(Bytes::from(serde_json::to_vec(value)?));
        }
        let signature = match key.digest(&signed) {
            Some(mac) => hex::encode(mac.finalize().into_bytes()),
            None => String::new(),
        };
        let mut parts = self.identities.clone();
        parts.push(Bytes::from_static(DELIMITER));
        parts.push(Bytes::from(signature));
        parts.extend(signed);
        ZmqMessage::try_from(parts).ok().context("an empty message")
    }

    /// The message's type, as `execute_request`.
    pub fn kind(&self) -> &str {
        self.header["msg_type"].as_str().unwrap_or("")
    }

    /// A message that belongs to no request, for the broadcast channel.
    pub fn broadcast(kind: &str, content: Value) -> Message {
        Message {
            identities: vec![Bytes::copy_from_slice(kind.as_bytes())],
            header: header(kind),
            parent: json!({}),
            metadata: json!({}),
            content,
        }
    }

    /// A message on the broadcast channel that belongs to this request.
    pub fn child(&self, kind: &str, content: Value) -> Message {
        Message { parent: self.header.clone(), ..Message::broadcast(kind, content) }
    }

    /// The answer to this request, for its sender.
    pub fn reply(&self, content: Value) -> Message {
        let kind = self.kind().replace("_request", "_reply");
        self.to_sender(&kind, content)
    }

    /// Another message to the sender of this one.
    pub fn to_sender(&self, kind: &str, content: Value) -> Message {
        Message { identities: self.identities.clone(), ..self.child(kind, content) }
    }
}

fn header(kind: &str) -> Value {
    static SESSION: OnceLock<String> = OnceLock::new();
    let session = SESSION.get_or_init(|| uuid::Uuid::new_v4().to_string());
    json!({
        "msg_id": uuid::Uuid::new_v4().to_string(),
        "session": session,
        "username": "kernel",
        "date": timestamp(SystemTime::now()),
        "msg_type": kind,
        "version": "5.4",
    })
}

/// The time as ISO 8601 in UTC; the civil date by Howard Hinnant's `civil_from_days`.
fn timestamp(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, second) = ((since.as_secs() / 86_400) as i64, since.as_secs() % 86_400);
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:06}Z",
        second / 3600,
        second / 60 % 60,
        second % 60,
        since.subsec_micros()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_signed_message_survives_the_wire_and_a_changed_one_does_not() {
        let key = Key::new("secret").unwrap();
        let request = Message {
            identities: vec![Bytes::from_static(b"client")],
            ..Message::broadcast("execute_request", json!({"code": "1 + 1 // ü"}))
        };
        let wire = request.encode(&key).unwrap();
        let back = Message::decode(wire.clone(), &key).unwrap();
        assert_eq!(back.kind(), "execute_request");
        assert_eq!(back.content["code"], "1 + 1 // ü");
        let reply = back.reply(json!({"status": "ok"}));
        assert_eq!(reply.kind(), "execute_reply");
        assert_eq!(reply.identities, [Bytes::from_static(b"client")]);
        assert_eq!(reply.parent, request.header);

        assert!(Message::decode(wire.clone(), &Key::new("other").unwrap()).is_err());
        let mut parts = wire.into_vec();
        let last = parts.len() - 1;
        parts[last] = Bytes::from_static(b"{\"code\":\"2\"}");
        assert!(Message::decode(ZmqMessage::try_from(parts).unwrap(), &key).is_err());
    }

    #[test]
    fn a_message_that_is_too_short_is_refused() {
        let key = Key::new("").unwrap();
        let short = ZmqMessage::try_from(vec![
            Bytes::from_static(DELIMITER),
            Bytes::new(),
            Bytes::from_static(b"{}"),
        ]);
        assert!(Message::decode(short.unwrap(), &key).is_err());
        assert!(Message::decode(ZmqMessage::from("text"), &key).is_err());
    }

    #[test]
    fn dates_are_civil_dates_in_utc() {
        let at = |seconds| timestamp(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00.000000Z");
        assert_eq!(at(1_767_225_599), "2025-12-31T23:59:59.000000Z");
    }
}
