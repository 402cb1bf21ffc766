from bisectops.flux.out_of_band import AppliedByHand, ByHand, HandFinder, conventional
from bisectops.git.objects import Entry, RepoPath
from bisectops.git.snapshot import MemorySnapshot


def find(files: dict[str, str]) -> ByHand:
    return HandFinder().find(MemorySnapshot(files))


SECRET = (
    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: sops-age\n  namespace: flux-system\nstringData: {}\n"
)


def test_a_manifest_in_a_bootstrap_folder_is_applied_by_hand() -> None:
    hand = find({"kubernetes/bootstrap/flux/age-key.sops.yaml": SECRET})
    expected = AppliedByHand(
        "Secret", "sops-age", "flux-system", RepoPath("kubernetes/bootstrap/flux/age-key.sops.yaml")
    )
    assert hand.of("Secret", "flux-system", "sops-age") == expected
    assert hand.of("Secret", "default", "sops-age") is None
    assert hand.named("Secret", "sops-age") == expected
    assert hand.named("ConfigMap", "sops-age") is None


def test_the_same_manifest_elsewhere_is_no_hand_s_work() -> None:
    assert find({"kubernetes/flux/age-key.sops.yaml": SECRET}).found == ()


def test_templates_are_read_as_text() -> None:
    template = "{% if x %}\n---\n" + SECRET.replace("{}", "{{ op://vault }}") + "{% endif %}\n"
    hand = find({"bootstrap/resources.yaml.j2": template})
    assert hand.of("Secret", "flux-system", "sops-age") is not None


def test_one_without_a_namespace_may_be_for_any() -> None:
    hand = find({"bootstrap/s.yaml": "kind: Secret\nmetadata:\n  name: a\n"})
    assert hand.of("Secret", "anywhere", "a") is not None


def test_generators_of_a_bootstrap_kustomization_count() -> None:
    text = "secretGenerator:\n  - name: keys\n    files: [a]\nconfigMapGenerator:\n- name: settings\n"
    hand = find({"bootstrap/kustomization.yaml": text})
    assert hand.named("Secret", "keys") is not None
    assert hand.named("ConfigMap", "settings") is not None


def test_commands_in_scripts_and_instructions_count() -> None:
    script = (
        "kubectl -n flux-system create secret generic sops-age \\\n  --from-file=age.agekey\n"
        "flux create secret git deploy-key --url=ssh://x\n"
        "kubectl create configmap settings --namespace default\n"
    )
    hand = find({"scripts/bootstrap.sh": script})
    assert hand.of("Secret", "flux-system", "sops-age") is not None
    assert hand.of("Secret", "flux-system", "deploy-key") is not None
    assert hand.of("ConfigMap", "default", "settings") is not None


def test_task_files_are_read_but_other_manifests_are_not_searched_for_commands() -> None:
    command = "cmd: kubectl create secret generic a\n"
    assert find({".taskfiles/flux/Taskfile.yaml": command}).named("Secret", "a")
    assert find({"kubernetes/apps/job.yaml": command}).found == ()


def test_some_names_are_made_by_bootstrap_nearly_everywhere() -> None:
    assert conventional("sops-age")
    assert conventional("onepassword-connect-token")
    assert not conventional("grafana-admin")


class Counting(MemorySnapshot):
    def __init__(self, files: dict[str, str]) -> None:
        super().__init__(files)
        self.listed: list[str] = []

    def children(self, tree: RepoPath) -> tuple[Entry, ...]:
        self.listed.append(tree)
        return super().children(tree)


def test_a_folder_that_did_not_change_is_not_read_again() -> None:
    finder = HandFinder()
    first = finder.find(MemorySnapshot({"bootstrap/a/s.yaml": SECRET, "apps/x": "1"}))
    later = Counting({"bootstrap/a/s.yaml": SECRET, "apps/x": "2"})
    assert finder.find(later) is first
    assert sorted(later.listed) == ["", "apps"]


def test_a_file_of_hostile_length_is_not_searched() -> None:
    assert find({"bootstrap/s.yaml": SECRET + "#" * 300_000}).found == ()
