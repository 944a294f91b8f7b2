"""``python -m stopgap``: the command line."""

from __future__ import annotations

import signal
import sys
import threading

from stopgap import _native


def main() -> int:
    """Run the command of ``sys.argv``, and give its exit status.

    0 is done, 1 refused, 2 wrong usage, 3 trouble with a file or the store.
    """
    # Ctrl-C ends the command as it ends any other: Python's own handler would wait until
    # the command is done. Where it was ignored, as by nohup, it stays so.
    python_handles_it = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if python_handles_it and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _native._command(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
