//! The scratch of attention: how long it is and what lies where.

/// What the length of the scratch depends on.
#[derive(Clone, Copy)]
pub struct Extent {
    /// The query's steps.
    pub looking: usize,
    /// The value's steps.
    pub seen: usize,
    pub heads: usize,
    pub keys: usize,
    pub values: usize,
    /// Whether there is dropout.
    pub drops: bool,
}

/// The parts of the scratch: what the forward pass keeps, and the gradients by it.
pub struct Kept<'a> {
    pub query: &'a mut [f32],
    pub key: &'a mut [f32],
    pub value: &'a mut [f32],
    /// What all heads found.
    pub found: &'a mut [f32],
    /// The heads' weights of the steps.
    pub shares: &'a mut [f32],
    /// These with dropout, and the dropout; empty without.
    pub dropped: &'a mut [f32],
    pub mask: &'a mut [f32],
    pub by_query: &'a mut [f32],
    pub by_key: &'a mut [f32],
    pub by_value: &'a mut [f32],
    pub by_found: &'a mut [f32],
    /// Of one head.
    pub by_shares: &'a mut [f32],
    pub room: &'a mut [f32],
}

impl Extent {
    /// The lengths of the parts for so many samples.
    pub fn lengths(self, rows: usize) -> [usize; 13] {
        let Extent { looking, seen, heads, .. } = self;
        let (keys, values) = (heads * self.keys, heads * self.values);
        let shares = rows * heads * looking * seen;
        let dropped = if self.drops { shares } else { 0 };
        let room = looking.max(seen) * self.keys.max(self.values);
        [
            rows * looking * keys,
            rows * seen * keys,
            rows * seen * values,
            rows * looking * values,
            shares,
            dropped,
            dropped,
            rows * looking * keys,
            rows * seen * keys,
            rows * seen * values,
            rows * looking * values,
            looking * seen,
            room,
        ]
    }

    /// The parts of a scratch for so many samples.
    pub fn kept(self, scratch: &mut [f32], rows: usize) -> Kept<'_> {
        let mut rest = scratch;
        let parts = self.lengths(rows).map(|length| {
            let (part, after) = std::mem::take(&mut rest).split_at_mut(length);
            rest = after;
            part
        });
        let [query, key, value, found, shares, dropped, mask, rest @ ..] = parts;
        let [by_query, by_key, by_value, by_found, by_shares, room] = rest;
        Kept {
            query,
            key,
            value,
            found,
            shares,
            dropped,
            mask,
            by_query,
            by_key,
            by_value,
            by_found,
            by_shares,
            room,
        }
    }
}
