"""What ``dbtls init`` writes into a project, as text."""

import json
from collections.abc import Sequence
from pathlib import PurePosixPath

from harness.version import VERSION

GITHUB_FILE = PurePosixPath(".github/workflows/dbtls.yml")
GITLAB_FILE = PurePosixPath(".gitlab/dbtls.yml")
GITLAB_MAIN = PurePosixPath(".gitlab-ci.yml")
_WRITTEN = f"Written by `dbtls init` of dbtls {VERSION}."


def section(servers: Sequence[str], clients: Sequence[str]) -> str:
    """The table of pyproject.toml; what is not named is shown in a comment."""
    return f"""\
[tool.dbtls]
{_named("server", servers, "mysql-9.7", "mariadb-11.8")}  # `dbtls servers` lists them; default: those marked so there
{_named("client", clients, "pymysql")}  # `dbtls clients` lists them; default: all that are not meant by name
scenario = ["one-way*", "two-way*"]  # `dbtls scenarios` lists them; default: all
pytest = true  # scenarios are tests whenever pytest runs here and no file is named
"""


def _named(key: str, names: Sequence[str], *shown: str) -> str:
    # A JSON text is a TOML one too.
    listed = ", ".join(json.dumps(name) for name in names or shown)
    return f"{'' if names else '# '}{key} = [{listed}]"


GITHUB = f"""\
# {_WRITTEN}
name: TLS
on:
  push:
  pull_request:
  schedule:
    - cron: "17 3 * * 1" # weekly: a distribution's servers and drivers move without us
permissions:
  contents: read
jobs:
  dbtls:
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      # The driver that is tested is the one that is installed beside dbtls: install your own here.
      - run: pip install 'dbtls[load]=={VERSION}'
      - uses: actions/cache@v4
        with:
          path: ~/.cache/dbtls
          key: dbtls-{VERSION}
      - run: dbtls doctor || true
      - run: mkdir dbtls-report
      - run: dbtls run --json dbtls-report/report.json --junit dbtls-report/junit.xml
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: dbtls-report
          path: dbtls-report
"""

GITLAB = f"""\
# {_WRITTEN}
dbtls:
  # Servers are published on 127.0.0.1, so the job runs on the engine's own machine (a shell executor), not beside a
  # `docker:dind` service. Name the tag of such a runner.
  tags: [shell]
  timeout: 30 minutes
  variables:
    DBTLS_CACHE: $CI_PROJECT_DIR/.dbtls-cache
  cache:
    key: dbtls-{VERSION}
    paths: [.dbtls-cache/artifacts]
  script:
    - python3 -m venv .dbtls-env
    # The driver that is tested is the one that is installed beside dbtls: install your own here.
    - .dbtls-env/bin/pip install 'dbtls[load]=={VERSION}'
    - .dbtls-env/bin/dbtls doctor || true
    - mkdir -p dbtls-report
    - .dbtls-env/bin/dbtls run --json dbtls-report/report.json --junit dbtls-report/junit.xml
  artifacts:
    when: always
    paths: [dbtls-report]
    reports:
      junit: dbtls-report/junit.xml
"""
GITLAB_INCLUDE = f"include:\n  - local: {GITLAB_FILE}\n"
