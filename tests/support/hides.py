"""Leaves a process behind that has no parent, and a session and a process group of its own.

    python hides.py FILE [BYTES]

FILE gets its ID; it holds so many bytes, and runs until it is killed.
"""

import os
import sys
import time
from pathlib import Path

note = Path(sys.argv[1])
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.setsid()
        os.environ.clear()
        note.with_suffix(".new").write_text(str(os.getpid()))
        note.with_suffix(".new").rename(note)
        held = b"x" * int(sys.argv[2] if len(sys.argv) > 2 else 0)
        time.sleep(1000)
    os._exit(0)
os.wait()
while not note.exists():
    time.sleep(0.01)
