"""Seldon Core's REST wrapper around the model, as `seldon-core-microservice` builds it.

That command listens on every address of the machine; started as `gunicorn --bind 127.0.0.1:PORT server:app`, which is
what the command runs too, it is reachable from the machine alone.
"""

from seldon_core.metrics import SeldonMetrics
from seldon_core.wrapper import get_rest_microservice

from fraud_detector import FraudDetector

app = get_rest_microservice(FraudDetector(), SeldonMetrics())
