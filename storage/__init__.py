"""The history: one door, `storage.store.Store`, that takes and returns plain records."""
