"""Starts MiniStack with a door for tests. I/O: a server on loopback.

Beside what MiniStack serves: events of AWS's own sources can be put on a bus, which nobody may do over the API; every
call is kept with its key and status, refused ones too; requests count as sent over TLS, so that policies which deny
plain HTTP stay in force; and the functions' processes can be listed. It reaches into MiniStack: its version is pinned.
"""

import json
from urllib.parse import parse_qs

import ministack.app
from ministack.core import lambda_runtime
from ministack.core.responses import request_scope
from ministack.services import eventbridge

CALLS: list[dict] = []
inner = ministack.app.app


def put_events(body: bytes, account: str, region: str) -> object:
    with request_scope(account, region):
        answer = eventbridge._put_events(json.loads(body), allow_aws_source=True)[2]
    return json.loads(answer)


def workers() -> list[dict]:
    pools = lambda_runtime._workers.values()
    running = [worker for pool in pools for worker in pool if worker._proc]
    return [{"function": worker.func_name, "pid": worker._proc.pid} for worker in running]


def door(path: str, query: dict, body: bytes) -> object:
    match path:
        case "/_door/events":
            return put_events(body, query["account"][0], query["region"][0])
        case "/_door/workers":
            return workers()
        case "/_door/calls":
            return CALLS
    raise ValueError(path)


async def answered(scope, receive, send) -> None:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    answer = json.dumps(door(scope["path"], parse_qs(scope["query_string"].decode()), body)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": answer})


async def app(scope, receive, send) -> None:
    if scope["type"] != "http":
        return await inner(scope, receive, send)
    if scope["path"].startswith("/_door/"):
        return await answered(scope, receive, send)
    headers = dict(scope["headers"])
    credential = headers.get(b"authorization", b"").partition(b"Credential=")[2].split(b"/")
    call = {
        "key": credential[0].decode(),
        "service": credential[3].decode() if len(credential) > 3 else "",
        "method": scope["method"],
        "path": scope["path"],
        "query": scope["query_string"].decode(),
        "target": headers.get(b"x-amz-target", b"").decode(),
        "status": None,
    }
    CALLS.append(call)

    async def watched(message) -> None:
        if message["type"] == "http.response.start":
            call["status"] = message["status"]
        await send(message)

    return await inner({**scope, "headers": [*scope["headers"], (b"x-forwarded-proto", b"https")]}, receive, watched)


if __name__ == "__main__":
    ministack.app.app = app
    ministack.app.main()
