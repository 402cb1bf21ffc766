from random import Random

from bisectops.flux.reach import Reach
from bisectops.git.objects import RepoPath
from bisectops.git.snapshot import MemorySnapshot


def reached(files: dict[str, str], folder: str) -> set[str]:
    return set(Reach().files(MemorySnapshot(files), RepoPath(folder)))


def test_a_kustomization_reaches_what_it_names_and_what_that_names() -> None:
    files = {
        "a/kustomization.yaml": "resources: [x.yaml, ../b]\npatches:\n- path: '../p.yaml'\n",
        "a/x.yaml": "",
        "a/unlisted.yaml": "",
        "b/kustomization.yaml": "components:\n  - ./c # the last\n",
        "b/c/kustomization.yaml": "resources:\n- y.yaml\n",
        "b/c/y.yaml": "",
        "p.yaml": "",
    }
    assert reached(files, "a") == {"a/x.yaml", "p.yaml", "b/c/y.yaml"}


def test_a_folder_without_a_kustomization_reaches_all_manifests_beneath() -> None:
    files = {
        "a/x.yaml": "",
        "a/deep/y.yml": "",
        "a/z.json": "",
        "a/k/kustomization.yaml": "resources: [in.yaml]",
        "a/k/in.yaml": "",
        "a/k/out.yaml": "",
    }
    assert reached(files, "a") == {"a/x.yaml", "a/deep/y.yml", "a/k/in.yaml"}


def test_what_is_commented_out_or_leads_out_is_not_reached() -> None:
    files = {"a/kustomization.yaml": "resources:\n# - x.yaml\n- ../../y.yaml\n", "a/x.yaml": "", "y.yaml": ""}
    assert reached(files, "a") == set()


def test_folders_that_name_each_other_end() -> None:
    files = {"a/kustomization.yaml": "resources: [../b]", "b/kustomization.yaml": "resources: [../a, x.yaml]"}
    assert reached(files | {"b/x.yaml": ""}, "a") == {"b/x.yaml"}


def test_what_is_remembered_of_folders_is_what_a_first_look_tells() -> None:
    """Folders are followed one by one, some in rings, and change between the questions."""
    remembers = Reach()
    for seed in range(300):
        random = Random(seed // 3)  # three versions of each tree: all but one folder stay
        folders = [f"f{number}" for number in range(6)]
        changed = Random(seed).choice(folders)
        files = {}
        for folder in folders:
            chosen = Random(seed) if folder == changed else random
            named = [f"../{each}" for each in chosen.sample(folders, chosen.randrange(4)) if each != folder]
            named += [f"{name}.yaml" for name in chosen.sample("abc", 2)]
            files[f"{folder}/kustomization.yaml"] = f"resources: [{', '.join(named)}]"
            files |= {f"{folder}/{name}.yaml": "" for name in chosen.sample("abc", 2)}
        snapshot = MemorySnapshot(files)
        for folder in random.sample(folders, 3):
            path = RepoPath(folder)
            assert remembers.reached(snapshot, path) == Reach().reached(snapshot, path)
