from typing import Any

import pytest

from bisectops.flux.kinds import ObjectId
from bisectops.flux.makers import MAKERS
from bisectops.flux.providers import Providers, provided_by

REFLECT = {
    "reflector.v1.k8s.emberstack.com/reflection-allowed": "true",
    "reflector.v1.k8s.emberstack.com/reflection-auto-enabled": "true",
    "reflector.v1.k8s.emberstack.com/reflection-auto-namespaces": "media, db-.*",
}


def tree(api_version: str, kind: str, spec: dict[str, Any] | None = None, **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": "app", "namespace": "here"} | metadata,
        "spec": spec or {},
    }


def makes(made: dict[str, Any], *, kind: str = "Secret", namespace: str = "here", name: str = "app") -> str:
    """ "makes", "may make" or "": what is told of an object."""
    found = [each for each in provided_by(made) if each.is_(kind, namespace, name)]
    return "" if not found else "makes" if any(each.sure for each in found) else "may make"


def keys(made: dict[str, Any], kind: str = "Secret") -> frozenset[str] | None:
    return next(each.keys for each in provided_by(made) if each.kind == kind)


ES = "external-secrets.io/v1"
VAULT = {"destination": {"name": "v", "create": True}}


def test_an_external_secret_makes_the_secret_of_its_own_name_or_of_its_target_s() -> None:
    assert makes(tree(ES, "ExternalSecret")) == "makes"
    named = tree(ES, "ExternalSecret", {"target": {"name": "other"}})
    assert makes(named, name="other") == "makes"
    assert makes(named) == ""
    assert makes(tree("external-secrets.io/v1beta1", "ExternalSecret"), namespace="elsewhere") == ""


@pytest.mark.parametrize(("policy", "told"), [("Owner", "makes"), ("Merge", "may make"), ("None", "")])
def test_an_external_secret_s_creation_policy_counts(policy: str, told: str) -> None:
    assert makes(tree(ES, "ExternalSecret", {"target": {"creationPolicy": policy}})) == told


def test_an_external_secret_tells_its_keys_unless_it_takes_over_all_there_are() -> None:
    data = [{"secretKey": "a"}, {"secretKey": "b"}]
    assert keys(tree(ES, "ExternalSecret", {"data": data})) == {"a", "b"}
    assert keys(tree(ES, "ExternalSecret", {"data": data, "dataFrom": [{"extract": {}}]})) is None
    template = {"template": {"data": {"x": "{{ .a }}"}}}
    assert keys(tree(ES, "ExternalSecret", {"data": data, "dataFrom": [1], "target": template})) == {"x"}
    template = {"template": {"data": {"x": ""}, "templateFrom": [{}]}}
    assert keys(tree(ES, "ExternalSecret", {"target": template})) is None


def test_a_cluster_external_secret_may_reach_any_namespace_it_selects() -> None:
    spec = {"externalSecretName": "other", "namespaceSelector": {"matchLabels": {"a": "b"}}}
    assert makes(tree(ES, "ClusterExternalSecret", spec), namespace="any", name="other") == "may make"
    spec = {"namespaces": ["media"], "externalSecretSpec": {"target": {"name": "t"}}}
    assert makes(tree(ES, "ClusterExternalSecret", spec), namespace="media", name="t") == "makes"
    assert makes(tree(ES, "ClusterExternalSecret", spec), namespace="other", name="t") == ""


def test_a_push_secret_makes_nothing_here() -> None:
    assert provided_by(tree("external-secrets.io/v1alpha1", "PushSecret")) == ()


def test_a_sealed_secret_makes_what_its_template_names() -> None:
    sealed = tree("bitnami.com/v1alpha1", "SealedSecret", {"encryptedData": {"k": "x"}})
    assert makes(sealed) == "makes"
    assert keys(sealed) == {"k"}
    template = {"template": {"metadata": {"name": "t", "namespace": "n"}}}
    assert makes(tree("bitnami.com/v1alpha1", "SealedSecret", template), namespace="n", name="t") == "makes"


@pytest.mark.parametrize(
    ("api_version", "kind", "spec", "name"),
    [
        ("onepassword.com/v1", "OnePasswordItem", {}, "app"),
        ("secrets.hashicorp.com/v1beta1", "VaultStaticSecret", VAULT, "v"),
        ("secrets.hashicorp.com/v1beta1", "VaultDynamicSecret", VAULT, "v"),
        ("secrets.hashicorp.com/v1beta1", "VaultPKISecret", VAULT, "v"),
        ("cert-manager.io/v1", "Certificate", {"secretName": "tls"}, "tls"),
        ("cert-manager.io/v1", "Issuer", {"acme": {"privateKeySecretRef": {"name": "k"}}}, "k"),
        ("postgresql.cnpg.io/v1", "Cluster", {}, "app-app"),
        ("postgresql.cnpg.io/v1", "Cluster", {"enableSuperuserAccess": True}, "app-superuser"),
        ("postgres-operator.crunchydata.com/v1beta1", "PostgresCluster", {}, "app-pguser-joe"),
        ("acid.zalan.do/v1", "postgresql", {}, "joe.app.credentials.postgresql.acid.zalan.do"),
        ("objectbucket.io/v1alpha1", "ObjectBucketClaim", {}, "app"),
        ("ceph.rook.io/v1", "CephObjectStoreUser", {"store": "s"}, "rook-ceph-object-user-s-app"),
        ("kafka.strimzi.io/v1beta2", "KafkaUser", {}, "app"),
        ("infra.contrib.fluxcd.io/v1alpha2", "Terraform", {"writeOutputsToSecret": {"name": "tf"}}, "tf"),
        (
            "secrets.infisical.com/v1alpha1",
            "InfisicalSecret",
            {"managedSecretReference": {"secretName": "i"}},
            "i",
        ),
        ("isindir.github.com/v1alpha3", "SopsSecret", {"secretTemplates": [{"name": "t"}]}, "t"),
        ("database.aws.upbound.io/v1", "Instance", {"writeConnectionSecretToRef": {"name": "c"}}, "c"),
        ("k8s.mariadb.com/v1", "MariaDB", {"rootPasswordSecretKeyRef": {"name": "r", "generate": True}}, "r"),
    ],
)
def test_an_operator_makes_its_conventional_secret(
    api_version: str, kind: str, spec: dict[str, Any], name: str
) -> None:
    assert makes(tree(api_version, kind, spec), name=name) == "makes"
    assert makes(tree("example.com/v1", kind), name=name) == ""


def test_a_bucket_claim_makes_a_config_map_too() -> None:
    claim = tree("objectbucket.io/v1alpha1", "ObjectBucketClaim")
    assert makes(claim, kind="ConfigMap") == "makes"
    assert "BUCKET_HOST" in (keys(claim, "ConfigMap") or ())


def test_reflector_s_annotations_may_copy_to_the_namespaces_they_list() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "app", "annotations": REFLECT}}
    assert makes(secret, namespace="media") == "may make"
    assert makes(secret, namespace="db-one") == "may make"
    assert makes(secret, namespace="other") == ""
    off = REFLECT | {"reflector.v1.k8s.emberstack.com/reflection-auto-enabled": "false"}
    assert provided_by({"kind": "Secret", "metadata": {"name": "app", "annotations": off}}) == ()


def test_annotations_on_a_certificate_s_template_copy_the_secret_it_makes() -> None:
    spec = {"secretName": "tls", "secretTemplate": {"annotations": REFLECT}}
    assert makes(tree("cert-manager.io/v1", "Certificate", spec), namespace="media", name="tls") == "may make"


@pytest.mark.parametrize(
    ("annotations", "namespace", "told"),
    [
        ({"replicator.v1.mittwald.de/replicate-to": "a,b-[0-9]*"}, "b-1", "may make"),
        ({"replicator.v1.mittwald.de/replicate-to": "a,b-[0-9]*"}, "c", ""),
        ({"replicator.v1.mittwald.de/replicate-to-matching": "x=y"}, "c", "may make"),
        ({"kubed.appscode.com/sync": ""}, "c", "may make"),
        ({"replicator.v1.mittwald.de/replicate-to": "["}, "[", ""),
    ],
)
def test_other_copiers_are_known(annotations: dict[str, str], namespace: str, told: str) -> None:
    config_map = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "app", "annotations": annotations},
    }
    assert makes(config_map, kind="ConfigMap", namespace=namespace) == told


def test_a_kyverno_rule_may_make_the_kind_and_name_it_generates_anywhere() -> None:
    rules = [
        {"generate": {"kind": "Secret", "name": "sops-age", "namespace": "{{request.object.metadata.name}}"}}
    ]
    policy = tree("kyverno.io/v1", "ClusterPolicy", {"rules": rules})
    assert makes(policy, namespace="any", name="sops-age") == "may make"
    assert makes(policy, namespace="any", name="other") == ""
    rules = [{"generate": {"kind": "Secret", "name": "{{ x }}-key"}}]
    assert makes(tree("kyverno.io/v1", "ClusterPolicy", {"rules": rules}), name="a-key") == "may make"
    rules = [{"generate": {"cloneList": {"kinds": ["v1/Secret"]}}}]
    assert makes(tree("kyverno.io/v1", "ClusterPolicy", {"rules": rules}), name="anything") == "may make"


def test_a_helm_release_may_make_what_bears_its_name() -> None:
    release = tree("helm.toolkit.fluxcd.io/v2", "HelmRelease", {"targetNamespace": "there"})
    assert makes(release, namespace="there", name="app-config") == "may make"
    assert makes(release, namespace="there", name="application") == ""
    assert makes(release, namespace="here", name="app") == ""


def test_names_forced_by_app_template_s_values_are_made() -> None:
    values = {"secrets": {"x": {"forceRename": "creds", "stringData": {"K": "v"}}}}
    release = tree("helm.toolkit.fluxcd.io/v2", "HelmRelease", {"values": values})
    assert makes(release, name="creds") == "makes"


def test_a_raw_chart_makes_the_resources_of_its_values() -> None:
    values = {"resources": [{"kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"k": "v"}}]}
    release = tree("helm.toolkit.fluxcd.io/v2", "HelmRelease", {"values": values})
    assert makes(release, kind="ConfigMap", name="c") == "makes"


def test_an_artifact_generator_makes_external_artifacts_in_its_namespace() -> None:
    spec = {"artifacts": [{"name": "apps"}, {"name": "{app}-x"}]}
    generator = tree("source.extensions.fluxcd.io/v1beta1", "ArtifactGenerator", spec)
    assert makes(generator, kind="ExternalArtifact", name="apps") == "makes"
    assert makes(generator, kind="ExternalArtifact", name="echo-x") == "makes"
    assert makes(generator, kind="ExternalArtifact", name="echo") == ""


def test_a_resource_set_makes_its_resources_and_may_make_templated_ones() -> None:
    copied = {"kind": "Secret", "metadata": {"name": "pull", "namespace": "n"}}
    templated = {"kind": "Secret", "metadata": {"name": "<< inputs.tenant >>-pull", "namespace": "n"}}
    written = "kind: ConfigMap\nmetadata:\n  name: c\n"
    spec = {"resources": [copied, templated], "resourcesTemplate": written}
    made = tree("fluxcd.controlplane.io/v1", "ResourceSet", spec)
    assert makes(made, namespace="n", name="pull") == "makes"
    assert makes(made, namespace="n", name="team-pull") == "may make"
    assert makes(made, kind="ConfigMap", name="c") == "makes"


@pytest.mark.parametrize("group_and_kind", sorted(MAKERS))
def test_an_odd_object_breaks_nothing(group_and_kind: tuple[str, str]) -> None:
    group, kind = group_and_kind
    odd: list[Any] = [[], 3, {"rules": [1, {"generate": []}], "secretName": 4, "artifacts": {}, "target": 1}]
    for spec in odd:
        for made in provided_by({"apiVersion": f"{group}/v1", "kind": kind, "metadata": [], "spec": spec}):
            assert isinstance(made.name, str)


def test_providers_follow_objects_as_they_come_and_go() -> None:
    providers = Providers()
    maker = ObjectId("ExternalSecret", "here", "app", "external-secrets.io")
    target = ObjectId("Secret", "here", "app")
    assert providers.update(maker, tree(ES, "ExternalSecret"))
    assert providers.makes(target)
    assert providers.may_make(target) == "ExternalSecret/here/app"
    assert not providers.update(maker, tree(ES, "ExternalSecret", {"refreshInterval": "1h"}))
    assert providers.update(maker, tree(ES, "ExternalSecret", {"target": {"name": "x"}}))
    assert not providers.makes(target)
    assert providers.update(maker, None)
    assert not providers.update(maker, None)
    assert providers.may_make(ObjectId("Secret", "here", "x")) == ""


def test_what_may_be_made_is_not_made_for_sure() -> None:
    providers = Providers()
    release = ObjectId("HelmRelease", "here", "app", "helm.toolkit.fluxcd.io")
    providers.update(release, tree("helm.toolkit.fluxcd.io/v2", "HelmRelease"))
    target = ObjectId("Secret", "here", "app-tls")
    assert not providers.makes(target)
    assert providers.may_make(target) == "HelmRelease/here/app"


def test_an_external_secrets_own_annotations_go_to_the_secret_that_it_makes() -> None:
    everywhere = {"replicator.v1.mittwald.de/replicate-to": ".*"}
    metadata = {"name": "app", "namespace": "flux-system", "annotations": everywhere}
    secret = {**tree("external-secrets.io/v1", "ExternalSecret"), "metadata": metadata}
    assert makes(secret, namespace="media", name="app") == "may make"


def test_a_certificate_has_the_keys_of_a_tls_secret() -> None:
    held = keys(tree("cert-manager.io/v1", "Certificate", {"secretName": "tls"}))
    assert held is not None
    assert {"tls.crt", "tls.key"} <= held


def test_a_release_names_what_it_makes_after_its_release_name() -> None:
    release = tree("helm.toolkit.fluxcd.io/v2", "HelmRelease", {"releaseName": "other"})
    assert makes(release, name="other-config") == "may make"
