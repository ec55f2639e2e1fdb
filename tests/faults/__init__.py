"""Injected faults: real trainers, schedulers and windows, killed and starved at random moments.

`acknowledged` knows what a trainer was told to be logged, `laboratory` has the processes, `injections` the faults, and
`campaign` does many of them and counts what they broke. ``python -m tests.faults --injections 300`` is the long form.
"""
