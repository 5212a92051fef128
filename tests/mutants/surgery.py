"""Takes one check out of the running code, in a process that is thrown away afterwards.

Nothing is imported anew and no file is written: the functions that live get other code.
"""

import ast
import functools
import gc
import importlib
import json
import logging
import os
import signal
import traceback
from collections import defaultdict
from pathlib import Path
from types import CodeType, FunctionType

from django.urls import URLResolver, get_resolver

from tests.mutants.sites import APPS, ROOT, modules, without

SECONDS = 120


class NotFound(Exception):
    """The check is written, but no living function holds it."""


class Living:
    """Our functions as they live in this process, and what they keep from call to call."""

    def __init__(self):
        self.functions, self.caches = defaultdict(list), []
        for name, _file in modules():
            importlib.import_module(name)
        for one in gc.get_objects():
            # Not `isinstance`: what is lazy would be made up.
            if type(one) is FunctionType and one.__code__.co_filename.startswith(f"{ROOT}/"):
                self.functions[one.__code__.co_filename, one.__code__].append(one)
            elif type(one) is functools._lru_cache_wrapper and _app_of(one) in APPS:
                self.caches.append(one)

    def take_out(self, site):
        """From now on this process runs without the check."""
        module = importlib.import_module(site.module)
        if site.kind == "require":
            _take_off(getattr(module, site.scope[0]))
        else:
            self._replace(module.__file__, site)
        for cache in self.caches:
            cache.cache_clear()

    def _replace(self, file, site):
        source, is_found = Path(file).read_text(), False
        before = compile(source, file, "exec", dont_inherit=True)
        after = compile(without(site, ast.parse(source)), file, "exec", dont_inherit=True)
        for old, new in _pairs(before, after):
            if old != new:
                for function in self.functions.get((file, old), ()):
                    function.__code__ = new
                    is_found = True
        if not is_found:
            raise NotFound(str(site))


def _app_of(cache):
    """Whose function it keeps the results of: one that was given arguments before is inside."""
    function = cache.__wrapped__
    return getattr(function, "func", function).__module__.partition(".")[0]


def _pairs(before, after):
    """(old, new) of every function's code in a module, those within functions too."""
    for old, new in zip(_inner(before), _inner(after), strict=True):
        yield old, new
        yield from _pairs(old, new)


def _inner(code):
    return [part for part in code.co_consts if isinstance(part, CodeType)]


def _take_off(view):
    """The addresses of a view lead to what its outermost decorator hid."""
    patterns = [one for one in _patterns(get_resolver()) if one.callback is view]
    if not patterns:
        raise NotFound(f"No address leads to {view.__name__}.")
    for pattern in patterns:
        pattern.callback = view.__wrapped__


def _patterns(resolver):
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from _patterns(one)
        else:
            yield one


# ---- A process of its own ------------------------------------------------------------------------


def in_a_fork(do):
    """What `do` returns, JSON allowing, in a copy of this process that ends with it.

    The copy has no connection of this process: close them before. A copy that fails or hangs
    raises here.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        _be_a_copy(do, reading, writing)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    _pid, status = os.waitpid(pid, 0)
    if not said:
        raise RuntimeError(f"A copy of this process ended without a word: {status}")
    result, error = json.loads(said)
    if error:
        raise RuntimeError(error)
    return result


def _be_a_copy(do, reading, writing):
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(SECONDS)
    os.close(reading)
    logging.disable(logging.CRITICAL)
    # A copy is short-lived: to look for garbage would copy all that it shares with this process.
    gc.disable()
    try:
        said = json.dumps([do(), ""])
    except BaseException:
        said = json.dumps([None, traceback.format_exc()])
    try:
        with os.fdopen(writing, "w") as pipe:
            pipe.write(said)
    finally:
        # Neither the tests' clean-up nor their output is this process's business.
        os._exit(0)
