"""The scheduler: one process per home that owns the queue, the devices and the trainers."""
