"""Waits that end as soon as their condition holds. OX_PATIENCE scales every deadline (sanitizers are slow)."""
import os
import time

PATIENCE = float(os.environ.get("OX_PATIENCE", "1"))
POLL_SECONDS = 0.02


class Timeout(AssertionError):
    """A condition did not come true before its deadline."""


def patient(seconds):
    return seconds * PATIENCE


def wait_until(predicate, timeout=20.0, what=""):
    """Calls `predicate` until it returns something true, and returns that.

    `what` (text, or a function that makes it) says what was waited for. A predicate that must talk to a
    program which is not there yet raises ConnectionError, which counts as "not yet".
    """
    deadline = time.monotonic() + patient(timeout)
    last_error = None
    while True:
        try:
            value = predicate()
            if value:
                return value
            last_error = None
        except ConnectionError as error:
            last_error = error
        if time.monotonic() >= deadline:
            text = what() if callable(what) else what
            reason = f" (last: {last_error})" if last_error else ""
            raise Timeout(f"not within {patient(timeout):.0f} s: {text or predicate}{reason}")
        time.sleep(POLL_SECONDS)


def stays(predicate, seconds, what=""):
    """Asserts that `predicate` holds during all of `seconds`: for "nothing must happen"."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert predicate(), what or predicate
        time.sleep(POLL_SECONDS)
