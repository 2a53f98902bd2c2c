"""OpenAI's own client, against LiteLLM and llama.cpp behind the gate."""

import os

import openai

from called import BEARER, GATE, main, refused

ASK = [{"role": "user", "content": "Hello"}]


def client(server="litellm", token=os.environ["TOKEN"]):
    return openai.OpenAI(
        api_key=token,
        base_url=f"http://{GATE}/v1",
        default_headers={"host": f"{server}.example.com"},
        max_retries=0,
    )


def chat():
    answer = client().chat.completions.create(model="cats", messages=ASK)
    assert answer.choices[0].message.content == "the mark of cats", answer
    answer = client("llama").chat.completions.create(model="dogs", messages=ASK, max_tokens=4)
    assert answer.choices[0].message.content and answer.usage.completion_tokens <= 4, answer


def chat_stream():
    for server, model in [("litellm", "dogs"), ("llama", "cats")]:
        stream = client(server).chat.completions.create(
            model=model, messages=ASK, max_tokens=4, stream=True
        )
        text = "".join(piece.choices[0].delta.content or "" for piece in stream if piece.choices)
        assert text == "the mark of dogs" or (server == "llama" and text), text


def completion():
    answer = client().completions.create(model="cats", prompt="Hello")
    assert answer.choices[0].text == "the mark of cats", answer


def embeddings():
    answer = client().embeddings.create(model="dogs", input=["a", "b"], encoding_format="float")
    assert [item.embedding for item in answer.data] == [[4.0, 1.0]] * 2, answer


def forbidden():
    for stream in [False, True]:
        error = refused(
            openai.PermissionDeniedError,
            lambda: client().chat.completions.create(model="secret", messages=ASK, stream=stream),
        )
        assert error.status_code == 403 and error.body["message"], error
    refused(
        openai.PermissionDeniedError,
        lambda: client().embeddings.create(model="secret", input="a"),
    )


def no_token():
    for token in ["", "nonsense"]:
        error = refused(
            openai.AuthenticationError,
            lambda: client(token=token or "-").chat.completions.create(model="cats", messages=ASK),
        )
        assert error.status_code == 401, error


def list_names():
    names = sorted(model.id for model in client().models.list())
    assert names == ["cats", "dogs"], names


if __name__ == "__main__":
    main(globals())
