"""The import wizard: from a person's files to a dataset, with nothing written before the last step."""
