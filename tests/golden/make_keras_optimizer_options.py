"""Makes keras-optimizer-options.json with the real Keras: the weights after fits with a moving average, accumulated
gradients and a scaled loss.

    pip install keras==3.15.1 tensorflow-cpu==2.21.0
    python make_keras_optimizer_options.py
"""
import json, os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
from keras import optimizers

from make_keras_fit import HERE, one_hot, start, wave


def fitted(optimizer):
    model = start(optimizer)
    model.fit(wave((64, 25), 0.37, 1.0), one_hot(64, 3), batch_size=8, epochs=2, shuffle=False, verbose=0)
    return {
        "weights": [w.numpy().ravel().tolist() for w in model.weights],
        "variables": len(model.optimizer.variables),
        "iterations": int(model.optimizer._iterations.numpy()),
        "config": model.optimizer.get_config(),
    }


def main():
    cases = {
        "ema": optimizers.RMSprop(0.01, use_ema=True, ema_momentum=0.9),
        "ema_overwrite": optimizers.SGD(0.1, momentum=0.5, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=3),
        # 16 batches: five steps of three batches each, and one batch that no step uses.
        "accumulation": optimizers.Adam(0.01, gradient_accumulation_steps=3, weight_decay=0.1, clipvalue=0.05),
        "accumulation_ema": optimizers.Nadam(0.01, gradient_accumulation_steps=2, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=2),
        "accumulation_schedule": optimizers.SGD(
            optimizers.schedules.ExponentialDecay(0.1, 4, 0.5), gradient_accumulation_steps=4),
        "loss_scale": optimizers.Adam(0.01, loss_scale_factor=1024.0, global_clipnorm=0.5),
    }
    out = {name: fitted(optimizer) for name, optimizer in cases.items()}
    with open(os.path.join(HERE, "keras-optimizer-options.json"), "w") as file:
        json.dump({"made_with": "keras 3.15.1, tensorflow-cpu 2.21.0", "fits": out}, file, default=float)
        file.write("\n")


if __name__ == "__main__":
    main()
