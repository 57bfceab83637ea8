"""The errors a user can cause."""


class BadInput(ValueError):
    """Something the user gave cannot be used.

    The message is one line that names the file, row and field; the command line prints it alone
    and exits with code 2.
    """


class Unreachable(RuntimeError):
    """A model endpoint did not answer usably after its retries; the message is one line."""
