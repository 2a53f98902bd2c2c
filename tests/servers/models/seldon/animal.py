"""A Seldon model, in the wrapper that `seldon-core-microservice` builds: REST as `gunicorn --bind ADDRESS animal:app`, gRPC as
`animal.py ADDRESS`. Its name is in the environment, as the deployment's would be.

The command itself listens on every address of the machine; both are here on loopback alone.
"""

import os
import sys

from seldon_core.metrics import SeldonMetrics
from seldon_core.proto import prediction_pb2
from seldon_core.wrapper import get_grpc_server, get_rest_microservice

from record import mark, ran

NAME = os.environ["ANIMAL"]


class Animal:
    """A model whose answers name it."""

    def predict_raw(self, message):
        ran("predict", NAME)
        # REST hands over a dictionary, gRPC a message, and takes back the same
        if isinstance(message, dict):
            return {"strData": mark(NAME)}
        return prediction_pb2.SeldonMessage(strData=mark(NAME))

    def send_feedback(self, features, feature_names, reward, truth, routing=None):
        ran("feedback", NAME)
        return []

    def init_metadata(self):
        return {"name": NAME, "versions": ["1"], "platform": mark(NAME)}


app = get_rest_microservice(Animal(), SeldonMetrics())

if __name__ == "__main__":
    server = get_grpc_server(Animal(), SeldonMetrics(), num_threads=2)
    server.add_insecure_port(sys.argv[1])
    server.start()
    server.wait_for_termination()
