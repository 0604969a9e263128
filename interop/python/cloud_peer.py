"""nRF Cloud Utils against a cloud that is not Nordic's: a request on standard input, a response on standard output, both JSON.

The package is used as it was installed. All that is changed, in memory, is where its modules think that nRF Cloud is: their constants for
the host, and the URLs that they made of them when they were imported; and with `port` which serial ports there are, for a pseudo-terminal is
in no list of them.

`run` is a tool by its module's name with its arguments and what is typed into it; the answer is how it ended and what it printed. `call` is
a function of such a module with its arguments; the answer is the status and body of the response that it returned, or its value. `get` is
a path of the API, asked with the credential `key`; with `zip`, files by their names are sent there as an archive. `sign` are the claims of
a token.
"""

import contextlib
import importlib
import io
import json
import sys
import traceback
import zipfile

import jwt
import requests
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

REAL = ("https://api.nrfcloud.com/v1/", "https://api.provisioning.nrfcloud.com/v1/")


def load(name, base):
    module = importlib.import_module("nrfcloud_utils." + name)
    for used in [m for n, m in sys.modules.items() if n.startswith("nrfcloud_utils.")]:
        for constant, value in list(vars(used).items()):
            for real in REAL:
                if isinstance(value, str) and value.startswith(real):
                    setattr(used, constant, base + value[len(real) :])
        if hasattr(used, "API_URL_START"):
            used.API_URL_START = base
            used.API_URL_END = ""
            used.DEV_STAGE_DICT = dict.fromkeys(used.DEV_STAGE_DICT, "")
    return module


def run(request):
    module = load(request["run"], request["base"])
    output = io.StringIO()
    status = 0
    sys.stdin = io.StringIO(request.get("typed", ""))
    if "port" in request:
        list_ports.comports = lambda *_: [ListPortInfo(request["port"])]
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        try:
            module.main(request["arguments"])
        except SystemExit as error:
            status = error.code if isinstance(error.code, int) else int(error.code is not None)
        except BaseException:
            traceback.print_exc()
            status = 1
    return {"status": status, "output": output.getvalue()}


def response(answer):
    if not isinstance(answer, requests.Response):
        return {"value": answer}
    try:
        body = answer.json()
    except ValueError:
        body = answer.text
    return {"status": answer.status_code, "body": body}


def call(request):
    module = load(request["call"], request["base"])
    return response(getattr(module, request["function"])(*request["arguments"], **request.get("named", {})))


def archive(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zip:
        for name, content in files.items():
            zip.writestr(name, content)
    return buffer.getvalue()


def get(request):
    headers = {"Authorization": "Bearer " + request["key"]}
    url = request["base"] + request["get"].lstrip("/")
    if "zip" in request:
        headers["Content-Type"] = "application/zip"
        return response(requests.post(url, archive(request["zip"]), headers=headers))
    return response(requests.request(request.get("method", "GET"), url, headers=headers))


def sign(request):
    return {"value": jwt.encode(request["sign"], request["private_key"], algorithm="ES256")}


request = json.load(sys.stdin)
answer = next(does for name, does in {"run": run, "call": call, "get": get, "sign": sign}.items() if name in request)
json.dump(answer(request), sys.stdout)
