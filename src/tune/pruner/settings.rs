//! Settings that several pruners have.

/// Builder methods for the steps that a pruner checks, given the fields for the first one and the
/// interval.
macro_rules! step_settings {
    ($rule:ident, $($warmup:ident).+, $($interval:ident).+) => {
        impl $rule {
            /// Stops no trial before this step (default 0).
            pub fn warmup_steps(mut self, steps: u32) -> Self {
                self.$($warmup).+ = steps;
                self
            }

            /// The number of steps between checks, counted from the end of the warm-up (default 1).
            pub fn interval_steps(mut self, steps: u32) -> Self {
                self.$($interval).+ = steps;
                self
            }
        }
    };
}
pub(super) use step_settings;

/// Builder methods for the number of other trials that a pruner needs, given the fields for the
/// number in the study and at the step.
macro_rules! trial_settings {
    ($rule:ident, $($startup:ident).+, $($at_least:ident).+) => {
        impl $rule {
            /// Stops no trial before this many are complete (default 5).
            pub fn startup_trials(mut self, n: usize) -> Self {
                self.$($startup).+ = n;
                self
            }

            /// Stops no trial at a step that fewer complete trials have reported (default 1).
            pub fn min_trials(mut self, n: usize) -> Self {
                self.$($at_least).+ = n;
                self
            }
        }
    };
}
pub(super) use trial_settings;
