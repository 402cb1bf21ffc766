from __future__ import annotations

import pytest

from bisectops.yaml.positions import excerpt, locate

FILE = b"""\
# head
---
apiVersion: v1
---
# second
spec: &spec
  # which patches
  patches:
    # first
    - patch: |
        a: b

      target: {kind: X}
    - target:
        kind: Y   # why
  last: 1

  # foot
other:
  <<: *spec
  1: one
"""


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        ((), 6),
        (("spec",), 6),
        (("spec", "patches"), 8),
        (("spec", "patches", 0), 10),
        (("spec", "patches", 0, "patch"), 10),
        (("spec", "patches", 0, "target", "kind"), 13),
        (("spec", "patches", 1, "target", "kind"), 15),
        (("spec", "last"), 16),
        (("spec", "patches", 7, "target"), 8),
        (("spec", "absent", "field"), 6),
        (("absent",), 6),
        (("other", "1"), 21),
        (("other", "patches", 1, "target"), 14),
    ],
)
def test_a_field_is_found_on_its_line_or_its_ancestors(pointer: tuple[str | int, ...], line: int) -> None:
    assert locate(FILE, 1, pointer) == line


def test_marks_say_what_ruamel_says_where_it_refuses_the_file() -> None:
    refused = FILE.replace(b"last: 1", b"last: !!int x")
    for pointer in (
        (),
        ("spec", "patches", 0, "target"),
        ("spec", "last"),
        ("spec", "absent"),
        ("other", "1"),
    ):
        assert locate(refused, 1, pointer) == locate(FILE, 1, pointer)


def test_a_file_that_is_broken_further_down_still_has_lines() -> None:
    broken = b"a: 1\nspec:\n  path: x\n---\nb: [\n"
    assert locate(broken, 0, ("spec", "path")) == 3
    assert locate(broken, 1, ("b",)) == 5
    assert locate(b"a: 1\n--- nonsense\n", 0, ("a",)) == 1
    assert locate(b"", 0, ("a",)) == 1


def test_empty_documents_do_not_count() -> None:
    assert locate(b"---\n# only a comment\n---\n{}\n---\na: 1\nb: 2\n", 0, ("b",)) == 7


def test_windows_line_ends_do_not_shift_lines() -> None:
    assert locate(b"a: 1\r\n---\r\nb:\r\n  c: 1\r\n", 1, ("b", "c")) == 4


def test_an_excerpt_keeps_comments_and_indentation_and_is_dedented() -> None:
    assert (
        excerpt(FILE, 1, ("spec", "patches", 0)) == "# first\n- patch: |\n    a: b\n\n  target: {kind: X}\n"
    )
    assert excerpt(FILE, 1, ("spec", "patches", 1, "target")) == "- target:\n    kind: Y   # why\n"
    assert excerpt(FILE, 1, ("spec", "last")) == "last: 1\n"
    assert excerpt(FILE, 1, ("other",)) == "other:\n  <<: *spec\n  1: one\n"
    assert excerpt(FILE, 7, ("other",)) == ""


def test_an_excerpt_can_be_cut_short() -> None:
    cut = excerpt(FILE, 1, ("spec", "patches"), limit=3)
    assert cut == "# which patches\npatches:\n  # first\n  # …\n"


def test_an_excerpt_holds_no_secret_even_without_the_line_that_says_so() -> None:
    secret = b"kind: Secret\nstringData:\n  # old: hunter2\n  password: |\n    hunter2\n    hunter2\n"
    assert excerpt(secret, 0, ("stringData", "password")) == "# ***\npassword: |\n  ***\n  ***\n"


def test_an_anchor_that_is_merged_into_itself_does_not_hang() -> None:
    assert locate(b"a: &a\n  <<: *a\n  b: 1\n", 0, ("a", "c")) == 1
