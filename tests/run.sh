#!/usr/bin/env bash
# All tests: the bot's own in its Python 3.10 environment first, then the main side's. Extra arguments go to the latter.
set -euo pipefail
cd "$(dirname "$0")/.."
unset PYTHONDONTWRITEBYTECODE  # compiled modules make every start of a process faster
echo "== tests of the bot's environment"
PYTHONPATH=. RASA_TELEMETRY_ENABLED=false bot/.venv/bin/python -m pytest -q -c tests/bot/pytest.ini --rootdir tests/bot tests/bot
echo "== tests of the main environment"
exec .venv/bin/python -m pytest --ignore tests/bot "$@"
