"""schemathesis makes up requests from our OpenAPI document: good ones, and ones that break what it says.

`make fuzz` asks far more of them, with another seed each time.
"""

import re
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.addresses import COLLECTIONS, Town

# Operations of one vector layer and one flight: every other collection has the same.
FAMILIES = re.compile(rf"/collections/(?!({'|'.join(COLLECTIONS)})(/|$))")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# Compressed answers are not read by the client that asks here.
PLAIN = {"Accept-Encoding": "identity"}


@pytest.fixture(scope="module")
def operations(town: Town) -> list[APIOperation]:
    schema = schemathesis.openapi.from_wsgi("/ogc/openapi?f=json", town.application)
    return [one for one in (found.ok() for found in schema.get_all_operations()) if not FAMILIES.match(one.path)]


def asked(operation: APIOperation, mode: GenerationMode, examples: int) -> Iterator[str]:
    """Faults of one operation, told as schemathesis tells them."""

    # Few examples are the same at each run; many are others each time.
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=examples < 100,
        phases=[Phase.generate],
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: schemathesis.Case) -> None:
        answer = case.call(headers=PLAIN)
        # Files of features are no text.
        assert b"Traceback" not in answer.content
        assert answer.elapsed < 10
        case.validate_response(answer, checks=CHECKS)

    try:
        run()
    except (Exception, BaseExceptionGroup) as fault:  # noqa: BLE001 - whatever it is, the test tells it
        causes = fault.exceptions if isinstance(fault, BaseExceptionGroup) else [fault]
        yield from (f"{operation.method.upper()} {operation.path}: {cause}" for cause in causes)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["as_described", "broken"])
def test_every_operation_answers_as_it_is_described_whatever_is_asked(
    operations: list[APIOperation], mode: GenerationMode, examples: int
):
    faults = [fault for operation in operations for fault in asked(operation, mode, examples)]

    assert len(operations) > 20
    assert faults == [], "\n".join(faults)
