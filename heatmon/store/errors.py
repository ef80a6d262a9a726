"""What can go wrong in the store. Catch `StoreError`: its text says what is wrong, where, and what to do."""

from __future__ import annotations


class StoreError(Exception):
    """The store could not do what it was asked."""


class CanonicalError(StoreError, ValueError):
    """A value that has no canonical JSON: a float, a key that is no text, half a surrogate pair."""


class Locked(StoreError):  # noqa: N818  a state, named as people say it
    """Another daemon works on this state directory."""


class WrongJournal(StoreError):  # noqa: N818  as above
    """The file is another station's journal, a simulated one, or one of a newer heatmon."""


class JournalDamaged(StoreError):  # noqa: N818  as above
    """The file cannot be read as a journal."""


class JournalNotWritable(StoreError):  # noqa: N818  as above
    """The file system refuses: nothing of this transaction is on disk, and the caller keeps it."""


class OutOfOrder(StoreError, ValueError):  # noqa: N818  as above
    """Events that do not continue the journal: a programming error of the caller."""


class NotClaimed(StoreError, KeyError):  # noqa: N818  as above
    """A destination that was released, or never claimed anything, cannot move on."""

    __str__ = Exception.__str__
