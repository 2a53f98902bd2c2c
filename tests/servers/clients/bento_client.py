"""BentoML's own client. It asks for a host by name, which nobody resolves here: the gate is its proxy, as a mesh is."""

import os

import bentoml
from bentoml.exceptions import BentoMLException

from called import GATE, main, refused

os.environ["HTTP_PROXY"] = f"http://{GATE}"


def client(service, token=os.environ["TOKEN"], **settings):
    """It reads the service's schema before the first call."""
    return bentoml.SyncHTTPClient(f"http://{service}.example.com", token=token, **settings)


def predict():
    with client("bento-cats") as cats:
        assert cats.is_ready()
        answer = cats.predict(numbers=[1.0, 2.0])
    assert answer == {"said": "the mark of bento-cats", "total": 3.0}, answer


def denied(service, token, status):
    """The client says that it cannot read the schema; the status is in the answer."""
    error = refused(BentoMLException, lambda: client(service, token, server_ready_timeout=0))
    assert "schema" in str(error), error
    with client("bento-cats", server_ready_timeout=0) as known:
        answer = known.request(
            "POST",
            f"http://{service}.example.com/predict",
            json={"numbers": [1.0]},
            headers={"authorization": f"Bearer {token}"},
        )
    assert answer.status_code == status and answer.json(), answer


def forbidden():
    denied("bento-secret", os.environ["TOKEN"], 403)


def no_token():
    denied("bento-cats", "nonsense", 401)


if __name__ == "__main__":
    main(globals())
