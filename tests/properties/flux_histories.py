"""Random histories of a small Flux repository: files that come, change, move and go, sound or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

Files = dict[str, str]
APPS = ("echo", "plex", "jobs")
PLACES = ("default", "media", "flux-system")
ROOT = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {path: ./cluster, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {url: https://github.com/example/cluster}
"""


KEYS = ("sops-age", "sops-age", "sops-gpg", "misspelt-age")
VALUES = (
    "image: {tag: vTAG}",
    "place: '${PLACE}'",
    "fullnameOverride: settings",
    "secrets: {a: {forceRename: sops-age}}",
    "env: [{name: a, value: TAG}]",
    "containers: [{name: a, image: a:TAG}]",
    "initContainers: [{name: a, image: {tag: vTAG}}]",
)
"""Fields of a HelmRelease's values: some nobody minds, some decide what it makes or whether it builds."""
PATCHES = (
    "- {op: add, path: /spec/suspend, value: true}",
    "- {op: test, path: /spec/values/image/tag, value: v1}",
    "- {op: replace, path: /spec/values/image/tag, value: v1}",
    "- {op: remove, path: /spec/values/env/0}",
    "- {op: copy, from: /spec/values/image/tag, path: /spec/chartRef/name}",
)
MARKS = (
    ", annotations: {kustomize.toolkit.fluxcd.io/reconcile: disabled}",
    ", labels: {kustomize.toolkit.fluxcd.io/ssa: IfNotPresent}",
    ", annotations: {reflector.v1.k8s.emberstack.com/reflects: a/b}",
)
"""By these the cluster may hold something else than git."""


def ks(random: Random, app: str) -> str:
    """A Kustomization with any of the fields that make it depend on something else."""
    spec = [
        f"path: ./{random.choice(('apps/' + app, 'apps/' + app, 'apps/' + random.choice(APPS), 'apps/gone'))}"
    ]
    spec.append("sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}")
    for chance, field in (
        (0.4, f"targetNamespace: {random.choice(PLACES)}"),
        (0.3, f"dependsOn: [{{name: {random.choice(APPS)}}}]"),
        (0.4, f"decryption: {{provider: sops, secretRef: {{name: {random.choice(KEYS)}}}}}"),
        (0.3, f"postBuild: {{substituteFrom: [{', '.join(variables(random))}]}}"),
        (0.1, "suspend: true"),
        (0.3, "components: [../../components/keys]"),
        (
            0.1,
            f"patches: [{{target: {{kind: HelmRelease}}, patch: '{random.choice(PATCHES)}'}}]",
        ),
        (0.1, "images: [{name: a, newTag: '3'}]"),
    ):
        if random.random() < chance:
            spec.append(field)
    place = f", namespace: {random.choice(PLACES)}" if random.random() < 0.85 else ""
    place += random.choice(MARKS) if random.random() < 0.15 else ""
    body = "".join(f"  {field}\n" for field in spec)
    return (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        f"metadata: {{name: {app}{place}}}\nspec:\n{body}"
    )


def variables(random: Random) -> Iterator[str]:
    """The entries of a substituteFrom."""
    for name in random.sample(("settings", "own", "handed"), random.choice((1, 1, 2))):
        optional = random.choice(("", "", ", optional: true"))
        yield f"{{kind: {random.choice(('ConfigMap', 'ConfigMap', 'Secret'))}, name: {name}{optional}}}"


def bootstrap(random: Random) -> str:
    """A script that makes some of what others substitute from, or applies a file of that name."""
    return random.choice(
        (
            "kubectl create configmap handed -n flux-system\n",
            "kubectl create secret generic settings -n flux-system\n",
            "kubectl apply -f gone/own.yaml\n",
            "kubectl create secret generic sops-gpg -n flux-system\n",
            "true\n",
        )
    )


def helm_release(random: Random, app: str) -> str:
    places = ("", ", namespace: flux-system", ", namespace: media", ", namespace: '${PLACE}'")
    place = random.choice(places)
    own = random.choice(("", *(f", namespace: {place}" for place in PLACES)))
    values = "\n  valuesFrom: [{kind: ConfigMap, name: own}]" if random.random() < 0.3 else ""
    return (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n"
        f"metadata: {{name: {app}{own}}}\nspec:\n  chartRef: {{kind: OCIRepository, name: charts{place}}}\n"
        f"  interval: {random.randint(1, 9)}m{values}\n"
        f"  values: {{{', '.join(field for field in VALUES if random.random() < 0.3)}}}\n".replace(
            "TAG", str(random.randint(1, 9))
        )
    )


def external_secret(random: Random) -> str:
    """One that makes what others look for, or not, with fields that nobody minds."""
    made = random.choice(("settings", "own", "sops-age", "other"))
    return (
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: made}\n"
        f"spec: {{refreshInterval: {random.randint(1, 9)}m, target: {{name: {made}}}}}\n"
    )


def settings(random: Random) -> str:
    place, other = random.choice(PLACES), random.randint(1, 9)
    return (
        "apiVersion: v1\nkind: ConfigMap\n"
        f"metadata: {{name: settings{random.choice(('', ', namespace: media', ', namespace: default'))}"
        f"{random.choice(('', '', *MARKS))}}}\n"
        f"data: {{PLACE: {place}, OTHER: '{other}'}}\n"
    )


def simple(kind: str, name: str, api: str = "v1", tail: str = "") -> Callable[[Random], str]:
    def write(random: Random) -> str:
        place = random.choice(("", f", namespace: {random.choice(PLACES)}"))
        return f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}{place}}}\n{tail}"

    return write


def listing(random: Random, names: tuple[str, ...], *, component: bool = False) -> str:
    chosen = [name for name in names if random.random() < 0.8]
    head = "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\n" if component else ""
    place = f"namespace: {random.choice(PLACES)}\n" if random.random() < 0.4 and not component else ""
    prefix = "namePrefix: a-\n" if random.random() < 0.05 else ""
    return f"{head}{place}{prefix}resources: [{', '.join(chosen)}]\n"


WRITERS: dict[str, Callable[[Random], str]] = {
    "cluster/kustomization.yaml": lambda random: listing(
        random, ("flux.yaml", "charts.yaml", "settings.yaml", *(f"{app}.yaml" for app in APPS))
    ),
    "cluster/charts.yaml": simple(
        "OCIRepository", "charts", "source.toolkit.fluxcd.io/v1", "spec: {url: oci://x}\n"
    ),
    "cluster/settings.yaml": lambda random: settings(random),
    "components/keys/kustomization.yaml": lambda random: listing(random, ("sops-age.yaml",), component=True),
    "components/keys/sops-age.yaml": simple("Secret", "sops-age", tail="data: {age.agekey: eA==}\n"),
    "bootstrap.sh": bootstrap,
    ".sourceignore": lambda random: random.choice(("# nothing\n", "apps/jobs\n", "*.txt\n")),
}
for _app in APPS:
    WRITERS |= {
        f"cluster/{_app}.yaml": lambda random, app=_app: ks(random, app),  # type: ignore[misc]
        f"apps/{_app}/kustomization.yaml": lambda random, app=_app: listing(  # type: ignore[misc]
            random, ("release.yaml", "own.yaml", "secret.yaml", "charts.yaml", "made.yaml")
        ),
        f"apps/{_app}/release.yaml": lambda random, app=_app: helm_release(random, app),  # type: ignore[misc]
        f"apps/{_app}/own.yaml": simple("ConfigMap", "own", tail="data: {a: b}\n"),
        f"apps/{_app}/charts.yaml": simple(
            "OCIRepository", "charts", "source.toolkit.fluxcd.io/v1", "spec: {url: oci://y}\n"
        ),
        f"apps/{_app}/made.yaml": external_secret,
        f"apps/{_app}/secret.yaml": simple(
            "Secret",
            "sealed",
            tail="stringData: {a: 'ENC[AES256_GCM,data:x]'}\nsops: {mac: x, version: 3.9.0}\n",
        ),
    }
BROKEN = ("a: [", "kind: [1]\n", "- x\n")


def history(seed: int, commits: int) -> Iterator[Files]:
    """The files of each commit, oldest first."""
    random = Random(seed)
    files: Files = {"cluster/flux.yaml": ROOT}
    for path, write in WRITERS.items():
        if path != ".sourceignore" and random.random() < 0.9:
            files[path] = write(random)
    yield dict(files)
    for _ in range(commits - 1):
        for _ in range(random.choice((1, 1, 1, 2, 5))):
            _edit(random, files)
        yield dict(files)


def _edit(random: Random, files: Files) -> None:
    path = random.choice(sorted(WRITERS))
    action = random.random()
    if action < 0.6:
        files[path] = WRITERS[path](random)
    elif action < 0.8:
        files.pop(path, None)
    elif action < 0.85:
        files[path] = random.choice(BROKEN)
    elif action < 0.9 and path in files:
        files[path] = files[path] + "# a comment\n"
    else:
        _move_folder(random, files)


def _move_folder(random: Random, files: Files) -> None:
    old, new = (f"apps/{random.choice((*APPS, 'gone'))}/" for _ in range(2))
    for path in [path for path in files if path.startswith(old)]:
        files[new + path.removeprefix(old)] = files.pop(path)
