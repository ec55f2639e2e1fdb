"""A TFX pipeline: examples, their statistics and schema, training, and a model that is pushed to where it is served.

``python data.py DATASET`` first, then ``python pipeline.py``, which runs it on this machine.
"""

from __future__ import annotations

import json
from pathlib import Path

from tfx import v1 as tfx

HERE = Path(__file__).parent.absolute()
NAME = json.loads((HERE / "model.json").read_text("utf-8"))["name"]
TRAIN_STEPS, EVAL_STEPS = 500, 50


def create_pipeline() -> tfx.dsl.Pipeline:
    splits = [
        tfx.proto.Input.Split(name=name, pattern=f"{name}/*.tfrecord") for name in ("train", "eval")
    ]
    examples = tfx.components.ImportExampleGen(
        input_base=str(HERE / "data"), input_config=tfx.proto.Input(splits=splits)
    )
    statistics = tfx.components.StatisticsGen(examples=examples.outputs["examples"])
    schema = tfx.components.SchemaGen(
        statistics=statistics.outputs["statistics"], infer_feature_shape=True
    )
    validator = tfx.components.ExampleValidator(
        statistics=statistics.outputs["statistics"], schema=schema.outputs["schema"]
    )
    trainer = tfx.components.Trainer(
        module_file=str(HERE / "trainer.py"),
        examples=examples.outputs["examples"],
        schema=schema.outputs["schema"],
        train_args=tfx.proto.TrainArgs(num_steps=TRAIN_STEPS),
        eval_args=tfx.proto.EvalArgs(num_steps=EVAL_STEPS),
        custom_config={"folder": str(HERE)},
    )
    served = tfx.proto.PushDestination.Filesystem(base_directory=str(HERE / "models" / NAME))
    pusher = tfx.components.Pusher(
        model=trainer.outputs["model"],
        push_destination=tfx.proto.PushDestination(filesystem=served),
    )
    return tfx.dsl.Pipeline(
        pipeline_name=NAME,
        pipeline_root=str(HERE / "pipeline"),
        metadata_connection_config=tfx.orchestration.metadata.sqlite_metadata_connection_config(
            str(HERE / "pipeline" / "metadata.db")
        ),
        components=[examples, statistics, schema, validator, trainer, pusher],
    )


if __name__ == "__main__":
    tfx.orchestration.LocalDagRunner().run(create_pipeline())
