"""``python -m stopgap``: the command line."""

from __future__ import annotations

import signal
import sys
import threading

from stopgap import _native


def main() -> int:
    """Runs the command of ``sys.argv``, and returns its exit status.

    0 is success, 1 a refusal, 2 wrong usage, 3 a fault of a file or the store.
    """
    # Ctrl-C must end the command at once: Python's own handler would wait until the
    # command has ended. If the signal is ignored, as by nohup, it stays ignored.
    python_handles_it = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if python_handles_it and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _native._command(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
