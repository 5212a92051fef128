"""How wrong passwords slow down who guesses, and never who owns the account.

Each attempt counts against the account *at its place*: the network that it comes from or, in a
browser in which the owner has signed in before, that browser. Past the free ones each wrong
password makes that place wait, twice as long each time. Two sums catch who spreads the guesses:
many at one account close it to unknown browsers, many from one network close that network to them.
The owner gets in meanwhile by a known browser, or by the link of "Forgot your password?".

An address that nobody has is counted like one that somebody has: nobody learns which exist. The
counts stand in the cache, a table, under a hash of the address.
"""

import hashlib
import time

from accounts import devices
from accounts.models import User
from crm_portal.lib import counters, throttle

FREE = 5
FIRST_PAUSE = 15
LONGEST_PAUSE = 15 * 60
# A place begins anew after so long without an attempt.
FORGET_AFTER = 3600
MOST_AT_ACCOUNT, ACCOUNT_SECONDS = 20, 3600
MOST_FROM_NETWORK, NETWORK_SECONDS = 50, 600


class Attempt:
    """One password that somebody gives for an address, counted as wrong until it `succeeded`.

    Counted before it is checked: of a hundred at once, each is one.
    """

    def __init__(self, request, address):
        self.address = address.strip().lower()
        self.account = f"sign-in:account:{_hash(self.address)}"
        self.network = f"sign-in:network:{throttle.network_of(request)}"
        self.device = _known_device(request, self.address)
        self.place = f"sign-in:place:{_hash(self.address, self.device or self.network)}"

    def begin(self):
        """How many seconds to wait instead; 0 when the password may be checked."""
        if wait := self._wait_of_place():
            return wait
        if self.device:
            return 0
        if counters.add(self.account, seconds=ACCOUNT_SECONDS) > MOST_AT_ACCOUNT:
            return ACCOUNT_SECONDS
        if counters.add(self.network, seconds=NETWORK_SECONDS) > MOST_FROM_NETWORK:
            return NETWORK_SECONDS
        return 0

    def _wait_of_place(self):
        waits = []

        def one_more(kept):
            now = time.time()
            failures, free_at = kept or (0, now)
            # A clock that was ahead makes nobody wait longer than the longest pause.
            wait = max(0, min(free_at - now, LONGEST_PAUSE))
            waits.append(wait)
            if wait:
                return (failures, now + wait), wait + FORGET_AFTER
            pause = pause_after(failures + 1)
            return (failures + 1, now + pause), pause + FORGET_AFTER

        counters.change(self.place, one_more)
        return waits[0]

    def succeeded(self):
        """The password was right: this place begins anew, and the sums count one less."""
        counters.forget(self.place)
        if not self.device:
            counters.add(self.account, seconds=ACCOUNT_SECONDS, by=-1)
            counters.add(self.network, seconds=NETWORK_SECONDS, by=-1)


def pause_after(failures):
    """How many seconds a place waits after so many wrong passwords in a row."""
    if failures < FREE:
        return 0
    return min(FIRST_PAUSE * 2 ** (failures - FREE), LONGEST_PAUSE)


def _known_device(request, address):
    if not devices.has_cookie(request):
        return ""
    user = User.objects.filter(email=address).first()
    return devices.id_of(request, user) if user else ""


def _hash(*facts):
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:32]
