"""What TensorBoard's HParams tab is filled from: a row a run, with its parameters and how it ended.

The columns of metrics need no word from us: the plugin takes the scalars of each run.
"""

from __future__ import annotations

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import metadata
from tensorboard.plugins.hparams.api_pb2 import (
    STATUS_FAILURE,
    STATUS_SUCCESS,
    STATUS_UNKNOWN,
)
from tensorboard.plugins.hparams.plugin_data_pb2 import (
    HParamsPluginData,
    SessionEndInfo,
    SessionStartInfo,
)

from runners.protocol import Scalar, State
from storage.records import RunRecord

_STATUSES = {State.FINISHED: STATUS_SUCCESS, State.STOPPED: STATUS_UNKNOWN}


def session_start(run: RunRecord) -> Event:
    started = (run.started or run.created) / 1e6
    info = SessionStartInfo(group_name=str(run.id), start_time_secs=started)
    for name, value in _columns(run).items():
        if isinstance(value, bool):
            info.hparams[name].bool_value = value
        elif isinstance(value, int | float):
            info.hparams[name].number_value = value
        else:
            info.hparams[name].string_value = str(value)
    data = HParamsPluginData(session_start_info=info)
    return _event(metadata.SESSION_START_INFO_TAG, data, started)


def session_end(run: RunRecord) -> Event:
    ended = (run.ended or run.created) / 1e6
    status = _STATUSES.get(run.state, STATUS_FAILURE)
    data = HParamsPluginData(session_end_info=SessionEndInfo(status=status, end_time_secs=ended))
    return _event(metadata.SESSION_END_INFO_TAG, data, ended)


def _columns(run: RunRecord) -> dict[str, Scalar]:
    spec = run.spec
    described: dict[str, Scalar] = {
        "template": spec.template,
        "framework": spec.framework.value,
        "mode": spec.mode.value,
        "dataset": spec.dataset,
        "seed": spec.seed,
    }
    lists = {
        name: ", ".join(map(str, v)) for name, v in spec.parameters.items() if isinstance(v, tuple)
    }
    return described | dict(spec.parameters) | lists


def _event(tag: str, data: HParamsPluginData, time: float) -> Event:
    value = Summary.Value(
        tag=tag, metadata=metadata.create_summary_metadata(data), tensor=metadata.NULL_TENSOR
    )
    return Event(wall_time=time, summary=Summary(value=[value]))
