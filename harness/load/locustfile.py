"""What locust loads in the process of a load: each of its workers serves the conductor that started it.

locust makes no request of its own: its user only tells that its worker runs. What a worker does it is told through
the conductor's socket; ``harness.load.process`` starts this file and lays that socket into its working folder.
"""

import functools
import socket
from typing import Any

import gevent
from locust import User, constant, events, task
from locust.env import Environment
from locust.runners import LocalRunner, MasterRunner, WorkerRunner

from harness.load.answering import serve
from harness.load.locusts import until_stdin_ends, show_in
from harness.load.opening import opened
from harness.load.process import SOCKET
