"""NVIDIA's Triton client over gRPC, against MLServer and KServe behind the gate; and gRPC's reflection."""

import os
import queue

import grpc
import numpy
import tritonclient.grpc as triton
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from tritonclient.grpc import service_pb2
from tritonclient.utils import InferenceServerException

from called import BEARER, GATE, main, refused


def client(server, address=GATE):
    return triton.InferenceServerClient(
        address, channel_args=[("grpc.default_authority", f"{server}-grpc.example.com")]
    )


def numbers():
    numbers = triton.InferInput("numbers", [2], "FP64")
    numbers.set_data_from_numpy(numpy.array([1.0, 2.0]))
    return [numbers]


def check(answer, model):
    """Of what the servers answer, the client reads raw contents alone; KServe sends typed ones."""
    said, total = answer.get_output("said"), answer.get_output("total")
    raw = answer.get_response().raw_output_contents
    if raw:
        found = answer.as_numpy("said").flatten()[0].decode(), answer.as_numpy("total").flatten()[0]
    else:
        found = said.contents.bytes_contents[0].decode(), total.contents.fp64_contents[0]
    assert found == (f"the mark of {model}", 3.0), found


def infer():
    for server in ["mlserver", "kserve"]:
        for model in ["cats", "dogs"]:
            check(client(server).infer(model, numbers(), headers=BEARER), model)


def answers_of_a_stream(models, one_by_one=False):
    """By grpcio: MLServer answers with other messages than Triton, which Triton's client cannot read."""
    options = [("grpc.default_authority", "mlserver-grpc.example.com")]
    call = grpc.insecure_channel(GATE, options=options).stream_stream(
        "/inference.GRPCInferenceService/ModelStreamInfer",
        request_serializer=service_pb2.ModelInferRequest.SerializeToString,
        response_deserializer=service_pb2.ModelInferResponse.FromString,
    )
    answered = queue.Queue()

    def asked():
        for number, model in enumerate(models):
            if one_by_one and number > 0:
                answered.get(timeout=60)
            yield service_pb2.ModelInferRequest(model_name=model)

    answers = []
    for answer in call(asked(), metadata=list(BEARER.items()), timeout=60):
        answers.append(answer.model_name)
        answered.put(answer)
    return answers


def stream():
    assert answers_of_a_stream(["cats"] * 3) == ["cats"] * 3
    assert answers_of_a_stream(["cats"] * 2, one_by_one=True) == ["cats"] * 2
    # nothing was answered before: the refusal is the answer
    for models in [["secret"], ["secret", "cats"], ["secret", "dogs", "cats"]]:
        error = refused(grpc.RpcError, lambda: answers_of_a_stream(models))
        assert error.code() == grpc.StatusCode.PERMISSION_DENIED, (models, error)
    # an answer is on its way: the stream can only be broken off
    for models in [["cats", "secret"], ["cats", "dogs", "secret"]]:
        error = refused(grpc.RpcError, lambda: answers_of_a_stream(models, one_by_one=True))
        assert error.code() == grpc.StatusCode.INTERNAL, (models, error)


def ready_and_metadata():
    for server in ["mlserver", "kserve"]:
        assert client(server).is_model_ready("cats", headers=BEARER)
        assert client(server).get_model_metadata("cats", headers=BEARER).name == "cats"
        refused(
            InferenceServerException,
            lambda: client(server).get_model_metadata("secret", headers=BEARER),
        )


def forbidden():
    for server in ["mlserver", "kserve"]:
        error = refused(
            InferenceServerException,
            lambda: client(server).infer("secret", numbers(), headers=BEARER),
        )
        assert error.status() == "StatusCode.PERMISSION_DENIED", error
        refused(
            InferenceServerException, lambda: client(server).unload_model("cats", headers=BEARER)
        )


def no_token():
    error = refused(InferenceServerException, lambda: client("mlserver").infer("cats", numbers()))
    assert error.status() == "StatusCode.UNAUTHENTICATED", error


def gzip():
    """A compressed message names its model where nobody looks: refused, with a status that says so."""
    error = refused(
        InferenceServerException,
        lambda: client("mlserver").infer(
            "cats", numbers(), headers=BEARER, compression_algorithm="gzip"
        ),
    )
    assert error.status() in ["StatusCode.UNIMPLEMENTED", "StatusCode.INVALID_ARGUMENT"], error


def seldon_call(address, metadata):
    """Field 4 of a message is text."""
    channel = grpc.insecure_channel(
        address, options=[("grpc.default_authority", "seldon-cats.seldon")]
    )
    call = channel.unary_unary("/seldon.protos.Seldon/Predict")
    return call(b"\x22\x02hi", metadata=list(metadata.items()), timeout=60)


def seldon():
    """Behind the sidecars of both deployments: each knows which it is by its labels."""
    assert b"the mark of seldon-cats" in seldon_call(os.environ["CATS"], BEARER)
    error = refused(grpc.RpcError, lambda: seldon_call(os.environ["SECRET"], BEARER))
    assert error.code() == grpc.StatusCode.PERMISSION_DENIED, error
    error = refused(grpc.RpcError, lambda: seldon_call(os.environ["CATS"], {}))
    assert error.code() == grpc.StatusCode.UNAUTHENTICATED, error


def reflection():
    """Seldon's wrapper has it. It is metadata, which the caller may not read there."""

    def services(address):
        channel = grpc.insecure_channel(
            address, options=[("grpc.default_authority", "seldon-cats.seldon")]
        )
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        asked = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        answers = stub.ServerReflectionInfo(asked, metadata=list(BEARER.items()), timeout=20)
        return [
            service.name for answer in answers for service in answer.list_services_response.service
        ]

    assert "seldon.protos.Seldon" in services(os.environ["DIRECT"])
    error = refused(grpc.RpcError, lambda: services(os.environ["CATS"]))
    assert error.code() == grpc.StatusCode.PERMISSION_DENIED, error


if __name__ == "__main__":
    main(globals())
