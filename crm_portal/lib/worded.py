"""Statements that are put into words once.

To word a queryset with a dozen conditions takes Django longer than PostgreSQL needs to answer it.
"""

import datetime as dt
import functools
from collections.abc import Hashable

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models.expressions import RawSQL

KEPT = 1000
_UNNESTED = "SELECT unnest(%s::bigint[])"


def worded_once(build):
    """Decorator of a function that returns a queryset's `values_list`: a call returns its rows.

    What is passed by position shapes the statement, which is worded anew for each such argument.
    What is passed by keyword differs from call to call: the number of a row, a list of such
    numbers, a date or an instant. The function gets a stand-in for it, and must hand that on
    unchanged; it is refused where it is not found again.
    """
    word = functools.lru_cache(KEPT)(functools.partial(_Statement, build))

    @functools.wraps(build)
    def rows(*shape, **values):
        return word(shape, tuple((name, _kind(values[name])) for name in values)).rows(values)

    return rows


class _Statement:
    def __init__(self, build, shape, kinds):
        names = {_mark(kind, number): name for number, (name, kind) in enumerate(kinds)}
        marks = {name: mark for mark, name in names.items()}
        queryset = build(*shape, **{name: _stand_in(kind, marks[name]) for name, kind in kinds})
        compiler = queryset.query.get_compiler(using=queryset.db)
        try:
            self.sql, params = compiler.as_sql()
        except EmptyResultSet:
            self.sql = ""
            return
        # The planner guesses badly how many rows an array has that it cannot see.
        self.sql = self.sql.replace(f"IN ({_UNNESTED})", "= ANY (%s::bigint[])")
        self.params = list(params)
        self.places = [
            (place, names[param])
            for place, param in enumerate(params)
            if isinstance(param, Hashable) and param in names
        ]
        if lost := set(names.values()) - {name for _place, name in self.places}:
            raise ValueError(f"Not handed on unchanged: {', '.join(sorted(lost))}")
        columns = [column for column, *_words in compiler.select[: compiler.col_count]]
        self.converters = compiler.get_converters(columns)

    def rows(self, values):
        if not self.sql:
            return []
        values = {name: _value(value) for name, value in values.items()}
        params = self.params.copy()
        for place, name in self.places:
            params[place] = values[name]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            rows = cursor.fetchall()
        return [self._converted(row) for row in rows] if self.converters else rows

    def _converted(self, row):
        row = list(row)
        for column, (converters, expression) in self.converters.items():
            for convert in converters:
                row[column] = convert(row[column], expression, connection)
        return tuple(row)


def _value(value):
    # An array in PostgreSQL's own words: it is read faster than a list is written.
    return f"{{{','.join(map(str, map(int, value)))}}}" if isinstance(value, list) else value


def _kind(value):
    return list if isinstance(value, list) else type(value)


def _mark(kind, number):
    """A value of this kind that nobody passes."""
    if kind in (int, list):
        return -7_000_000_000 - number
    if kind is dt.datetime:
        return dt.datetime(1801 + number, 1, 1, tzinfo=dt.UTC)
    if kind is dt.date:
        return dt.date(1801 + number, 1, 1)
    raise TypeError(f"There is no stand-in for {kind}.")


def _stand_in(kind, mark):
    # As one array, so that a longer list has the same words.
    return RawSQL(_UNNESTED, [mark]) if kind is list else mark  # noqa: S611 - a constant  # noqa: S611 - words of our own
