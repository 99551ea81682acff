"""Models of random layers, for side.py."""

import keras
import numpy as np

L = keras.layers
ACTIVATIONS = ["linear", "relu", "leaky_relu", "elu", "selu", "gelu", "sigmoid", "hard_sigmoid", "tanh", "softmax",
               "softplus", "softsign", "silu", "exponential"]
# What layers' names of their own begin with.
OWN = "own."


class Maker:
    """A model of random layers."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        keras.utils.set_random_seed(seed)

    def one(self, *choices):
        return choices[self.rng.integers(len(choices))]

    def chance(self, share):
        return self.rng.random() < share

    def activation(self):
        if self.chance(0.15):
            return L.LeakyReLU(negative_slope=round(float(self.rng.uniform(0.05, 0.4)), 3))
        return ACTIVATIONS[self.rng.integers(len(ACTIVATIONS))]

    def regularizer(self):
        return self.one(None, None, keras.regularizers.L2(0.02), keras.regularizers.L1L2(0.01, 0.03))

    def between(self, shape):
        """A layer that takes any shape."""
        # The library has no batch normalization of masked steps.
        kind = self.rng.integers(5 if self.gap is not None else 9)
        if kind == 0:
            return L.Dropout(0.3)
        if kind == 1:
            return L.GaussianNoise(0.2)
        if kind == 2:
            return L.Activation(ACTIVATIONS[self.rng.integers(len(ACTIVATIONS))])
        if kind == 3:
            return L.Rescaling(float(np.float32(self.rng.uniform(0.5, 2))), float(np.float32(self.rng.uniform(-1, 1))))
        if kind == 4:
            # Keras' Softmax takes a mask for one of its input's own shape.
            plain = [L.Softmax()] if self.gap is None else []
            return self.one(L.ReLU(), L.LeakyReLU(), L.ELU(), L.UnitNormalization(), *plain)
        return L.BatchNormalization(epsilon=self.one(1e-3, 1e-2), center=self.chance(0.7), scale=self.chance(0.7))

    def on_pictures(self, shape):
        height, width, _ = shape
        fits = min(height, width) >= 3
        kind = self.rng.integers(8)
        padding = "valid" if fits and self.chance(0.5) else "same"
        size = self.one(1, 2, 3, (2, 3), (3, 1))
        if kind == 0 and self.chance(0.7):
            return self.other_convolution(size, padding)
        if kind <= 2:
            dilated = self.chance(0.2)
            return L.Conv2D(int(self.rng.integers(1, 5)), size, strides=1 if dilated else self.one(1, 1, 2, (1, 2)),
                            dilation_rate=2 if dilated and min(height, width) >= 5 else 1, padding=padding,
                            use_bias=self.chance(0.7), activation=self.activation(),
                            kernel_regularizer=self.regularizer(), bias_initializer="random_normal")
        if kind <= 4:
            pooling = self.one(L.MaxPooling2D, L.AveragePooling2D)
            return pooling(self.one(2, 3, (1, 2)), strides=self.one(None, 1, 2, (2, 1)), padding=padding)
        if kind == 5 and self.chance(0.6):
            return self.resized(shape)
        if kind == 5:
            return self.one(L.RandomFlip("horizontal"), L.RandomRotation(0.1), L.RandomTranslation(0.1, 0.2),
                            L.RandomZoom(0.1), L.RandomContrast(0.2), L.RandomBrightness(0.2, value_range=(0, 1)))
        return self.between(shape)

    def other_convolution(self, size, padding):
        settings = dict(strides=self.one(1, 1, 2), padding=padding, use_bias=self.chance(0.7), activation=self.activation(),
                        bias_initializer="random_normal")
        many = self.one(1, 2)
        return self.one(L.DepthwiseConv2D(size, depth_multiplier=many, **settings),
                        L.SeparableConv2D(3, size, depth_multiplier=many, **settings),
                        L.Conv2DTranspose(2, size, **settings))

    def resized(self, shape):
        """A picture with other sides, if it may be cut."""
        kinds = [L.UpSampling2D(self.one(2, (1, 2))), L.ZeroPadding2D(((1, 0), (0, 2))), L.SpatialDropout2D(0.2),
                 L.PReLU("random_normal", shared_axes=self.one(None, [1, 2], [2]))]
        return self.one(*kinds, *([L.Cropping2D(((1, 0), (0, 1)))] if min(shape[:2]) > 2 else []))

    def recurrent(self, sequences):
        """A recurrent layer with activations that ONNX has in such layers."""
        make = self.one(L.LSTM, L.GRU, L.SimpleRNN)
        more = {} if make is L.SimpleRNN else {"recurrent_activation": self.one("sigmoid", "sigmoid", "tanh")}
        if sequences and self.gap is not None:
            more["zero_output_for_mask"] = bool(self.chance(0.3))
        layer = make(int(self.rng.integers(1, 6)), activation=self.one("tanh", "tanh", "relu", "softsign"),
                     use_bias=self.chance(0.8), return_sequences=sequences, bias_initializer="random_normal",
                     dropout=self.one(0.0, 0.2), **more)
        if self.chance(0.3):
            return L.Bidirectional(layer, merge_mode=self.one("concat", "sum", "mul", "ave"))
        layer.go_backwards = bool(self.chance(0.3))
        return layer

    def on_sequences(self, shape):
        steps = shape[0]
        kind = self.rng.integers(11)
        padding = "valid" if steps >= 4 and self.chance(0.5) else "same"
        if kind <= 1:
            return self.recurrent(True)
        if kind <= 3:
            dilated = self.chance(0.3) and steps >= 6
            return L.Conv1D(int(self.rng.integers(1, 5)), self.one(1, 2, 3), strides=1 if dilated else self.one(1, 2),
                            dilation_rate=2 if dilated else 1, padding=self.one(padding, "causal"),
                            use_bias=self.chance(0.7), activation=self.activation(), bias_initializer="random_normal")
        if kind == 4:
            return self.one(L.MaxPooling1D, L.AveragePooling1D)(self.one(2, 3), strides=self.one(None, 1, 2), padding=padding)
        if kind == 5:
            return L.LayerNormalization(epsilon=self.one(1e-3, 1e-2), center=self.chance(0.7), scale=self.chance(0.7),
                                        gamma_initializer="random_normal", beta_initializer="random_normal")
        if kind in (6, 10):
            return self.one(L.PReLU("random_normal"), L.SpatialDropout1D(0.2), L.Permute((2, 1)), L.UpSampling1D(2),
                            L.RMSNormalization())
        if kind == 7:
            return self.one(L.ZeroPadding1D((1, 2)), *([L.Cropping1D((1, 1))] if steps > 2 else []))
        if kind == 8:
            return self.one(L.TimeDistributed(L.Dense(3, activation=self.activation())), L.Dense(2, activation=self.activation()))
        return self.between(shape)

    def sequences(self):
        """An input's shape, and layers for sequences that fit it."""
        shape = (int(self.rng.integers(3, 9)), int(self.rng.integers(1, 5)))
        layers, now = [], (None, *shape)
        if self.chance(0.3):
            self.words, shape, now = 9, shape[:1], (None, shape[0])
            self.gap = self.one(None, 0)
            layers.append(L.Embedding(9, int(self.rng.integers(1, 5)), embeddings_initializer="random_normal",
                                      mask_zero=self.gap is not None))
            now = layers[0].compute_output_shape(now)
        elif self.chance(0.3):
            self.gap = self.one(0.0, -1.0)
            layers.append(L.Masking(self.gap))
        attends = False
        for _ in range(self.rng.integers(1, 5)):
            # Keras' attention takes the mask from the sequence that it is given. What looks for masks behind it, as a
            # second attention, would find none: such models are refused.
            if self.chance(0.12) and not (attends and self.gap is not None):
                attends = True
                values = self.one(None, 2)
                layers.append(L.MultiHeadAttention(self.one(1, 2, 3), 3, value_dim=values, use_bias=self.chance(0.7),
                                                   bias_initializer="random_normal"))
                continue
            layers.append(self.on_sequences(now[1:]))
            now = layers[-1].compute_output_shape(now)
        if self.chance(0.15):
            return shape, layers  # A value for each step.
        end = self.one(L.GlobalAveragePooling1D(), L.GlobalMaxPooling1D(), L.Flatten(), self.recurrent(False))
        layers.append(end)
        if self.chance(0.2):
            layers += [L.RepeatVector(3), self.recurrent(False)]
        return shape, layers

    def layers(self):
        """An input's shape, and layers that fit it."""
        # How many words there are, and what stands where a step is masked.
        self.words = self.gap = None
        kind = self.rng.random()
        if kind < 0.35:
            shape, layers = self.sequences()
        elif kind < 0.8:
            shape = (int(self.rng.integers(4, 9)), int(self.rng.integers(4, 9)), int(self.rng.integers(1, 4)))
            layers = []
            now = (None, *shape)
            for _ in range(self.rng.integers(1, 6)):
                layer = self.on_pictures(now[1:])
                now = layer.compute_output_shape(now)
                layers.append(layer)
            kind = self.rng.integers(4)
            if kind == 0:
                end = [L.GlobalAveragePooling2D(keepdims=self.chance(0.3))]
            elif kind == 1:
                end = [L.GlobalMaxPooling2D(keepdims=self.chance(0.3))]
            elif kind == 2:
                end = [L.Reshape((-1, now[3])), L.BatchNormalization()]
            else:
                end = []
            layers += end
            if self.chance(0.8):
                layers.append(L.Flatten())
            else:
                return shape, layers
        else:
            shape = (int(self.rng.integers(2, 9)),)
            layers = []
        for _ in range(self.rng.integers(1, 4)):
            layers.append(L.Dense(int(self.rng.integers(1, 7)), use_bias=self.chance(0.8), activation=self.activation(),
                                  kernel_regularizer=self.regularizer(), bias_initializer="random_normal"))
            if self.chance(0.4):
                layers.append(self.between(None))
        return shape, layers

    def compiled(self, model):
        O = keras.optimizers
        rate = self.one(0.01, O.schedules.ExponentialDecay(0.02, 7, 0.5), O.schedules.CosineDecay(0.03, 9, alpha=0.1))
        optimizer = self.one(O.SGD, O.RMSprop, O.Adam, O.AdamW, O.Adagrad, O.Adadelta, O.Adamax, O.Nadam, O.Lion, O.Ftrl)(rate)
        loss = self.one("mse", "categorical_crossentropy", keras.losses.Huber(0.7),
                        keras.losses.CategoricalCrossentropy(label_smoothing=0.1), "binary_crossentropy")
        metrics = self.one([], ["accuracy"], ["mae", keras.metrics.F1Score(average="macro")],
                           [keras.metrics.AUC(), keras.metrics.TopKCategoricalAccuracy(k=2)])
        model.compile(optimizer, loss, metrics=metrics)

    def named(self, layers):
        """The layers, some with names of their own, of which a model within a model has the same again."""
        own = lambda i, layer: type(layer).from_config({**layer.get_config(), "name": f"{OWN}{i}"})
        return [own(i, layer) if self.chance(0.3) else layer for i, layer in enumerate(layers)]

    def joined(self, value, new, attends):
        """What a layer gives, now and then together with what it takes."""
        if new.shape != value.shape or not self.chance(0.3):
            return new
        merges = [L.Add(), L.Average(), L.Subtract(), L.Concatenate()]
        if len(value.shape) == 2:
            merges.append(L.Dot(1))
        # These look for masks, too: see sequences().
        if not (attends and self.gap is not None):
            merges += [L.Maximum(), L.Minimum(), L.Multiply()]
        return self.one(*merges)([value, new])

    def inputs(self, shape):
        """Samples; where steps can be masked, some are, in the middle and at both ends."""
        x = self.rng.uniform(-1, 1, (5, *shape)).astype(np.float32)
        if self.words:
            x = self.rng.integers(0, self.words, (5, *shape)).astype(np.float32)
        if self.gap is not None:
            x[x == self.gap] = 1
            steps = np.arange(shape[0])
            gone = self.rng.random((5, shape[0])) < 0.3
            # A short sequence, one that begins late, and a whole one.
            gone[0], gone[1], gone[2] = steps > 0, steps < shape[0] - 1, False
            gone[gone.all(axis=1), 0] = False
            x[gone] = self.gap
        return x

    def model(self):
        while True:
            shape, layers = self.layers()
            kind = self.rng.integers(3)
            # Keras' Sequential cannot contain this layer.
            if kind == 0 or any(isinstance(layer, L.MultiHeadAttention) for layer in layers):
                source = L.Input(shape)
                value, attends = source, False
                for layer in self.named(layers):
                    if isinstance(layer, L.MultiHeadAttention):
                        causal = {"use_causal_mask": True} if self.chance(0.3) else {}
                        value, attends = L.Add()([value, layer(value, value, **causal)]), True
                    else:
                        value = self.joined(value, layer(value), attends)
                model = keras.Model(source, value)
            elif kind == 1 and len(layers) > 2:
                cut = int(self.rng.integers(1, len(layers)))
                inner, outer = self.named(layers[:cut]), self.named(layers[cut:])
                model = keras.Sequential([L.Input(shape), keras.Sequential(inner), *outer])
            else:
                model = keras.Sequential([L.Input(shape), *self.named(layers)])
            for weight in model.weights:
                if "moving" in weight.path:
                    spread = self.rng.uniform(0.5, 1.5, weight.shape)
                    weight.assign(spread if "variance" in weight.path else spread - 1)
            self.compiled(model)
            x = self.inputs(shape)
            y = np.asarray(model(x, training=False))
            # Outputs in the thousands have larger rounding errors, and constant ones prove nothing.
            if np.isfinite(y).all() and np.abs(y).max() < 20 and np.ptp(y) > 1e-3:
                return model, x, y
