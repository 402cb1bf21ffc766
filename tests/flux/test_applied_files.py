from __future__ import annotations

from bisectops.flux.applied_files import applied_paths, matching
from bisectops.flux.out_of_band import HandFinder
from bisectops.git.snapshot import MemorySnapshot

SECRET = "apiVersion: v1\nkind: Secret\nmetadata:\n    name: sops-gpg\n    namespace: flux-system\n"
COPIED = '    annotations:\n        reflector.v1.k8s.emberstack.com/reflection-auto-enabled: "true"\n'
TASK = '- sops --decrypt "{{.ROOT_DIR}}/clusters/{{.ID}}/secrets/gpg.yaml" | kubectl apply -f -\n'


def test_paths_of_lines_that_apply_are_told_with_stars_for_variables() -> None:
    assert list(applied_paths(TASK)) == ["*/clusters/*/secrets/gpg.yaml"]
    assert list(applied_paths("kubectl apply --server-side -f ./a/${X}.yaml\n")) == ["./a/*.yaml"]
    assert list(applied_paths("sops -d a.yaml | yq\nkubectl get -f b.yaml\n")) == []


def test_a_variable_for_the_root_itself_is_left_out() -> None:
    files = {"clusters/one/secrets/gpg.yaml": "", "clusters/two/secrets/gpg.yaml": "", "gpg.yaml": ""}
    assert matching(MemorySnapshot(files), "*/clusters/*/secrets/gpg.yaml") == [
        "clusters/one/secrets/gpg.yaml",
        "clusters/two/secrets/gpg.yaml",
    ]


def test_no_path_leads_out_of_the_tree() -> None:
    assert matching(MemorySnapshot({"a/b.yaml": ""}), "../../etc/passwd.yaml") == []


def test_what_a_task_applies_by_path_is_applied_by_hand() -> None:
    hand = HandFinder().find(MemorySnapshot({"Taskfile.yaml": TASK, "clusters/a/secrets/gpg.yaml": SECRET}))
    found = hand.of("Secret", "flux-system", "sops-gpg")
    assert found is not None
    assert found.path == "Taskfile.yaml"
    assert hand.of("Secret", "media", "sops-gpg") is None


def test_an_annotation_copies_it_everywhere() -> None:
    files = {"Taskfile.yaml": TASK, "clusters/a/secrets/gpg.yaml": SECRET + COPIED}
    assert HandFinder().find(MemorySnapshot(files)).of("Secret", "media", "sops-gpg") is not None


def test_a_changed_file_is_noticed_and_an_unchanged_one_gives_the_same_answer() -> None:
    finder = HandFinder()
    files = {"Taskfile.yaml": TASK, "clusters/a/secrets/gpg.yaml": SECRET}
    first = finder.find(MemorySnapshot(files))
    assert finder.find(MemorySnapshot(files | {"other.yaml": ""})) is first
    changed = finder.find(MemorySnapshot(files | {"clusters/a/secrets/gpg.yaml": SECRET + COPIED}))
    assert changed.of("Secret", "media", "sops-gpg") is not None
