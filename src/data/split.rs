//! Splits of rows into training and test rows. Everything random is shuffled by ChaCha8 with the
//! seed given (Fisher and Yates' way), the same on every machine; NumPy's shuffles of the same seed
//! differ.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::error::{Error, Result};
use crate::memory;

/// Row indices for training and for testing.
#[derive(Clone, PartialEq, Eq)]
pub struct Split {
    /// The training rows, to which scalers are fitted too.
    pub train: Vec<usize>,
    /// The test rows.
    pub test: Vec<usize>,
}

/// How many rows there are, and the first of them.
impl std::fmt::Debug for Split {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let first = |rows: &[usize]| {
            let shown: Vec<String> = rows.iter().take(5).map(usize::to_string).collect();
            let more = if rows.len() > shown.len() { ", …" } else { "" };
            format!("{} rows: {}{more}", rows.len(), shown.join(", "))
        };
        write!(f, "Split(train {}; test {})", first(&self.train), first(&self.test))
    }
}

/// The numbers 0..n in random order.
pub fn shuffled(n: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    shuffle(&mut order, &mut ChaCha8Rng::seed_from_u64(seed));
    order
}

fn shuffle(values: &mut [usize], rng: &mut ChaCha8Rng) {
    for i in (1..values.len()).rev() {
        // Drawn as u64, so that machines with another usize agree.
        values.swap(i, rng.gen_range(0..=i as u64) as usize);
    }
}

/// K folds: each row is tested once. Without shuffling the folds are blocks in order, as
/// scikit-learn's KFold; the first `n % n_splits` folds have one row more.
///
/// ```
/// use dfdx_lab::data::KFold;
/// let splits = KFold::new(3).split(7)?;
/// assert_eq!(splits[0].test, [0, 1, 2]);
/// assert_eq!(splits[2].train, [0, 1, 2, 3, 4]);
/// assert_eq!(KFold::new(3).shuffle(42).split(7)?.len(), 3);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KFold {
    /// The number of folds, at least 2.
    pub n_splits: usize,
    /// The seed rows are shuffled with; none leaves them in order.
    pub shuffle: Option<u64>,
}

impl KFold {
    /// Folds in the order of the rows.
    pub fn new(n_splits: usize) -> Self {
        KFold { n_splits, shuffle: None }
    }

    /// Shuffles rows before they are assigned to folds. Within a fold they are in ascending order.
    pub fn shuffle(mut self, seed: u64) -> Self {
        self.shuffle = Some(seed);
        self
    }

    /// The folds of `n` rows.
    ///
    /// # Errors
    /// With fewer than 2 folds, or fewer rows than folds.
    pub fn split(&self, n: usize) -> Result<Vec<Split>> {
        check_folds("KFold", self.n_splits, n)?;
        let order = match self.shuffle {
            Some(seed) => shuffled(n, seed),
            None => (0..n).collect(),
        };
        let mut fold_of = vec![0; n];
        let mut rest = order.as_slice();
        for fold in 0..self.n_splits {
            let size = n / self.n_splits + usize::from(fold < n % self.n_splits);
            let (these, others) = rest.split_at(size);
            these.iter().for_each(|&i| fold_of[i] = fold);
            rest = others;
        }
        Ok(splits(&fold_of, self.n_splits))
    }
}

/// K folds with about the same share of every class in each, as scikit-learn's StratifiedKFold
/// (without shuffling, exactly its folds).
///
/// ```
/// use dfdx_lab::data::StratifiedKFold;
/// let splits = StratifiedKFold::new(2).split(&[0, 0, 1, 1, 0, 0])?;
/// assert_eq!(splits[0].test, [0, 1, 2]);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StratifiedKFold {
    /// The number of folds, at least 2.
    pub n_splits: usize,
    /// The seed rows of each class are shuffled with; none leaves them in order.
    pub shuffle: Option<u64>,
}

impl StratifiedKFold {
    /// Folds in the order of the rows.
    pub fn new(n_splits: usize) -> Self {
        StratifiedKFold { n_splits, shuffle: None }
    }

    /// Shuffles the rows of each class before they are assigned to folds.
    pub fn shuffle(mut self, seed: u64) -> Self {
        self.shuffle = Some(seed);
        self
    }

    /// The folds of rows with these class indices.
    ///
    /// # Errors
    /// With fewer than 2 folds, or if no class has as many rows as there are folds.
    pub fn split(&self, labels: &[usize]) -> Result<Vec<Split>> {
        check_folds("StratifiedKFold", self.n_splits, labels.len())?;
        // Classes are dealt in the order in which they first occur.
        let mut classes: Vec<usize> = Vec::new();
        let mut members: Vec<Vec<usize>> = Vec::new();
        let mut place = std::collections::HashMap::new();
        for (row, &label) in labels.iter().enumerate() {
            let class = *place.entry(label).or_insert_with(|| {
                classes.push(label);
                members.push(Vec::new());
                classes.len() - 1
            });
            members[class].push(row);
        }
        let largest = members.iter().map(Vec::len).max().unwrap_or(0);
        if largest < self.n_splits {
            let expected = format!("at most {largest}, the rows of the largest class");
            return Err(Error::argument("StratifiedKFold: n_splits", self.n_splits, expected));
        }
        // As if all labels, sorted, were dealt round the folds like cards: how many of each class
        // a fold gets. Then each class fills its folds in order.
        let mut rng = self.shuffle.map(ChaCha8Rng::seed_from_u64);
        let mut fold_of = vec![0; labels.len()];
        let mut dealt = 0;
        for rows in &members {
            let mut folds: Vec<usize> =
                (dealt..dealt + rows.len()).map(|i| i % self.n_splits).collect();
            folds.sort_unstable();
            dealt += rows.len();
            if let Some(rng) = &mut rng {
                shuffle(&mut folds, rng);
            }
            for (&row, fold) in rows.iter().zip(folds) {
                fold_of[row] = fold;
            }
        }
        Ok(splits(&fold_of, self.n_splits))
    }
}

/// Shuffled rows for training and for testing: `ceil(n * test_size)` to test, as scikit-learn's
/// train_test_split.
///
/// # Errors
/// If `test_size` is not between 0 and 1, or leaves no row on one side.
pub fn train_test_split(n: usize, test_size: f64, seed: u64) -> Result<Split> {
    let tested = test_rows(n, test_size)?;
    let mut order = shuffled(n, seed);
    let train = order.split_off(tested);
    Ok(Split { train, test: order })
}

/// As [`train_test_split`], with about the same share of every class in both parts, as
/// scikit-learn's `stratify`. If two classes have an equal claim to a row, the seed decides.
///
/// # Errors
/// As `train_test_split`, and if a class has only one row, or one part would have fewer rows than
/// there are classes.
pub fn train_test_split_stratified(labels: &[usize], test_size: f64, seed: u64) -> Result<Split> {
    const WHO: &str = "train_test_split_stratified";
    let tested = test_rows(labels.len(), test_size)?;
    let mut counts = std::collections::BTreeMap::<usize, usize>::new();
    labels.iter().for_each(|&label| *counts.entry(label).or_default() += 1);
    if let Some((class, _)) = counts.iter().find(|(_, count)| **count < 2) {
        let what = format!("{WHO}: the number of rows of class {class}");
        return Err(Error::argument(what, 1, "at least 2, one for each part"));
    }
    for (part, rows) in [("test", tested), ("train", labels.len() - tested)] {
        if rows < counts.len() {
            let what = format!("{WHO}: the {part} part's number of rows");
            let expected = format!("at least {}, one for each class", counts.len());
            return Err(Error::argument(what, rows, expected)
                .hint("choose another test_size, or more rows"));
        }
    }
    stratified(labels, tested, seed)
}

/// Draws `tested` rows, each class in about its share of the whole, and leaves the others; a class
/// may be missing on one side.
pub(super) fn stratified(labels: &[usize], tested: usize, seed: u64) -> Result<Split> {
    let order = shuffled(labels.len(), seed);
    let mut members = std::collections::BTreeMap::<usize, Vec<usize>>::new();
    for &row in &order {
        members.entry(labels[row]).or_default().push(row);
    }
    // Whole rows first, then the largest remainders; of equal ones any, by the seed. Remainders are
    // counted in whole numbers, so that equal ones are equal.
    let n = labels.len() as u128;
    let share = |rows: &Vec<usize>| rows.len() as u128 * tested as u128;
    let mut take: Vec<(usize, u128, usize)> = members
        .iter()
        .map(|(&class, rows)| (class, share(rows) % n, (share(rows) / n) as usize))
        .collect();
    let mut missing = tested - take.iter().map(|t| t.2).sum::<usize>();
    // Another stream than that of the rows' order.
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(1);
    let mut ties: Vec<usize> = (0..take.len()).collect();
    shuffle(&mut ties, &mut rng);
    let mut claims: Vec<(usize, usize)> = ties.into_iter().zip(0..).collect();
    claims.sort_by_key(|&(i, tie)| (std::cmp::Reverse(take[i].1), tie));
    for (i, _) in claims {
        if missing > 0 {
            take[i].2 += 1;
            missing -= 1;
        }
    }
    let mut is_test = vec![false; labels.len()];
    for (class, _, count) in take {
        members[&class].iter().take(count).for_each(|&row| is_test[row] = true);
    }
    let (test, train) = order.into_iter().partition(|&row| is_test[row]);
    Ok(Split { train, test })
}

/// Keras' `validation_split`: the last rows, from `floor(n * (1 - fraction))` on, are the test
/// part; nothing is shuffled.
///
/// # Errors
/// If `fraction` is not between 0 and 1, or leaves no row on one side.
pub fn validation_split(n: usize, fraction: f64) -> Result<Split> {
    check_share("validation_split", fraction)?;
    memory::check("validation_split: the number of rows", &[n], size_of::<usize>())?;
    let at = (n as f64 * (1.0 - fraction)).floor() as usize;
    if at == 0 || at >= n {
        let expected = format!("one that leaves rows on both sides of {n}");
        return Err(Error::argument("validation_split", fraction, expected));
    }
    Ok(Split { train: (0..at).collect(), test: (at..n).collect() })
}

fn test_rows(n: usize, test_size: f64) -> Result<usize> {
    check_share("test_size", test_size)?;
    memory::check("the number of rows to split", &[n], size_of::<usize>())?;
    let tested = (n as f64 * test_size).ceil() as usize;
    if tested == 0 || tested >= n {
        let expected = format!("one that leaves rows on both sides of {n}");
        return Err(Error::argument("test_size", test_size, expected));
    }
    Ok(tested)
}

fn check_share(what: &str, share: f64) -> Result<()> {
    // Written so that NaN fails as well.
    if share > 0.0 && share < 1.0 {
        return Ok(());
    }
    Err(Error::argument(what, share, "above 0 and below 1"))
}

fn check_folds(who: &str, n_splits: usize, n: usize) -> Result<()> {
    if n_splits < 2 || n_splits > n {
        let expected = format!("at least 2 and at most the number of rows, {n}");
        return Err(Error::argument(format!("{who}: n_splits"), n_splits, expected));
    }
    // Every fold lists all rows.
    memory::check(&format!("{who}: folds and rows"), &[n_splits, n], size_of::<usize>())?;
    Ok(())
}

fn splits(fold_of: &[usize], n_splits: usize) -> Vec<Split> {
    let split = |fold| {
        let (test, train) = (0..fold_of.len()).partition(|&i| fold_of[i] == fold);
        Split { train, test }
    };
    (0..n_splits).map(split).collect()
}
