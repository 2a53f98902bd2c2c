"""A BentoML service: a credit score from yearly income and debt."""

import bentoml


@bentoml.service(name="risk-scorer", workers=1, metrics={"enabled": False})
class RiskScorer:
    @bentoml.api
    def score(self, income: float, debt: float) -> dict:
        """From 300 (hopeless) to 850 (excellent)."""
        burden = min(debt / max(income, 1.0), 1.0)
        return {"score": round(850 - 550 * burden)}
