"""The trainer: ``python -m runners.train RUN_FOLDER``. Imports numpy and one framework, no Qt and no SQL."""
