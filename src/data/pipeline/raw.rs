//! The steps that make numbers of a table as it was read, and what is said of the step before.

use super::{Columns, Does, Encoding, Fill, Pipeline, Step};

impl Pipeline {
    /// Fills what is missing by what the column's other training rows have (scikit-learn's
    /// `SimpleImputer`): `Fill::Mean`, `Fill::Median` or a number for columns of numbers, a text for
    /// columns of text, `Fill::MostFrequent` for both. Text that stays missing becomes a category of
    /// its own in [`one_hot`](Self::one_hot).
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// # let frame = dfdx_lab::polars::df!("age" => [Some(20.0), None, Some(50.0), Some(41.0)], "port" => [Some("S"), Some("C"), None, Some("S")], "survived" => [0, 1, 0, 1]);
    /// let table = Table::from_dataframe(frame.unwrap())?;
    /// let data = Dataset::from_table_all(&table, "survived")?;
    /// let steps = Pipeline::new().impute(Fill::Median).impute(Fill::MostFrequent).one_hot();
    /// let (fitted, prepared) = steps.fit_transform(&data)?;
    /// assert_eq!(fitted.features(), ["age", "port_C", "port_S"]);
    /// assert_eq!(prepared.x().row(1), [41.0, 1.0, 0.0]);
    /// assert_eq!(prepared.x().row(2), [50.0, 0.0, 1.0]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn impute(self, fill: impl Into<Fill>) -> Self {
        self.then(Does::Impute(fill.into()))
    }

    /// A column of zeros and ones for each category of the columns of text (scikit-learn's
    /// `OneHotEncoder`), named `port_C`, `port_S` and, of what is missing, `port_nan`. The new
    /// columns stand where the old one stood. [`on`](Self::on) names other columns, as one of whole
    /// numbers that are kinds; [`handle_unknown`](Self::handle_unknown) says what becomes of other
    /// categories in other rows.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let steps = Pipeline::new().one_hot().on(["sex", "port", "class"]).handle_unknown("ignore");
    /// # let _ = steps;
    /// ```
    pub fn one_hot(self) -> Self {
        self.then(Does::Encode(Encoding::OneHot))
    }

    /// Each category of the columns of text as its place in order, counted from 0 (scikit-learn's
    /// `OrdinalEncoder`); the order is the alphabet's, or that of
    /// [`categories`](Self::categories).
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let steps = Pipeline::new().ordinal().categories("size", ["small", "medium", "large"]);
    /// # let _ = steps;
    /// ```
    pub fn ordinal(self) -> Self {
        self.then(Does::Encode(Encoding::Ordinal))
    }

    /// ln(1 + x) of each value, for columns of amounts that are at least 0 (NumPy's `log1p`).
    pub fn log1p(self) -> Self {
        self.then(Does::Log1p)
    }

    /// Skewed columns more like a normal distribution, with mean 0 and standard deviation 1: the
    /// transform of Yeo and Johnson with the exponent that is likeliest for each column
    /// (scikit-learn's `PowerTransformer`).
    pub fn power_transformer(self) -> Self {
        self.then(Does::PowerTransformer)
    }

    /// The columns that the step before this is for: names, `Columns::Numbers`, `Columns::Texts` or
    /// `Columns::except("id")`. Other columns pass it as they are (scikit-learn's
    /// `ColumnTransformer` with `remainder="passthrough"`).
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let steps = Pipeline::new().log1p().on("fare").standard_scaler().on(["age", "fare"]);
    /// # let _ = steps;
    /// ```
    pub fn on(self, columns: impl Into<Columns>) -> Self {
        let columns = columns.into();
        self.of_last("on", |step| step.on = Some(columns))
    }

    /// What the encoder before this does with a category that no training row had (scikit-learn's
    /// words): `"error"`, which is what it does unless told otherwise, or `"ignore"`, which makes
    /// all zeros of it, and -1 in order.
    pub fn handle_unknown(self, what: &str) -> Self {
        self.of_last("handle_unknown", |step| step.told.unknown = Some(what.to_string()))
    }

    /// The categories of a column in order, for the encoder before this.
    pub fn categories<S: Into<String>>(
        self,
        column: &str,
        categories: impl IntoIterator<Item = S>,
    ) -> Self {
        let categories = categories.into_iter().map(Into::into).collect();
        self.of_last("categories", |step| {
            step.told.categories.push((column.to_string(), categories));
        })
    }

    fn of_last(mut self, setting: &'static str, set: impl FnOnce(&mut Step)) -> Self {
        match self.steps.last_mut() {
            Some(step) => set(step),
            None => self.early = Some(setting),
        }
        self
    }

    /// Whether it makes numbers of text or of what is missing.
    pub(crate) fn takes_raw(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.does, Does::Impute(_) | Does::Encode(_)))
    }
}
