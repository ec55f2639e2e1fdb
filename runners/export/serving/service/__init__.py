"""A service around an exported model: from a person's data to the model's input, and from its output to an answer.

It needs nothing of the rest of Twinbench, so that the folder can be copied beside a model and be started there with ``python -m service``.
"""
