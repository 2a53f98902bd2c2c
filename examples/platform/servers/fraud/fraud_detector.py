"""A Seldon model: how likely is each transaction (amount, hour of day) to be fraud?"""

import numpy as np


class FraudDetector:
    def predict(self, X, names=None, meta=None):
        """One probability a row: large amounts at night are suspicious."""
        amount, hour = np.asarray(X, dtype=float)[:, :2].T
        night = (hour < 6) | (hour > 22)
        return 1 / (1 + np.exp(4 - amount / 500 - 2 * night))[:, np.newaxis]
