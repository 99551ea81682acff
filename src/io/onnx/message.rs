//! A writer of protocol buffers: ONNX files are messages whose fields and numbers are those of
//! onnx.proto (IR version 8).

/// A message that is being written.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Message {
    bytes: Vec<u8>,
}

/// Encodings of a field's value.
const VARINT: u64 = 0;
const LENGTH: u64 = 2;
const FIXED32: u64 = 5;

impl Message {
    /// Adds a whole number.
    pub fn int(mut self, field: u64, value: i64) -> Self {
        self.varint(field << 3 | VARINT);
        // Negative numbers are in 64-bit two's complement.
        self.varint(value as u64);
        self
    }

    /// Adds a number in single precision.
    pub fn float(mut self, field: u64, value: f32) -> Self {
        self.varint(field << 3 | FIXED32);
        self.bytes.extend(value.to_le_bytes());
        self
    }

    /// Adds a packed list of whole numbers.
    pub fn ints(self, field: u64, values: &[i64]) -> Self {
        let packed = values.iter().fold(Message::default(), |mut packed, value| {
            packed.varint(*value as u64);
            packed
        });
        self.raw(field, &packed.bytes)
    }

    /// Adds a text.
    pub fn text(self, field: u64, value: &str) -> Self {
        self.raw(field, value.as_bytes())
    }

    /// Adds bytes.
    pub fn raw(mut self, field: u64, value: &[u8]) -> Self {
        self.varint(field << 3 | LENGTH);
        self.varint(value.len() as u64);
        self.bytes.extend(value);
        self
    }

    /// Adds a nested message.
    pub fn message(self, field: u64, value: &Message) -> Self {
        self.raw(field, &value.bytes)
    }

    /// Adds nested messages as a repeated field.
    pub fn messages(self, field: u64, values: &[Message]) -> Self {
        values.iter().fold(self, |message, value| message.message(field, value))
    }

    /// The bytes of the message.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The examples in Google's description of the encoding.
    #[test]
    fn fields_are_encoded_as_described() {
        let bytes = |m: Message| m.into_bytes();
        assert_eq!(bytes(Message::default().int(1, 150)), [0x08, 0x96, 0x01]);
        let text = bytes(Message::default().text(2, "testing"));
        assert_eq!(text, [&[0x12, 0x07][..], b"testing"].concat());
        let inner = Message::default().int(1, 150);
        assert_eq!(bytes(Message::default().message(3, &inner)), [0x1a, 3, 0x08, 0x96, 0x01]);
        let packed = bytes(Message::default().ints(4, &[3, 270, 86942]));
        assert_eq!(packed, [0x22, 6, 3, 0x8e, 2, 0x9e, 0xa7, 5]);
        let minus = bytes(Message::default().int(1, -1));
        assert_eq!((minus.len(), minus[10]), (11, 1));
        assert_eq!(bytes(Message::default().float(1, 1.0)), [0x0d, 0, 0, 0x80, 0x3f]);
    }
}
