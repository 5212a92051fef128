"""Statements that are put into words once.

To word a queryset with a dozen conditions takes Django longer than PostgreSQL needs to answer it.
"""

import datetime as dt
import functools
import uuid
from collections.abc import Hashable

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models.expressions import RawSQL
from django.db.models.query import ModelIterable, get_related_populators

KEPT = 1000
_UNNESTED = "SELECT unnest(%s::bigint[])"


def worded_once(build):
    """Decorator of a function that returns a queryset, of models or a `values_list`: a call
    returns the list of its rows.

    What is passed by position shapes the statement, which is worded anew for each such argument.
    What is passed by keyword differs from call to call: the number of a row, a list of such
    numbers, a word, a date or an instant. The function gets a stand-in for it, and must hand that
    on unchanged; it is refused where it is not found again.
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
        is_of_models = issubclass(queryset._iterable_class, ModelIterable)
        self.make = _Models(queryset, compiler) if is_of_models else tuple

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
        if self.converters:
            rows = map(self._converted, rows)
        return list(map(self.make, rows))

    def _converted(self, row):
        row = list(row)
        for column, (converters, expression) in self.converters.items():
            for convert in converters:
                row[column] = convert(row[column], expression, connection)
        return row


class _Models:
    """Makes a row's model with what was annotated and joined, as Django's own iteration does."""

    def __init__(self, queryset, compiler):
        info, select, self.db = compiler.klass_info, compiler.select, queryset.db
        own = info["select_fields"]
        self.own = slice(own[0], own[-1] + 1)
        self.model = info["model"]
        self.fields = [column.target.attname for column, *_words in select[self.own]]
        self.joined = get_related_populators(info, select, self.db)
        self.annotated = compiler.annotation_col_map or {}

    def __call__(self, row):
        model = self.model.from_db(self.db, self.fields, row[self.own])
        for joined in self.joined:
            joined.populate(row, model)
        for name, column in self.annotated.items():
            setattr(model, name, row[column])
        return model


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
    if kind is str:
        return f"\ue000{number}"
    if kind is uuid.UUID:
        return uuid.UUID(int=number)
    raise TypeError(f"There is no stand-in for {kind}.")


def _stand_in(kind, mark):
    # As one array, so that a longer list has the same words.
    return RawSQL(_UNNESTED, [mark]) if kind is list else mark  # noqa: S611 - words of our own
