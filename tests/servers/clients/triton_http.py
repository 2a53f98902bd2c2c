"""NVIDIA's Triton client over HTTP, against MLServer and KServe behind the gate."""

import numpy
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from called import BEARER, GATE, main, refused


class Host:
    """The client has no setting for the host that it asks for: a header has."""

    def __init__(self, server, bearer=BEARER):
        self.client = triton.InferenceServerClient(GATE)
        self.headers = {"host": f"{server}.example.com", **bearer}

    def infer(self, model, binary=False, **settings):
        numbers = triton.InferInput("numbers", [2], "FP64")
        numbers.set_data_from_numpy(numpy.array([1.0, 2.0]), binary_data=binary)
        outputs = [triton.InferRequestedOutput(name, binary_data=binary) for name in ["said", "total"]]
        return self.client.infer(model, [numbers], outputs=outputs, headers=self.headers, **settings)


def check(answer, model):
    said, total = answer.as_numpy("said").flatten()[0], answer.as_numpy("total").flatten()[0]
    said = said.decode() if isinstance(said, bytes) else said
    assert (said, total) == (f"the mark of {model}", 3.0), (said, total)


def infer():
    for model in ["cats", "dogs"]:
        check(Host("mlserver").infer(model), model)
        check(Host("mlserver").infer(model, model_version="1"), model)


def binary():
    check(Host("kserve").infer("cats", binary=True), "cats")


def gzip():
    """The path names the model, so that a compressed body may pass."""
    check(Host("mlserver").infer("cats", request_compression_algorithm="gzip"), "cats")
    check(Host("mlserver").infer("cats", response_compression_algorithm="gzip"), "cats")


def ready_and_metadata():
    for server in ["mlserver", "kserve"]:
        host = Host(server)
        assert host.client.is_model_ready("cats", headers=host.headers)
        assert host.client.get_model_metadata("cats", headers=host.headers)["name"] == "cats"
        refused(
            InferenceServerException,
            lambda: host.client.get_model_metadata("secret", headers=host.headers),
        )


def forbidden():
    for server in ["mlserver", "kserve"]:
        error = refused(InferenceServerException, lambda: Host(server).infer("secret"))
        assert "403" in error.status(), error
    host = Host("mlserver")
    refused(
        InferenceServerException,
        lambda: host.client.unload_model("cats", headers=host.headers),
    )


def no_token():
    error = refused(InferenceServerException, lambda: Host("mlserver", {}).infer("cats"))
    assert "401" in error.status(), error


if __name__ == "__main__":
    main(globals())
