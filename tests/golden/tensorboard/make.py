"""Makes `events` with TensorBoard 2 and TensorFlow 2.21: `python make.py`."""

import pathlib

import tensorflow as tf
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

values = [Summary.Value(tag=f"epoch_{name}", simple_value=value) for name, value in [("loss", 0.25), ("accuracy", 0.5)]]
path = pathlib.Path(__file__).parent / "events"
with tf.io.TFRecordWriter(str(path)) as out:
    out.write(Event(wall_time=1.5e9, file_version="brain.Event:2").SerializeToString())
    out.write(Event(wall_time=1.5e9, step=300, summary=Summary(value=values)).SerializeToString())
