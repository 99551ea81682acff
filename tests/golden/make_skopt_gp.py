"""Gaussian processes and acquisition functions of scikit-optimize: python make_skopt_gp.py

For each kernel: points, losses, and at fixed amplitude, lengths and noise the log marginal
likelihood and, for some new points, mean, deviation and the three acquisition functions; then the
log marginal likelihood that its own fit reaches.
"""

import json
import warnings
from pathlib import Path

import numpy as np
import skopt
from skopt.acquisition import gaussian_ei, gaussian_lcb, gaussian_pi
from skopt.learning import GaussianProcessRegressor
from skopt.learning.gaussian_process.kernels import (
    ConstantKernel,
    HammingKernel,
    Matern,
    WhiteKernel,
)

warnings.simplefilter("ignore")


def case(name, n, d, seed):
    rng = np.random.RandomState(seed)
    hamming = name == "hamming"
    draw = (lambda k: rng.randint(0, 3, (k, d)).astype(float)) if hamming else (lambda k: rng.rand(k, d))
    x, new = draw(n), draw(8)
    y = np.sin(5 * x[:, 0]) + x[:, 1] ** 2 + 0.1 * rng.randn(n) + 3
    lengths = np.round(rng.uniform(0.2, 2.0, d), 3)
    amplitude, noise = 1.7, 0.03

    def model(amplitude, lengths, noise, optimizer):
        other = (
            HammingKernel(length_scale=lengths)
            if hamming
            else Matern(length_scale=lengths, length_scale_bounds=[(0.01, 100)] * d, nu=2.5)
        )
        kernel = ConstantKernel(amplitude, (0.01, 1000.0)) * other + WhiteKernel(noise)
        return GaussianProcessRegressor(
            kernel=kernel,
            normalize_y=True,
            noise="gaussian",
            n_restarts_optimizer=2,
            optimizer=optimizer,
            random_state=0,
        ).fit(x, y)

    fixed = model(amplitude, lengths, noise, None)
    mean, deviation = fixed.predict(new, return_std=True)
    fitted = model(1.0, np.ones(d), 1.0, "fmin_l_bfgs_b")
    best = float(y.min())
    return {
        "kernel": name,
        "points": x.tolist(),
        "losses": y.tolist(),
        "theta": [float(t) for t in np.log([amplitude, *lengths, noise])],
        "likelihood": float(fixed.log_marginal_likelihood_value_),
        "new": new.tolist(),
        "mean": mean.tolist(),
        "deviation": deviation.tolist(),
        "ei": gaussian_ei(new, fixed, best, 0.01).tolist(),
        "lcb": gaussian_lcb(new, fixed, 1.96).tolist(),
        "pi": gaussian_pi(new, fixed, best, 0.01).tolist(),
        "fitted_likelihood": float(fitted.log_marginal_likelihood_value_),
    }


def main():
    cases = [case("matern", 12, 2, 1), case("matern", 40, 6, 2), case("hamming", 30, 4, 3)]
    text = json.dumps({"skopt": skopt.__version__, "cases": cases}, separators=(",", ":"))
    (Path(__file__).parent / "skopt-gp.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
