"""Everything that trains: the vocabulary, the templates, the datasets, the trainer and the scheduler."""
