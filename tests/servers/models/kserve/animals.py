"""KServe's Python server with three models, on loopback alone: `animals.py HTTP-PORT GRPC-PORT`."""

import sys

import grpc
import numpy
import uvicorn
from kserve import InferOutput, InferRequest, InferResponse, Model, ModelServer

from record import mark, ran


class Animal(Model):
    """A model whose answers name it, in V1 and V2."""

    def __init__(self, name):
        super().__init__(name)
        self.ready = True

    def load(self):
        ran("load", self.name)
        self.ready = True
        return True

    def stop(self):
        ran("stop", self.name)

    def predict(self, payload, headers=None, response_headers=None):
        ran("predict", self.name)
        if not isinstance(payload, InferRequest):
            numbers = [number for row in payload["instances"] for number in row]
            return {"predictions": [sum(numbers)], "said": mark(self.name)}
        total = float(sum(item.as_numpy().sum() for item in payload.inputs))
        return InferResponse(
            payload.id or "unnamed",
            self.name,
            [
                _output("said", "BYTES", numpy.array([mark(self.name)], dtype=object)),
                _output("total", "FP64", numpy.array([total])),
            ],
        )

    def explain(self, payload, headers=None):
        ran("explain", self.name)
        return {"explanations": [mark(self.name)]}

    def get_input_types(self):
        return [{"name": mark(self.name), "datatype": "FP64", "shape": [-1]}]


def _output(name, datatype, values):
    output = InferOutput(name, list(values.shape), datatype)
    output.set_data_from_numpy(values, binary_data=False)
    return output


def listen_on_loopback():
    """The server asks for every address of the machine, and has no setting for it."""
    configure, server = uvicorn.Config.__init__, grpc.aio._server.Server
    add_port = server.add_insecure_port

    def configured(self, *arguments, **settings):
        configure(self, *arguments, **{**settings, "host": "127.0.0.1"})

    uvicorn.Config.__init__ = configured
    server.add_insecure_port = lambda self, address: add_port(self, address.replace("[::]", "127.0.0.1"))


if __name__ == "__main__":
    listen_on_loopback()
    server = ModelServer(http_port=int(sys.argv[1]), grpc_port=int(sys.argv[2]), workers=1)
    # its own arguments are not read: those above are all
    server.start([Animal(name) for name in ["cats", "dogs", "secret"]])
