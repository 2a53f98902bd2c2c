"""MLServer's models: each says its name and adds up its numbers."""

from mlserver import MLModel
from mlserver.codecs import NumpyCodec, StringCodec
from mlserver.types import InferenceResponse

from record import mark, ran


class Animal(MLModel):
    """A model whose answers name it."""

    async def predict(self, payload):
        ran("predict", self.name, self.version)
        total = sum(self.decode(item, default_codec=NumpyCodec).sum() for item in payload.inputs)
        return InferenceResponse(
            model_name=self.name,
            model_version=self.version,
            outputs=[
                StringCodec.encode_output("said", [mark(self.name)]),
                NumpyCodec.encode_output("total", _column(total)),
            ],
        )

    async def predict_stream(self, payloads):
        async for payload in payloads:
            yield await self.predict(payload)

    async def unload(self):
        ran("unload", self.name, self.version)
        return True


def _column(number):
    import numpy

    return numpy.array([[float(number)]])
