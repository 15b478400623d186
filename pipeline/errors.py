"""What can go wrong, by exit code. A message says what was needed, what was found, which, and how to mend it."""

from __future__ import annotations


class TidewaiterError(Exception):
    """An error that the command line reports as a message, without a trace."""

    exit_code = 4


class Usage(TidewaiterError):
    """Wrong usage or configuration: nothing was written."""

    exit_code = 2


class Refused(TidewaiterError):
    """Inputs, a challenger or a difference were refused: nothing was published."""

    exit_code = 3
