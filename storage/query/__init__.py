"""The language that filters, columns, sort keys, groups and axes are written in; docs/filter-language.md is for its users.

It needs none of the database's packages, except for `storage.query.sql` and `storage.query.finding`.
"""

from storage.query.check import check, check_column
from storage.query.completion import complete
from storage.query.grammar import parse
from storage.query.terms import kind_of, quoted, split_columns, term_of, value_of
from storage.records import Aggregate, Completion, Field, Fields, Kind

__all__ = [
    "Aggregate", "Completion", "Field", "Fields", "Kind",
    "check", "check_column", "complete", "kind_of", "parse", "quoted", "split_columns", "term_of", "value_of",
]  # fmt: skip
