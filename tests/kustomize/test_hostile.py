"""What is made to hang a build, or to eat the machine, ends soon and small.

Each runs in a process of its own with the memory and the seconds that it may take, so that a bound that
is lost fails a test and not the machine.
"""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

import pytest

MEBIBYTES = 300
SECONDS = 20
PRELUDE = f"""
import json, resource
from bisectops.git.objects import ROOT
from bisectops.git.snapshot import MemorySnapshot
from bisectops.kustomize import Broken, build
resource.setrlimit(resource.RLIMIT_DATA, ({MEBIBYTES} << 20,) * 2)
resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS},) * 2)
HEAD = "apiVersion: v1\\nkind: ConfigMap\\nmetadata: {{name: c%d}}\\n"
COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\\nkind: Component\\n"
files = {{"kustomization.yaml": "resources: [c.yaml]\\n", "c.yaml": HEAD % 0}}
"""
ANSWER = """
result = build(MemorySnapshot(files), ROOT)
print(result.error.message if isinstance(result, Broken) else f"{len(result.resources)} built")
"""
HOSTILE = {
    "aliases that multiply": (
        """
        files["c.yaml"] += "a0: &a0 [x, x]\\n" + "".join(
            f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\\n" for i in range(1, 12)
        )
        """,
        "excessive aliasing",
    ),
    "merge keys that multiply": (
        """
        files["c.yaml"] += "a0: &a0 {x: y}\\n" + "".join(
            f"a{i}: &a{i} {{<<: *a{i - 1}, l: *a{i - 1}, r: *a{i - 1}}}\\n" for i in range(1, 40)
        )
        """,
        "excessive aliasing",
    ),
    "aliases in a kustomization": (
        """
        files["kustomization.yaml"] = "a0: &a0 [x, x]\\n" + "".join(
            f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\\n" for i in range(1, 12)
        )
        """,
        "excessive aliasing",
    ),
    "many documents that each multiply a little": (
        """
        one = "a: &a [" + "x, " * 700 + "]\\nb: [" + "*a, " * 700 + "]\\n---\\n"
        files["c.yaml"] = "---\\n".join(HEAD % i + one for i in range(2000))
        """,
        "excessive aliasing",
    ),
    "brackets without end": ("files['c.yaml'] += 'data: ' + '[' * 100_000 + ']' * 100_000", "max depth"),
    "indentation without end": (
        "files['c.yaml'] += 'data:\\n' + ''.join(' ' * i + 'a:\\n' for i in range(1, 4000))",
        "max depth",
    ),
    "a patch of brackets": (
        """
        files["kustomization.yaml"] += "patches: [{target: {kind: ConfigMap}, path: p}]\\n"
        files["p"] = '[{"op": "add", "path": "/x", "value": ' + "[" * 100_000 + "]" * 100_000 + "}]"
        """,
        "unable to parse",
    ),
    "ten thousand documents": (
        """
        files["kustomization.yaml"] += "namePrefix: a-\\nnamespace: ns\\ncommonLabels: {a: b}\\n"
        files["c.yaml"] = "---\\n".join(HEAD % i for i in range(10_000))
        """,
        "10000 built",
    ),
    "a hundred thousand resources": (
        "files['c.yaml'] = '---\\n'.join(HEAD % i for i in range(100_000))",
        "documents and is not read",
    ),
    "millions of empty documents": ("files['c.yaml'] += '---\\n' * 3_000_000", "documents and is not read"),
    "a large file": ("files['c.yaml'] += '#' * (17 << 20)", "larger than 16 MiB"),
    "one file in many secrets": (
        """
        files["kustomization.yaml"] = "secretGenerator:\\n" + "".join(
            f"- {{name: s{i}, files: [big]}}\\n" for i in range(500)
        )
        files["big"] = bytes(4 << 20)
        """,
        "in generators' files: not built",
    ),
    "definitions that lead to each other": (
        """
        fields = dict.fromkeys("pqrs", {"$ref": "x.A"}) | {"kind": {}, "apiVersion": {}, "metadata": {}}
        files["kustomization.yaml"] += "crds: [d.json]\\n"
        files["d.json"] = json.dumps({"x.A": {"Schema": {"properties": fields}}})
        """,
        "properties in 'd.json': not built",
    ),
    "bases that double": (
        """
        files = {"kustomization.yaml": "resources: [d20]\\n", "d0/c.yaml": HEAD % 0}
        files["d0/kustomization.yaml"] = "resources: [c.yaml]\\n"
        for i in range(1, 21):
            files[f"d{i}/kustomization.yaml"] = f"resources: [../x{i}, ../z{i}]\\n"
            for side in "xz":
                files[f"{side}{i}/kustomization.yaml"] = f"resources: [../d{i - 1}]\\nnamePrefix: {side}\\n"
        """,
        "resources: not built",
    ),
    "expressions that backtrack": (
        """
        files["kustomization.yaml"] += "patches: [{target: {name: '(a+)+(a|aa)*b$'}, path: p}]\\n"
        files["p"], files["c.yaml"] = '[{"op": "remove", "path": "/data"}]', HEAD.replace("c%d", "a" * 50_000)
        """,
        "1 built",
    ),
    "values copied into themselves": (
        """
        files["c.yaml"] += "data: {a: b}\\n"
        files["kustomization.yaml"] += "replacements:\\n" + "".join(
            "- {source: {name: c0, fieldPath: data}, targets: [{select: {name: c0}, "
            f"fieldPaths: [data.a{i}], options: {{create: true}}}}]}}\\n"
            for i in range(60)
        )
        """,
        "fields in one resource: not built",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_ends(name: str) -> None:
    setup, answer = HOSTILE[name]
    script = PRELUDE + dedent(setup) + ANSWER
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=8 * SECONDS, check=False
    )
    assert answer in done.stdout, done.stderr[-500:]
