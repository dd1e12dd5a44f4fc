"""`python -m app.openapi`: prints the OpenAPI schema, from which the page's types are generated."""

from __future__ import annotations

import json
import sys

from app.main import app

if __name__ == "__main__":
    json.dump(app.openapi(), sys.stdout, indent=2, sort_keys=True)
    sys.stdout.write("\n")
