"""What the command line understands of asking a model. Importing this loads nothing but argparse."""

from __future__ import annotations

from workbench.commands.export_options import CHECKPOINTS, Verbs


def add_predict(verbs: Verbs) -> None:
    predict = verbs.add("predict", "predict:predict", "ask a trained or exported model about files")
    add = predict.add_argument
    add("model", metavar="RUN|EXPORT", help="a run by its id or name, or an export by e and its id, or its name")  # fmt: skip
    add("files", nargs="*", metavar="FILE", help="images, tables of rows as CSV, texts, or arrays as .npy: whatever the model takes")  # fmt: skip
    add("--text", metavar="TEXT", help="a text, instead of a file")
    add("--invert", choices=("auto", "yes", "no"), default="auto", help="swap dark and bright of images (default: where a grey image's border is bright and the training images' is dark, or the other way round)")  # fmt: skip
    add("--checkpoint", choices=CHECKPOINTS, default="", help="of a run, whose weights (default: those that were tested)")  # fmt: skip
    add("--write", type=int, default=0, metavar="N", help="let a model of text go on with it for N tokens")  # fmt: skip
    add("--temperature", type=float, default=0.8, metavar="T", help="how freely (default 0.8)")
    add("--seed", type=int, default=0, metavar="N", help="of what is random in writing (default 0)")
