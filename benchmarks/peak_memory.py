"""Runs a command that prints a JSON object, and adds the most memory that all its processes took together.

python peak_memory.py python -m peers optuna table --trials 8
"""

import json
import sys

from process_memory import watched


def main() -> None:
    ended, moments = watched(sys.argv[1:])
    if ended.returncode:
        sys.exit(ended.stderr)
    figures = json.loads(ended.stdout.splitlines()[-1])
    print(json.dumps({**figures, "peak_mb": max(moment.pss for moment in moments)}))


if __name__ == "__main__":
    main()
