"""Makes keras-rules.json with the real Keras: learning-rate schedules, optimisers beyond keras-3.15.1.json, losses and
their gradients on ordinary and on odd samples, metrics over several batches.

    pip install keras==3.15.1 tensorflow-cpu==2.21.0
    python make_keras_rules.py
"""
import json, math, os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import tensorflow as tf
import keras
from keras import losses, metrics, optimizers
from keras.optimizers import schedules

HERE = os.path.dirname(os.path.abspath(__file__))


def numbers(values):
    """As nested lists; infinities and NaN become null."""
    if isinstance(values, (list, tuple)):
        return [numbers(v) for v in values]
    if isinstance(values, np.ndarray):
        return numbers(values.tolist())
    value = float(values)
    return value if math.isfinite(value) else None


def make_schedules():
    cases = {
        "exponential": schedules.ExponentialDecay(0.1, 30, 0.9),
        "exponential_staircase": schedules.ExponentialDecay(0.1, 30, 0.9, staircase=True),
        "piecewise": schedules.PiecewiseConstantDecay([10, 60], [0.5, 0.1, 0.02]),
        "polynomial": schedules.PolynomialDecay(0.1, 40),
        "polynomial_power_cycle": schedules.PolynomialDecay(0.1, 40, 0.01, power=0.5, cycle=True),
        "inverse_time": schedules.InverseTimeDecay(0.1, 20, 0.5),
        "inverse_time_staircase": schedules.InverseTimeDecay(0.1, 20, 0.5, staircase=True),
        "cosine": schedules.CosineDecay(0.1, 50, alpha=0.1),
        "cosine_warmup": schedules.CosineDecay(0.01, 50, alpha=0.05, warmup_target=0.2, warmup_steps=15),
        "restarts": schedules.CosineDecayRestarts(0.1, 10, t_mul=2.0, m_mul=0.8, alpha=0.02),
        "restarts_even": schedules.CosineDecayRestarts(0.1, 10, t_mul=1.0, m_mul=0.5),
        "restarts_slow": schedules.CosineDecayRestarts(0.1, 10, t_mul=1.5),
    }
    return {name: [float(schedule(step)) for step in range(151)] for name, schedule in cases.items()}


def make_trajectories():
    """Two arrays of two weights each, so that clipping each array and clipping all together differ."""
    with open(os.path.join(HERE, "keras-3.15.1.json")) as f:
        golden = json.load(f)
    w0, grads = np.float32(golden["w0"]), np.float32(golden["grads"])

    def follow(optimizer, scale=1.0):
        weights = [tf.Variable(w0[:2]), tf.Variable(w0[2:])]
        rows = []
        for g in grads * np.float32(scale):
            optimizer.apply([tf.constant(g[:2]), tf.constant(g[2:])], weights)
            rows.append(np.concatenate([w.numpy() for w in weights]))
        return numbers(rows)

    o = optimizers
    return {
        "Ftrl_all": follow(o.Ftrl(0.05, learning_rate_power=-0.7, initial_accumulator_value=0.2,
            l1_regularization_strength=0.002, l2_regularization_strength=0.1,
            l2_shrinkage_regularization_strength=0.05, beta=0.3)),
        "AdamW_amsgrad": follow(o.AdamW(0.01, weight_decay=0.1, amsgrad=True)),
        "Lion_decay": follow(o.Lion(0.01, beta_1=0.8, beta_2=0.95, weight_decay=0.05)),
        "Nadam_betas": follow(o.Nadam(0.02, beta_1=0.95, beta_2=0.99, epsilon=1e-4)),
        "Adamax_betas": follow(o.Adamax(0.02, beta_1=0.8, beta_2=0.9, epsilon=1e-3)),
        "Adadelta_rho": follow(o.Adadelta(0.5, rho=0.8, epsilon=1e-3)),
        "Adagrad_start": follow(o.Adagrad(0.05, initial_accumulator_value=0.0)),
        "SGD_clipnorm_two_arrays": follow(o.SGD(0.1, clipnorm=0.5), 20.0),
        "SGD_global_clipnorm_two_arrays": follow(o.SGD(0.1, global_clipnorm=0.5), 20.0),
        "SGD_clipvalue_two_arrays": follow(o.SGD(0.1, clipvalue=0.5), 20.0),
        "Adam_exponential": follow(o.Adam(schedules.ExponentialDecay(0.05, 3, 0.5), weight_decay=0.01)),
    }


def long_nadam():
    """A thousand steps with one gradient that comes and goes; every hundredth weight."""
    optimizer, w, kept = optimizers.Nadam(0.01, beta_1=0.99), tf.Variable([1.0]), []
    for step in range(1000):
        optimizer.apply([tf.constant([math.sin(0.05 * step)], tf.float32)], [w])
        if step % 100 == 99:
            kept.append(float(w.numpy()[0]))
    return kept


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def loss_case(loss, truth, prediction, activation=None):
    """Value and gradient of each sample; with an activation, predictions are its inputs."""
    p = tf.Variable(np.float32(prediction))
    with tf.GradientTape() as tape:
        out = p if activation is None else activation(p)
        values = loss(np.float32(truth), out)
    return {
        "truth": numbers(np.float32(truth)), "prediction": numbers(p.numpy()),
        "values": numbers(values.numpy()), "gradients": numbers(tape.gradient(values, p).numpy()),
    }


def make_losses():
    rng = np.random.default_rng(3)
    classes = np.eye(4)[[0, 2, 1, 3, 2]]
    soft = np.float32(softmax(rng.normal(size=(5, 4))))
    shares = softmax(2 * rng.normal(size=(5, 4)))
    # Certain and wrong, certain and right, all equal, no mass at all, more mass than one.
    odd_classes = np.eye(4)[[0, 1, 2, 3, 1]]
    odd_shares = np.array([[0, 1, 0, 0], [0, 1, 0, 0], [0.25] * 4, [0.5, 0.5, 1e-9, 1e-9], [0.5, 1.0, 0.25, 2.0]])
    bits = np.array([[1, 0, 1], [0, 0, 0], [1, 1, 1], [0, 1, 0]])
    chances = rng.uniform(0.02, 0.98, size=(4, 3))
    odd_bits = np.array([[1, 0, 1], [0, 1, 1]])
    odd_chances = np.array([[0, 1, 1], [0, 0.5, 1]])
    reals, guesses = 2 * rng.normal(size=(6, 3)), 2 * rng.normal(size=(6, 3))
    odd_reals = np.array([[0, 0, 0], [0, 0, 0], [1, -1, 50], [1, 2, 3], [2, 1, 0.5]])
    odd_guesses = np.array([[0, 0, 0], [1e-8, -3, 40], [1, -2, -50], [1, 2, 3], [1e-8, 0, -1]])
    signs = np.where(bits > 0, 1, -1)
    margins = np.array([[0.5, -2, 1], [-1, 0.3, 1], [1, 1, -0.2], [2, 0, -1]])
    cases = {}

    def add(name, loss, *pairs, activation=None):
        loss.reduction = None
        cases[name] = [loss_case(loss, t, p, activation) for t, p in pairs]

    many, odd_many = (classes, shares), (odd_classes, odd_shares)
    add("categorical_crossentropy", losses.CategoricalCrossentropy(), many, (soft, shares), odd_many)
    add("categorical_crossentropy_smooth", losses.CategoricalCrossentropy(label_smoothing=0.2), many, odd_many)
    numbered = (classes.argmax(-1)[:, None], shares)
    add("sparse_categorical_crossentropy", losses.SparseCategoricalCrossentropy(), numbered,
        (odd_classes.argmax(-1)[:, None], odd_shares))
    add("sparse_categorical_crossentropy_softmax", losses.SparseCategoricalCrossentropy(),
        (numbered[0], 3 * rng.normal(size=(5, 4))), activation=keras.activations.softmax)
    add("categorical_focal_crossentropy", losses.CategoricalFocalCrossentropy(), many, (soft, shares), odd_many)
    add("categorical_focal_crossentropy_settings",
        losses.CategoricalFocalCrossentropy(alpha=0.6, gamma=1.5, label_smoothing=0.1), many)
    two, odd_two = (bits, chances), (odd_bits, odd_chances)
    add("binary_crossentropy", losses.BinaryCrossentropy(), two, odd_two)
    add("binary_crossentropy_smooth", losses.BinaryCrossentropy(label_smoothing=0.2), two, odd_two)
    add("binary_focal_crossentropy", losses.BinaryFocalCrossentropy(), two, odd_two)
    add("binary_focal_crossentropy_settings",
        losses.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.3, gamma=1.5, label_smoothing=0.1), two)
    add("binary_focal_crossentropy_sigmoid", losses.BinaryFocalCrossentropy(),
        (bits, 3 * rng.normal(size=(4, 3))), activation=keras.activations.sigmoid)
    plain, odd_plain = (reals, guesses), (odd_reals, odd_guesses)
    add("mean_squared_error", losses.MeanSquaredError(), plain, odd_plain)
    add("mean_absolute_error", losses.MeanAbsoluteError(), plain, odd_plain)
    add("mean_absolute_percentage_error", losses.MeanAbsolutePercentageError(), plain, odd_plain)
    add("mean_squared_logarithmic_error", losses.MeanSquaredLogarithmicError(), plain, odd_plain)
    add("huber", losses.Huber(), plain, odd_plain)
    add("huber_delta", losses.Huber(delta=0.4), plain, odd_plain)
    add("log_cosh", losses.LogCosh(), plain, odd_plain)
    add("cosine_similarity", losses.CosineSimilarity(), plain, odd_plain)
    add("poisson", losses.Poisson(), (np.abs(reals), np.abs(guesses)), (np.abs(odd_reals), np.abs(odd_guesses)))
    add("kl_divergence", losses.KLDivergence(), many, (soft, shares), odd_many)
    add("hinge", losses.Hinge(), (signs, margins), (bits, margins), plain)
    add("squared_hinge", losses.SquaredHinge(), (signs, margins), (bits, margins), plain)
    add("categorical_hinge", losses.CategoricalHinge(), many, odd_many, (classes, 2 * rng.normal(size=(5, 4))))
    return cases


def make_metrics():
    """Three batches of unequal size; the metric after each."""
    rng = np.random.default_rng(5)
    sizes, labels = [9, 14, 4], rng.integers(0, 7, 27)
    shares = np.float32(softmax(1.5 * rng.normal(size=(27, 7)) + 2 * np.eye(7)[labels]))
    shares[3] = 1 / 7
    shares[11, :3] = shares[11, 0]
    bits = rng.integers(0, 2, (27, 1))
    chances = np.float32(np.clip(0.25 + 0.4 * bits + 0.3 * rng.normal(size=(27, 1)), 0, 1))
    reals, guesses = np.float32(rng.normal(size=(27, 2))), np.float32(rng.normal(size=(27, 2)))
    m = metrics
    groups = {
        "classes": (np.eye(7)[labels], shares, {
            "categorical_accuracy": m.CategoricalAccuracy(), "top_3": m.TopKCategoricalAccuracy(3),
            "top_k_categorical_accuracy": m.TopKCategoricalAccuracy(), "auc": m.AUC(),
            "auc_labels": m.AUC(multi_label=True, num_labels=7), "auc_pr_labels": m.AUC(curve="PR", multi_label=True, num_labels=7),
            "precision": m.Precision(), "recall": m.Recall(), "precision_0.3": m.Precision(0.3),
            "f1_micro": m.F1Score("micro"), "f1_macro": m.F1Score("macro"), "f1_weighted": m.F1Score("weighted"),
            "f1_macro_0.3": m.F1Score("macro", threshold=0.3),
            "kl_divergence": m.KLDivergence(), "categorical_crossentropy": m.CategoricalCrossentropy(),
        }),
        "numbered": (labels[:, None], shares, {
            "sparse_categorical_accuracy": m.SparseCategoricalAccuracy(), "top_3": m.SparseTopKCategoricalAccuracy(3),
            "sparse_categorical_crossentropy": m.SparseCategoricalCrossentropy(),
        }),
        "bits": (bits, chances, {
            "binary_accuracy": m.BinaryAccuracy(), "binary_accuracy_0.3": m.BinaryAccuracy(threshold=0.3),
            "auc": m.AUC(), "auc_pr": m.AUC(curve="PR"), "auc_11": m.AUC(11), "auc_pr_11": m.AUC(11, curve="PR"),
            "precision": m.Precision(), "recall": m.Recall(), "binary_crossentropy": m.BinaryCrossentropy(),
        }),
        "reals": (reals, guesses, {
            "mean_squared_error": m.MeanSquaredError(), "mean_absolute_error": m.MeanAbsoluteError(),
            "root_mean_squared_error": m.RootMeanSquaredError(), "cosine_similarity": m.CosineSimilarity(),
            "log_cosh": m.LogCoshError(), "r2_score": m.R2Score(),
        }),
    }
    out = {"sizes": sizes}
    for group, (truth, predictions, members) in groups.items():
        results = {}
        for name, metric in members.items():
            results[name], at = [], 0
            for size in sizes:
                metric.update_state(np.float32(truth[at : at + size]), predictions[at : at + size])
                results[name].append(float(metric.result()))
                at += size
        out[group] = {"truth": numbers(np.float32(truth)), "predictions": numbers(predictions), "results": results}
    return out


def main():
    golden = {
        "keras": keras.__version__, "backend": keras.backend.backend(), "schedules": make_schedules(),
        "trajectories": make_trajectories(), "long_nadam": long_nadam(), "losses": make_losses(), "metrics": make_metrics(),
    }
    with open(os.path.join(HERE, "keras-rules.json"), "w") as f:
        json.dump(golden, f, allow_nan=False)
        f.write("\n")


main()
