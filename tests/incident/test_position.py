"""Where a finding's field stands: every way in which rules write a field's path."""

from __future__ import annotations

import pytest

from bisectops.incident.position import pointer


@pytest.mark.parametrize(
    ("field", "steps"),
    [
        ("spec", ["spec"]),
        ("spec.decryption.secretRef", ["spec", "decryption", "secretRef"]),
        ("spec.valuesFrom[0].valuesKey", ["spec", "valuesFrom", 0, "valuesKey"]),
        ("patches[12]", ["patches", 12]),
        ("data[values.yaml]", ["data", "values.yaml"]),
        ("data[values]", ["data", "values"]),
        ("", []),
    ],
)
def test_a_field_is_a_path_of_keys_and_indices(field: str, steps: list[str | int]) -> None:
    assert pointer(field) == steps
