//! Settings that several rules have.

/// Which steps a rule looks at; where it keeps the first one and the distance.
macro_rules! step_settings {
    ($rule:ident, $($warmup:ident).+, $($interval:ident).+) => {
        impl $rule {
            /// Ends nothing before this step (default 0).
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

/// How many other trials a rule wants to see; where it keeps those of all steps and of one.
macro_rules! trial_settings {
    ($rule:ident, $($startup:ident).+, $($at_least:ident).+) => {
        impl $rule {
            /// Ends no trial before this many are complete (default 5).
            pub fn startup_trials(mut self, n: usize) -> Self {
                self.$($startup).+ = n;
                self
            }

            /// Ends nothing at a step that fewer trials reported (default 1).
            pub fn min_trials(mut self, n: usize) -> Self {
                self.$($at_least).+ = n;
                self
            }
        }
    };
}
pub(super) use trial_settings;
