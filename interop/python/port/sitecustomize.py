"""Adds the port that INTEROP_PORT names to those that pyserial knows: a pseudo-terminal is in no list of ports, and Nordic's tools open none that
is not. Nothing else is changed. Python imports this by itself when its folder is in PYTHONPATH."""

import os

from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

known = list_ports.comports


def comports(include_links=False):
    kit = ListPortInfo(os.environ["INTEROP_PORT"])
    kit.hwid = "USB VID:PID=1366:1059 SER=001051202135 LOCATION=1-1:1.0"
    return [*known(include_links), kit]


list_ports.comports = comports
