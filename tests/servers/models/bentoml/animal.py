"""A BentoML service, whose answers name it. Its name is in the environment, as the deployment's would be."""

import os

import bentoml

from record import mark, ran

NAME = os.environ["ANIMAL"]


@bentoml.service(name=NAME, workers=1, metrics={"enabled": False})
class Animal:
    """An API, and a task: what is submitted runs later."""

    @bentoml.api
    def predict(self, numbers: list[float]) -> dict:
        ran("predict", NAME)
        return {"said": mark(NAME), "total": sum(numbers)}

    @bentoml.task
    def groom(self, numbers: list[float]) -> dict:
        ran("groom", NAME)
        return {"said": mark(NAME)}
