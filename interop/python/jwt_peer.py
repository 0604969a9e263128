"""PyJWT, behind the protocol that `interop/src/main.rs` describes: a request on standard input, a response on standard output."""

import json
import sys

import jwt


def signed(request, token):
    headers = {} if token["kid"] is None else {"kid": token["kid"]}
    return jwt.encode(token["claims"], request["private_key"], algorithm="ES256", headers=headers)


def verdict(request, token):
    try:
        data = jwt.decode_complete(
            token,
            request["public_key"],
            algorithms=["ES256"],
            leeway=60,
            options={"verify_aud": False},
        )
    except jwt.PyJWTError as error:
        return {"refused": f"{type(error).__name__}: {error}"}
    return {"accepted": {"kid": data["header"].get("kid"), "claims": data["payload"]}}


request = json.load(sys.stdin)
json.dump(
    {
        "signed": [signed(request, token) for token in request["sign"]],
        "verified": [verdict(request, token) for token in request["verify"]],
    },
    sys.stdout,
)
