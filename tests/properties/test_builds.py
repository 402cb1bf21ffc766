"""The law of the builds: what is remembered is what a fresh build makes, at every commit of any history."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from bisectops.git.objects import RepoPath
from bisectops.git.snapshot import MemorySnapshot, Snapshot
from bisectops.kustomize import Broken, Builder, Built, build
from bisectops.memo import Memo, Question, Reads, Recorder

Files: TypeAlias = dict[str, str]
Edit: TypeAlias = Callable[[Files], None]

SAMPLE = settings(max_examples=60, deadline=None, derandomize=True, database=None)
COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, labels: {a: b}}\ndata: {k: v}\n"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec:
  selector: {matchLabels: {app: d}}
  template:
    metadata: {labels: {app: d}}
    spec:
      containers: [{name: d, image: "nginx:1", envFrom: [{configMapRef: {name: g}}, {secretRef: {name: s}}]}]
"""
SAID = {
    "base/kustomization.yaml": (
        "resources: [c.yaml, d.yaml]\n",
        "resources: [c.yaml, ../deep]\ncommonLabels: {team: one}\n",
        "resources: [d.yaml]\nconfigMapGenerator: [{name: g, files: [f], literals: [a=b]}]\n",
        "resources: [d.yaml]\nnamespace: n\nsecretGenerator: [{name: s, envs: [../deep/f]}]\n",
        "nameSuffix: -x\nbases: [../deep]\n",
    ),
    "base/Kustomization": ("namePrefix: k-\n",),
    "base/c.yaml": (CONFIG_MAP, CONFIG_MAP.replace("v}", "w}"), "not: valid\n", "a: [", f"{CONFIG_MAP}---\n"),
    "base/d.yaml": (DEPLOYMENT, DEPLOYMENT.replace("nginx:1", "nginx:2")),
    "base/f": ("k=1", "k=2"),
    "deep/kustomization.yaml": (
        "configMapGenerator: [{name: g, envs: [f]}]\n",
        "resources: []\n",
        "resources: [../base]\n",
        "resources: [https://example.com/a.yaml]\ngeneratorOptions: {disableNameSuffixHash: true}\n",
    ),
    "deep/f": ("x=1", "x=2", "="),
    "comp/kustomization.yaml": (
        f"{COMPONENT}nameSuffix: -c\n",
        f"{COMPONENT}patches: [{{path: p.yaml, target: {{kind: Deployment}}}}]\n",
        f"{COMPONENT}configMapGenerator: [{{name: g, behavior: merge, literals: [m=n]}}]\n",
        "resources: [../deep]\n",
    ),
    "comp/p.yaml": (
        "- {op: replace, path: /spec/replicas, value: 2}\n",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {replicas: 3}\n",
        "[{op: add, path: /metadata/labels, value: {x: y}}]\n",
    ),
    "one/kustomization.yaml": (
        "resources: [../base]\nnamePrefix: a-\n",
        "resources: [../base]\ncomponents: [../comp]\n",
        "resources: [../base, ../deep]\nimages: [{name: nginx, newTag: '3'}]\n",
        "resources: [../base]\npatches: [{path: ../comp/p.yaml}]\ncommonAnnotations: {a: b}\n",
        "resources: [../two]\n",
    ),
    "two/kustomization.yaml": (
        "resources: [../base]\nnamePrefix: b-\nnamespace: two\n",
        "resources: [../one]\nlabels: [{pairs: {l: m}, includeSelectors: true}]\n",
        "resources: [../one, ../deep]\ncomponents: [../comp, ../comp]\nbuildMetadata: [originAnnotations]\n",
    ),
    "elsewhere/kustomization.yaml": ("resources: [../one]\n",),
    "elsewhere/c.yaml": (CONFIG_MAP,),
}
FOLDERS = ("base", "deep", "comp", "one", "two", "elsewhere")
BUILT = [(RepoPath(folder), opaque) for folder in FOLDERS for opaque in (False, True)]
LINKS = ("../elsewhere/c.yaml", "../base/c.yaml", "../deep/kustomization.yaml", "../../out", "gone")


def write(path: str, said: str) -> Edit:
    """Put a file where another file, or a link instead of it or of its folder, may be."""

    def edit(files: Files) -> None:
        for name in (f"{path}@", path, f"{path.partition('/')[0]}@"):
            files.pop(name, None)
        files[path] = said

    return edit


def remove(path: str) -> Edit:
    def edit(files: Files) -> None:
        for name in (path, f"{path}@"):
            files.pop(name, None)

    return edit


def link_file(path: str, target: str) -> Edit:
    def edit(files: Files) -> None:
        write(path, "")(files)
        files[f"{path}@"] = target
        del files[path]

    return edit


def move_folder(old: str, new: str) -> Edit:
    def edit(files: Files) -> None:
        for path in [path for path in files if path.startswith(f"{old}/")]:
            said = files.pop(path)
            write(new + path.removeprefix(old), said)(files)

    return edit


def link_folder(folder: str, target: str) -> Edit:
    def edit(files: Files) -> None:
        for path in [path for path in files if path.startswith(f"{folder}/")]:
            del files[path]
        files[f"{folder}@"] = target

    return edit


PATHS = st.sampled_from(sorted(SAID))
SOME_FOLDER = st.sampled_from(FOLDERS)
WRITES = st.one_of(
    [st.builds(write, st.just(path), st.sampled_from(said)) for path, said in sorted(SAID.items())]
)
EDITS = st.one_of(
    WRITES,
    WRITES,
    st.builds(remove, PATHS),
    st.builds(link_file, PATHS, st.sampled_from(LINKS)),
    st.builds(move_folder, SOME_FOLDER, SOME_FOLDER),
    st.builds(link_folder, SOME_FOLDER, SOME_FOLDER),
)
FIRST = st.fixed_dictionaries(
    {path: st.sampled_from(said) for path, said in SAID.items() if path != "base/Kustomization"}
)
HISTORIES = st.tuples(FIRST, st.lists(st.lists(EDITS, min_size=1, max_size=3), min_size=2, max_size=6))


def commits(history: tuple[Files, list[list[Edit]]]) -> Iterator[Files]:
    """The files of each commit, and at the end of the first once more: everything taken back."""
    first, changes = history
    files = dict(first)
    yield dict(files)
    for edits in changes:
        for edit in edits:
            edit(files)
        yield dict(files)
    yield dict(first)


def told(outcome: Built | Broken) -> tuple[object, ...]:
    """Everything that an outcome says, contents to the last letter and the order of their keys."""
    resources = [(repr(it.content), it.ids, it.origin, it.shaped_by) for it in outcome.resources]
    rest = outcome.patches if isinstance(outcome, Built) else (outcome.error.message,)
    return type(outcome), resources, outcome.opaque, rest


def recorded(snapshot: Snapshot, folder: RepoPath, *, opaque: bool) -> tuple[tuple[object, ...], Reads]:
    recorder = Recorder(snapshot)
    return told(build(recorder, folder, remote_is_opaque=opaque)), recorder.reads


@SAMPLE
@given(HISTORIES)
def test_what_is_remembered_is_what_a_fresh_build_makes(history: tuple[Files, list[list[Edit]]]) -> None:
    shared, within = Builder(), Builder()
    memo = Memo[tuple[RepoPath, bool], Built | Broken](
        lambda snapshot, key: within.build(snapshot, key[0], remote_is_opaque=key[1])
    )
    for files in commits(history):
        snapshot = MemorySnapshot(files)
        for folder, opaque in BUILT:
            fresh = told(build(snapshot, folder, remote_is_opaque=opaque))
            assert told(shared.build(snapshot, folder, remote_is_opaque=opaque)) == fresh
            assert told(memo.get(snapshot, (folder, opaque)).value) == fresh


@SAMPLE
@given(HISTORIES)
def test_what_was_handed_out_is_never_changed(history: tuple[Files, list[list[Edit]]]) -> None:
    builder = Builder()
    handed: list[tuple[Built | Broken, tuple[object, ...]]] = []
    for files in commits(history):
        for folder, opaque in BUILT:
            outcome = builder.build(MemorySnapshot(files), folder, remote_is_opaque=opaque)
            handed.append((outcome, told(outcome)))
    assert all(told(outcome) == before for outcome, before in handed)


@SAMPLE
@given(FIRST, st.lists(EDITS, max_size=6))
def test_what_nobody_reads_changes_no_build_and_no_trace(first: Files, edits: list[Edit]) -> None:
    files = dict(first)
    for edit in edits:
        edit(files)
    for folder, opaque in BUILT:
        outcome, reads = recorded(MemorySnapshot(files), folder, opaque=opaque)
        assert recorded(MemorySnapshot(disturbed(files, reads)), folder, opaque=opaque) == (outcome, reads)


def disturbed(files: Files, reads: Reads) -> Files:
    """The files with all that was not read rewritten, the unheard of gone, and strangers among them."""
    read = {path for question, path in reads if question in (Question.CONTENT, Question.OBJECTS)}
    asked = {path for _, path in reads}
    kept = {
        path: said if path.removesuffix("@") in read or path.endswith("@") else "something: else\n"
        for path, said in files.items()
        if path.removesuffix("@") in asked or path.endswith("@")
    }
    strangers = {f"{path.rpartition('/')[0]}/stranger.yaml": CONFIG_MAP for path in files if "/" in path}
    return strangers | kept | {"stranger/kustomization.yaml": "namePrefix: s-\n"}


def test_histories_hold_builds_of_many_kinds() -> None:
    said: list[str] = []

    @SAMPLE
    @given(HISTORIES)
    def look(history: tuple[Files, list[list[Edit]]]) -> None:
        for files in commits(history):
            for folder, opaque in BUILT:
                outcome = build(MemorySnapshot(files), folder, remote_is_opaque=opaque)
                said.append(outcome.error.message if isinstance(outcome, Broken) else "builds")

    look()
    assert said.count("builds") > len(said) / 4
    for phrase in ("cycle detected", "is remote", "multiple kustomization files", "Component", "merge"):
        assert any(phrase in message for message in said), phrase
