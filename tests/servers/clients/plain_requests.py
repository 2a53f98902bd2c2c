"""The library `requests`, as a notebook would use it."""

import gzip as compression
import json

import requests

from called import BEARER, GATE, main


def post(host, path, body, headers=BEARER):
    headers = {"host": f"{host}.example.com", **headers}
    return requests.post(f"http://{GATE}{path}", json=body, headers=headers, timeout=60)


def seldon():
    path = "/seldon/seldon/seldon-cats/api/v1.0/predictions"
    answer = post("seldon", path, {"data": {"ndarray": [[1, 2]]}})
    assert answer.json() == {"strData": "the mark of seldon-cats"}, answer.text


def kserve_v1():
    answer = post("kserve", "/v1/models/dogs:predict", {"instances": [[1, 2]]})
    assert answer.json() == {"predictions": [3], "said": "the mark of dogs"}, answer.text


def gzip_where_the_body_names():
    body = {"model": "cats", "messages": [{"role": "user", "content": "Hello"}]}
    answer = requests.post(
        f"http://{GATE}/v1/chat/completions",
        data=compression.compress(json.dumps(body).encode()),
        headers={
            "host": "litellm.example.com",
            "content-type": "application/json",
            "content-encoding": "gzip",
            **BEARER,
        },
        timeout=60,
    )
    assert answer.status_code == 415 and answer.json(), answer.text


def forbidden():
    paths = [
        ("seldon", "/seldon/seldon/seldon-secret/api/v1.0/predictions"),
        ("kserve", "/v1/models/secret:predict"),
        ("mlserver", "/v2/models/secret/infer"),
        ("bento-secret", "/predict"),
    ]
    for host, path in paths:
        answer = post(host, path, {})
        assert answer.status_code == 403 and answer.json(), (host, answer.text)


def no_token():
    for host, path in [("kserve", "/v1/models/cats:predict"), ("mlserver", "/v2/models/cats/infer")]:
        answer = post(host, path, {"instances": [[1]]}, headers={})
        assert answer.status_code == 401 and answer.headers["www-authenticate"], answer.text


if __name__ == "__main__":
    main(globals())
