"""Serve the deployments from this terminal, like `sweepflow serve`: python deployments/serve.py --help."""

import sys

from sweepflow.flows.__main__ import main

if __name__ == "__main__":
    sys.argv.insert(1, "serve")
    main()
