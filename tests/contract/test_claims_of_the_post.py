"""The notifier and the gateway hold the post to the same days."""

from datetime import date

from services.postal_gateway.domain.limits import limits_on, shipped
from shared.rules.postal_claims import postal_claims


def test_both_know_the_same_terms_of_a_claim() -> None:
    gateway = limits_on(date(2026, 11, 30), shipped()).claims

    [terms] = postal_claims().terms

    assert (terms.answer_months, terms.pay_days, terms.charge_times) == (
        gateway.answer_months, gateway.pay_days, gateway.charge_times,
    )  # fmt: skip
