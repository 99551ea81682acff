"""Makes `events` and `summaries` with TensorBoard 2 and TensorFlow 2.21: `python make.py`."""

import pathlib

import numpy as np
import tensorflow as tf
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.histogram.summary_v2 import histogram_pb
from tensorboard.plugins.hparams import metadata as hparams_metadata
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.plugins.hparams.api_pb2 import Status
from tensorboard.plugins.hparams.summary_v2 import hparams_pb
from tensorboard.plugins.image.metadata import create_summary_metadata
from tensorboard.util.tensor_util import make_tensor_proto

folder = pathlib.Path(__file__).parent
values = [Summary.Value(tag=f"epoch_{name}", simple_value=value) for name, value in [("loss", 0.25), ("accuracy", 0.5)]]
with tf.io.TFRecordWriter(str(folder / "events")) as out:
    out.write(Event(wall_time=1.5e9, file_version="brain.Event:2").SerializeToString())
    out.write(Event(wall_time=1.5e9, step=300, summary=Summary(value=values)).SerializeToString())

summary = Summary()
wave = np.arange(1000) ** 2 % 101 / 8.0 - 5.0
summary.MergeFrom(histogram_pb("wave", wave))
summary.MergeFrom(histogram_pb("same", [2.5] * 4))
picture = make_tensor_proto([b"320", b"200", b"\x89PNG"], dtype=tf.string.as_datatype_enum, shape=[3])
summary.value.add(tag="picture", metadata=create_summary_metadata(None, None), tensor=picture)
for params in [{"units": 8}, {"activation": "relu"}, {"bias": True}]:
    summary.MergeFrom(hparams_pb(params, trial_id="group", start_time_secs=1.5e9))
end = plugin_data_pb2.SessionEndInfo(status=Status.STATUS_SUCCESS, end_time_secs=1.5e9)
end = hparams_metadata.create_summary_metadata(plugin_data_pb2.HParamsPluginData(session_end_info=end))
summary.value.add(tag=hparams_metadata.SESSION_END_INFO_TAG, metadata=end, tensor=hparams_metadata.NULL_TENSOR)
with tf.io.TFRecordWriter(str(folder / "summaries")) as out:
    out.write(Event(wall_time=1.5e9, step=7, summary=summary).SerializeToString())
