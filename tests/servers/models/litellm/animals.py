"""LiteLLM's models: a provider of its own kind, whose answers name the model that ran."""

import litellm
from litellm import CustomLLM

from record import mark, ran


class Animals(CustomLLM):
    """The model is what stands behind the provider's name in the configuration."""

    async def acompletion(self, model, model_response, *_, **__):
        ran("predict", model)
        model_response.choices[0].message.content = mark(model)
        model_response.choices[0].finish_reason = "stop"
        model_response.usage = litellm.Usage(prompt_tokens=1, completion_tokens=1, total_tokens=2)
        return model_response

    async def astreaming(self, model, *_, **__):
        ran("predict", model)
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        yield _piece(mark(model), False, None)
        yield _piece("", True, usage)

    async def aembedding(self, model, input, model_response, *_, **__):
        ran("predict", model)
        model_response.data = [
            {"object": "embedding", "index": index, "embedding": [float(len(model)), 1.0]}
            for index, _text in enumerate(input)
        ]
        model_response.usage = litellm.Usage(prompt_tokens=1, completion_tokens=0, total_tokens=1)
        return model_response


def _piece(text, last, usage):
    return {
        "text": text,
        "tool_use": None,
        "is_finished": last,
        "finish_reason": "stop" if last else "",
        "usage": usage,
        "index": 0,
    }


animals = Animals()
