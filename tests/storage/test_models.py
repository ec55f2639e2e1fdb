from __future__ import annotations

import pytest
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from storage.models import metadata


def test_no_column_holds_dates_or_texts_of_a_limited_length() -> None:
    columns = [column for table in metadata.tables.values() for column in table.c]
    assert {column.type.python_type for column in columns} == {bool, int, float, str, bytes}
    assert {getattr(column.type, "length", None) for column in columns} == {None}


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_postgresql_has_a_type_for_every_column(table: Table) -> None:
    statement = str(CreateTable(table).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
    assert all(column.name in statement for column in table.c)
    assert "FLOAT" not in statement  # single precision there
