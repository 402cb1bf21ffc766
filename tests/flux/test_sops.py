import base64
from typing import Any

import pytest

from bisectops.flux.sops import (
    Fate,
    Opened,
    Recipient,
    encrypted,
    fate,
    imported,
    key_kind,
    markers,
    refusal,
    unopenable,
)

CIPHER = "ENC[AES256_GCM,data:AAAA,iv:BBBB,tag:CCCC,type:str]"
SOPS = {
    "age": [{"recipient": "age1first", "enc": "x"}],
    "pgp": [{"fp": "FBC7"}],
    "mac": CIPHER,
    "encrypted_regex": "^(data|stringData)$",
}


def secret(**fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "n"}, **fields}


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_the_sops_key_alone_makes_a_file_encrypted_and_needs_a_mac() -> None:
    assert encrypted(secret(stringData={"a": "plain"}, sops=SOPS)) is not None
    assert encrypted(secret(stringData={"a": "plain"}, sops={"mac": ""})) is None
    assert encrypted(secret(stringData={"a": "plain"}, sops="odd")) is None
    assert encrypted(secret(stringData={"a": "plain"})) is None


def test_what_can_be_told_without_a_key_is_told() -> None:
    found = encrypted(secret(stringData={"age.agekey": CIPHER, "b": "plain"}, sops=SOPS))
    assert found is not None
    assert found.fields == (("stringData", "age.agekey"),)
    assert found.recipients == (Recipient("age", "age1first"), Recipient("pgp", "FBC7"))
    assert found.encrypted_regex == "^(data|stringData)$"
    assert found.opened is Opened.AFTER_BUILD


def test_recipients_of_key_groups_are_told_too() -> None:
    groups = [{"kms": [{"arn": "arn:aws:kms:a"}]}, {"hc_vault": [{"key_name": "k"}]}]
    found = encrypted(secret(sops={"mac": CIPHER, "key_groups": groups}))
    assert found is not None
    assert found.recipients == (Recipient("kms", "arn:aws:kms:a"), Recipient("hc_vault", "k"))


def test_any_kind_can_be_encrypted() -> None:
    tree = {"apiVersion": "x.io/v1", "kind": "Thing", "spec": {"list": [{"a": CIPHER}]}, "sops": SOPS}
    found = encrypted(tree)
    assert found is not None
    assert found.fields == (("spec", "list", "0", "a"),)


@pytest.mark.parametrize(
    "content",
    ["sops:\n    mac: ENC[AES", '"mac": "ENC[AES', "A=1\nsops_mac=ENC[AES", "[sops]\nmac=x"],
)
def test_whole_files_in_a_generated_secret_are_opened_after_the_build(content: str) -> None:
    found = encrypted(secret(data={"values.yaml": in_base64(content), "other": in_base64("plain")}))
    assert found is not None
    assert found.opened is Opened.AFTER_BUILD
    assert found.fields == (("data", "values.yaml"),)


def test_lines_of_an_env_file_are_opened_before_the_build_or_never() -> None:
    found = encrypted(secret(data={"TOKEN": in_base64(CIPHER), "sops_mac": in_base64(CIPHER)}))
    assert found is not None
    assert found.opened is Opened.BEFORE_BUILD


def test_a_config_map_made_of_an_encrypted_file_is_never_opened() -> None:
    tree = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a.yaml": "sops:\n  mac: ENC[AES"}}
    found = encrypted(tree)
    assert found is not None
    assert found.opened is Opened.NEVER
    assert fate(tree) is Fate.APPLIED


def test_string_data_that_lost_its_metadata_is_never_opened() -> None:
    found = encrypted(secret(stringData={"a": CIPHER}))
    assert found is not None
    assert found.opened is Opened.NEVER


@pytest.mark.parametrize(("value", "opened"), [("Disabled", Opened.NEVER), ("no", Opened.AFTER_BUILD)])
def test_an_annotation_in_any_case_disables_decryption(value: str, opened: Opened) -> None:
    tree = secret(sops=SOPS, data={"a": CIPHER})
    tree["metadata"] = {"annotations": {"kustomize.toolkit.fluxcd.io/decrypt": value}}
    found = encrypted(tree)
    assert found is not None
    assert found.opened is opened
    before = encrypted(tree, controller=(1, 7, 0))
    assert before is not None
    assert before.opened is Opened.AFTER_BUILD
    assert fate(tree) is (Fate.APPLIED if opened is Opened.NEVER else Fate.REFUSED)


def test_a_value_that_is_no_base64_is_left_to_the_api() -> None:
    assert encrypted(secret(data={"a": "%%%", "b": 1, "c": "é"})) is None


def test_undecrypted_string_data_is_applied_in_silence() -> None:
    assert fate(secret(stringData={"a": CIPHER}, sops=SOPS)) is Fate.APPLIED


def test_undecrypted_data_is_refused_by_the_guard() -> None:
    tree = secret(data={"a": CIPHER}, sops=SOPS)
    assert fate(tree) is Fate.REFUSED
    assert refusal(tree) == (
        "Secret/n/s is SOPS encrypted, configuring decryption is required for this secret to be reconciled"
    )


def test_data_and_string_data_together_are_refused() -> None:
    assert fate(secret(data={"a": CIPHER}, stringData={"b": CIPHER}, sops=SOPS)) is Fate.REFUSED


@pytest.mark.parametrize(
    ("controller", "string_data", "text"),
    [
        ((0, 18, 0), Fate.REFUSED, "is SOPS encrypted"),
        ((0, 35, 0), Fate.APPLIED, "validation error: error decoding from json: illegal base64 data"),
        ((1, 1, 0), Fate.APPLIED, "validation error: error decoding from json: illegal base64 data"),
        ((1, 2, 0), Fate.APPLIED, "is SOPS encrypted"),
    ],
)
def test_the_guard_changed_with_the_controller(
    controller: tuple[int, ...], string_data: Fate, text: str
) -> None:
    in_data = secret(data={"a": CIPHER}, sops=SOPS)
    assert fate(secret(stringData={"a": CIPHER}, sops=SOPS), controller=controller) is string_data
    assert fate(in_data, controller=controller) is Fate.REFUSED
    assert text in refusal(in_data, controller=controller)


@pytest.mark.parametrize(
    ("api_version", "expected"),
    [
        ("v1", Fate.APPLIED),
        ("apps/v1", Fate.APPLIED),
        ("networking.k8s.io/v1", Fate.APPLIED),
        ("gateway.networking.k8s.io/v1", Fate.REJECTED),
        ("helm.toolkit.fluxcd.io/v2", Fate.REJECTED),
    ],
)
def test_only_built_in_kinds_lose_the_sops_field_in_silence(api_version: str, expected: Fate) -> None:
    assert fate({"apiVersion": api_version, "kind": "Thing", "sops": SOPS}) is expected


def test_a_generated_secret_is_applied_as_ciphertext() -> None:
    assert fate(secret(data={"a": in_base64("mac: ENC[AES")})) is Fate.APPLIED


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("age.agekey", "age"),
        ("identity.agekey", "age"),
        ("sops.asc", "pgp"),
        ("sops.vault-token", "hc_vault"),
        ("sops.aws-kms", "kms"),
        ("sops.azure-kv", "azure_kv"),
        ("sops.gcp-kms", "gcp_kms"),
        ("age.key", None),
        ("keys.txt", None),
        ("identity", None),
        ("agekey", None),
        ("my.vault-token", None),
    ],
)
def test_only_some_key_names_import_anything(name: str, kind: str | None) -> None:
    assert key_kind(name) == kind


def test_the_controller_flag_imports_age_keys_only() -> None:
    assert imported(["a.agekey", "b.asc", "c.txt"]) == {"age", "pgp"}
    assert imported(["a.agekey", "b.asc", "c.txt"], age_only=True) == {"age"}


def test_a_marker_tells_the_format() -> None:
    assert markers(b"a: ENC[AES]\nsops:\n    mac: ENC[AES]\n") == {"yaml"}
    assert markers(b"a: plain\n") == frozenset()


LOGIN = {"type": "kubernetes.io/dockerconfigjson"}


def test_ciphertext_is_no_login_of_a_registry() -> None:
    tree = secret(stringData={".dockerconfigjson": CIPHER}, sops=SOPS, **LOGIN)
    assert fate(tree) is Fate.REJECTED
    assert refusal(tree) == (
        'Secret/n/s dry-run failed (Invalid): Secret "s" is invalid: data[.dockerconfigjson]: '
        "Invalid value: \"<secret contents redacted>\": invalid character 'E' looking for beginning of value"
    )
    assert fate(secret(stringData={"tls.crt": CIPHER}, sops=SOPS, type="kubernetes.io/tls")) is Fate.APPLIED


def test_the_api_server_knows_no_field_sops_of_custom_resources() -> None:
    tree = {
        "apiVersion": "x.io/v1",
        "kind": "Thing",
        "metadata": {"name": "a", "namespace": "n"},
        "sops": SOPS,
    }
    assert refusal(tree) == (
        "Thing/n/a dry-run failed: failed to create typed patch object (n/a; x.io/v1, Kind=Thing): "
        ".sops: field not declared in schema"
    )


@pytest.mark.parametrize(
    ("key", "content", "opens"),
    [
        ("values.yaml", "a: x\nsops:\n    mac: ENC[AES", True),
        ("values", "a: x\nsops:\n    mac: ENC[AES", False),
        ("values", "A=x\nsops_mac=ENC[AES", False),
        ("values", '{"data": "x", "sops": {"mac": "ENC[AES"}}', True),
        ("values", "data: x\nsops:\n    mac: ENC[AES", True),
        ("values", "plain", True),
        (".dockerconfigjson", "a: x\nsops:\n    mac: ENC[AES", True),
    ],
)
def test_the_name_of_a_key_tells_what_its_decrypted_value_is_written_as(
    key: str, content: str, opens: bool
) -> None:
    assert list(unopenable(secret(data={key: in_base64(content)}))) is not opens
