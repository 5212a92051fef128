"""Lets operations on the same rows take turns at every statement, in an order drawn from a seed.

Each operation runs in a thread with a connection of its own, and stops before each statement and
each commit until it is let go. Of those that stand still one goes on; when it must wait for a lock
of another, the next one goes on. So at most one works at any moment, every order of statements is
reachable, and the same seed gives the same order.
"""

import queue
import threading
from dataclasses import dataclass

from django.db import connection

from accounts import office
from crm_portal.events import unheard

# How likely it is that whoever went last goes on: step by step in turn, by tossing a coin, or a
# long way at once. Each finds faults that the others hardly ever meet.
STAYING = (0.15, 0.5, 0.85)
# Seconds after which a statement that has not come back may be waiting for a lock.
GLANCE = 0.002
# Seconds after which the harness itself must have a fault.
PATIENCE = 30

# They neither read nor lock: going on after them is as good as before.
_SAVEPOINTS = ("SAVEPOINT", "RELEASE SAVEPOINT")

_WAITING = """
    SELECT count(*) FROM unnest(%s::int[]) AS player (pid)
    WHERE pg_blocking_pids(pid) && %s::int[]
"""


@dataclass(frozen=True)
class Play:
    """What happened: whose turn it was each time, and what each operation raised, or None."""

    turns: tuple[tuple[int, str], ...]
    errors: tuple[Exception | None, ...]
    waits: int

    @property
    def order(self):
        return tuple(number for number, _statement in self.turns)

    def __str__(self):
        lines = [f"{number}: {' '.join(said.split())[:110]}" for number, said in self.turns]
        return "\n".join([*lines, *(f"{n}: {e!r}" for n, e in enumerate(self.errors) if e)])


class Player:
    """A thread that does one operation after the other on its own connection."""

    def __init__(self, number, news):
        self.number, self._news = number, news
        self._works, self._turn = queue.SimpleQueue(), threading.Semaphore(0)
        self.is_stopped = False
        self.statement = self.error = self.pid = None
        self._thread = threading.Thread(target=self._live, daemon=True, name=f"player {number}")
        self._thread.start()

    def begin(self, work):
        self._works.put(work)

    def go(self):
        self.is_stopped = False
        self._turn.release()

    def leave(self):
        self._works.put(None)
        self._thread.join(PATIENCE)

    def _live(self):
        connection.ensure_connection()
        self.pid = connection.connection.info.backend_pid
        _notice_deadlocks_soon()
        commit = connection.commit
        connection.commit = lambda: self._stop("COMMIT") or commit()
        self._news.put(self)
        while (work := self._works.get()) is not None:
            self.error = self._try(work)
            self._news.put(self)
        connection.close()

    def _try(self, work):
        office.forget()
        try:
            with unheard(), connection.execute_wrapper(self._before):
                work()
        except Exception as error:
            return error
        return None

    def _before(self, execute, sql, params, many, context):
        if not sql.startswith(_SAVEPOINTS):
            self._stop(sql)
        return execute(sql, params, many, context)

    def _stop(self, statement):
        self.statement, self.is_stopped = statement, True
        self._news.put(self)
        self._turn.acquire()


def _notice_deadlocks_soon():
    if connection.connection.info.parameter_status("is_superuser") == "on":
        with connection.cursor() as cursor:
            cursor.execute("SET deadlock_timeout = '20ms'")


class Scheduler:
    """Owns the players; `play` may be called as often as wanted."""

    def __init__(self, players):
        self._news = queue.SimpleQueue()
        self._players = [Player(number, self._news) for number in range(players)]
        for _player in self._players:
            self._news.get(timeout=PATIENCE)

    def leave(self):
        for player in self._players:
            player.leave()

    def play(self, works, random):
        """Do the works at once, in an order that `random` draws."""
        players = self._players[: len(works)]
        for player, work in zip(players, works, strict=True):
            player.begin(work)
        # Moving: on the way to its next statement, or waiting for a lock.
        moving, waiting, turns, waits = set(players), set(), [], 0
        last, staying = None, random.choice(STAYING)
        while True:
            before, waiting = waiting, self._come_to_rest(moving, waiting)
            waits += len(waiting - before)
            able = [player for player in players if player.is_stopped]
            if able:
                others = [player for player in able if player is not last]
                if others and (last not in able or random.random() >= staying):
                    last = random.choice(others)
                turns.append((last.number, last.statement))
                moving.add(last)
                last.go()
            elif moving:
                # All wait for each other, until PostgreSQL ends one of them.
                moving.discard(self._news.get(timeout=PATIENCE))
            else:
                return Play(tuple(turns), tuple(player.error for player in players), waits)

    def _come_to_rest(self, moving, waiting):
        """Until each is stopped, done or waits for a lock; returns those who wait."""
        is_worth_a_look = moving <= waiting
        while moving:
            if not is_worth_a_look:
                try:
                    moving.discard(self._news.get(timeout=GLANCE))
                    is_worth_a_look = moving <= waiting
                    continue
                except queue.Empty:
                    pass
            if self._wait_for_locks(moving):
                return set(moving)
            is_worth_a_look = False
        return set()

    def _wait_for_locks(self, moving):
        """Whether each waits for another player. What else may hold a lock lets go by itself."""
        pids = [player.pid for player in self._players]
        with connection.cursor() as cursor:
            cursor.execute(_WAITING, [[player.pid for player in moving], pids])
            return cursor.fetchone()[0] == len(moving)
