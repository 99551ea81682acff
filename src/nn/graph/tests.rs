use crate::nn::prelude::*;
