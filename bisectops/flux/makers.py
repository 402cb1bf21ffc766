"""What each operator's objects make: one function a kind, by the operators' own conventions.

Whether an operator is healthy, or what it writes into a Secret, git never shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from bisectops.errors import YamlError
from bisectops.flux.namespace_selector import selector
from bisectops.flux.provided import Provided, Tree, exactly, keys_of, name_of, namespace_of
from bisectops.yaml.fields import boolean, mapping, mappings, sequence, text, texts, value
from bisectops.yaml.reader import documents


def _secret(
    tree: Tree, name: str | None, keys: Iterable[str] | None = None, *, sure: bool = True
) -> Iterator[Provided]:
    """A Secret in the object's own namespace."""
    if name:
        known = None if keys is None else frozenset(keys)
        yield Provided(kind="Secret", name=name, namespace=namespace_of(tree), keys=known, sure=sure)


def _external_secret(tree: Tree) -> Iterator[Provided]:
    policy = text(tree, "spec", "target", "creationPolicy")
    if policy == "None":
        return
    kind = text(tree, "spec", "target", "manifest", "kind") or "Secret"
    name = text(tree, "spec", "target", "name") or name_of(tree)
    keys = _external_keys(mapping(tree, "spec"))
    made = Provided(kind=kind, name=name, namespace=namespace_of(tree), keys=keys, sure=policy != "Merge")
    yield made


def _external_keys(spec: Tree) -> frozenset[str] | None:
    template = mapping(spec, "target", "template")
    fetched = [key for entry in mappings(spec, "data") if (key := text(entry, "secretKey"))]
    if sequence(template, "templateFrom"):
        return None
    written = list(mapping(template, "data"))
    merges = text(template, "mergePolicy") == "Merge"
    if written and not merges:
        return frozenset(written)
    return None if sequence(spec, "dataFrom") else frozenset(fetched + written)


def _cluster_external_secret(tree: Tree) -> Iterator[Provided]:
    inner = mapping(tree, "spec", "externalSecretSpec")
    named = text(tree, "spec", "externalSecretName") or name_of(tree)
    name = text(inner, "target", "name") or named
    keys = _external_keys(inner)
    for namespace in texts(tree, "spec", "namespaces"):
        yield Provided(kind="Secret", name=name, namespace=namespace, keys=keys)
    single = (value(tree, "spec", "namespaceSelector"), *sequence(tree, "spec", "namespaceSelectors"))
    selectors = tuple(selector(each) for each in single if isinstance(each, dict))
    if selectors:
        yield Provided(kind="Secret", name=name, namespace="*", keys=keys, sure=False, selectors=selectors)


def _sealed_secret(tree: Tree) -> Iterator[Provided]:
    template = mapping(tree, "spec", "template")
    keys = frozenset((*mapping(tree, "spec", "encryptedData"), *mapping(template, "data")))
    name = text(template, "metadata", "name") or name_of(tree)
    namespace = text(template, "metadata", "namespace") or namespace_of(tree)
    yield Provided(kind="Secret", name=name, namespace=namespace, keys=keys)


def _same_name(tree: Tree) -> Iterator[Provided]:
    yield from _secret(tree, name_of(tree))


def _vault_secret(tree: Tree) -> Iterator[Provided]:
    created = boolean(tree, "spec", "destination", "create")
    yield from _secret(tree, text(tree, "spec", "destination", "name"), sure=created)


def _certificate(tree: Tree) -> Iterator[Provided]:
    more = sequence(tree, "spec", "additionalOutputFormats") or mapping(tree, "spec", "keystores")
    keys = None if more else frozenset(("tls.crt", "tls.key", "ca.crt"))
    yield from _secret(tree, text(tree, "spec", "secretName"), keys=keys)


def _issuer(tree: Tree) -> Iterator[Provided]:
    where = namespace_of(tree) if tree.get("kind") == "Issuer" else "*"
    if name := text(tree, "spec", "acme", "privateKeySecretRef", "name"):
        yield Provided(
            kind="Secret", name=name, namespace=where, keys=frozenset(("tls.key",)), sure=where != "*"
        )


def _trust_bundle(tree: Tree) -> Iterator[Provided]:
    everywhere = not mapping(tree, "spec", "target", "namespaceSelector")
    for field, kind in (("configMap", "ConfigMap"), ("secret", "Secret")):
        if key := text(tree, "spec", "target", field, "key"):
            keys = frozenset((key,))
            yield Provided(kind=kind, name=name_of(tree), namespace="*", keys=keys, sure=everywhere)


_POSTGRES_KEYS = (
    *("username", "user", "password", "dbname", "host", "port", "uri", "jdbc-uri"),
    *("fqdn-uri", "fqdn-jdbc-uri", "pgpass"),
)


def _postgres(tree: Tree) -> Iterator[Provided]:
    name = name_of(tree)
    keys = frozenset(_POSTGRES_KEYS)
    if not text(tree, "spec", "bootstrap", "initdb", "secret", "name"):
        yield from _secret(tree, f"{name}-app", keys=keys)
    if boolean(tree, "spec", "enableSuperuserAccess"):
        yield from _secret(tree, f"{name}-superuser", keys=keys)
    for suffix in ("ca", "server", "replication"):
        yield from _secret(tree, f"{name}-{suffix}")


def _bucket_claim(tree: Tree) -> Iterator[Provided]:
    yield from _secret(tree, name_of(tree), keys=frozenset(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")))
    about = ("HOST", "NAME", "PORT", "REGION", "SUBREGION")
    keys = frozenset(f"BUCKET_{each}" for each in about)
    yield Provided(kind="ConfigMap", name=name_of(tree), namespace=namespace_of(tree), keys=keys)


def _object_user(tree: Tree) -> Iterator[Provided]:
    store = text(tree, "spec", "store") or ""
    yield from _secret(tree, f"rook-ceph-object-user-{store}-{name_of(tree)}")


def _named_at(*path: str) -> Callable[[Tree], Iterator[Provided]]:
    def made(tree: Tree) -> Iterator[Provided]:
        yield from _secret(tree, text(tree, "spec", *path))

    return made


def _family(*patterns: str) -> Callable[[Tree], Iterator[Provided]]:
    """Secrets whose names hold the object's own, as `{name}` in an expression."""

    def made(tree: Tree) -> Iterator[Provided]:
        where = exactly(namespace_of(tree))
        for pattern in patterns:
            name = pattern.replace("{name}", exactly(name_of(tree)))
            yield Provided(kind="Secret", name=name, namespace=where, pattern=True)

    return made


def _managed(*fields: str) -> Callable[[Tree], Iterator[Provided]]:
    """`spec.{field}` with a name and a namespace of its own, single or a list."""

    def made(tree: Tree) -> Iterator[Provided]:
        for field in fields:
            single = mapping(tree, "spec", field)
            for ref in (single, *mappings(tree, "spec", field)):
                name = text(ref, "secretName") or text(ref, "name")
                where = text(ref, "secretNamespace") or text(ref, "namespace") or namespace_of(tree)
                if name:
                    yield Provided(kind="Secret", name=name, namespace=where)

    return made


def _kyverno(tree: Tree) -> Iterator[Provided]:
    for rule in mappings(tree, "spec", "rules"):
        for generate in (mapping(rule, "generate"), *mappings(rule, "generate", "foreach")):
            yield from _generated(generate)


def _generated(generate: Tree) -> Iterator[Provided]:
    kind, name = text(generate, "kind"), text(generate, "name")
    if kind and name:
        keys = frozenset(mapping(generate, "data", "data")) or None
        yield _templated(kind, name, "*", keys)
    for listed in texts(generate, "cloneList", "kinds"):
        yield _templated(listed.rpartition("/")[2], "{{any}}", "*", None)


def _templated(kind: str, name: str, namespace: str, keys: frozenset[str] | None) -> Provided:
    parts = re.split(r"(?:\{\{.*?\}\}|<<.*?>>|\$\([^)]*\)|\{[^{}]*\})", name)
    pattern = ".*".join(map(exactly, parts))
    return Provided(kind=kind, name=pattern, namespace=namespace, pattern=True, keys=keys, sure=False)


def _resource_set(tree: Tree) -> Iterator[Provided]:
    for resource in _resources(tree):
        kind, name = text(resource, "kind"), text(resource, "metadata", "name")
        where = text(resource, "metadata", "namespace") or namespace_of(tree)
        if not kind or not name:
            continue
        if "<<" in name or "<<" in where:
            yield _templated(kind, name, "*" if "<<" in where else exactly(where), None)
        else:
            yield Provided(kind=kind, name=name, namespace=where, keys=keys_of(resource))


def _resources(tree: Tree) -> Iterator[Tree]:
    steps = [resource for step in mappings(tree, "spec", "steps") for resource in mappings(step, "resources")]
    yield from (*mappings(tree, "spec", "resources"), *steps)
    try:
        written = documents((text(tree, "spec", "resourcesTemplate") or "").encode("utf-8", "replace"))
    except YamlError:
        return
    yield from (each for each in written if isinstance(each, dict))


def _artifact_generator(tree: Tree) -> Iterator[Provided]:
    for artifact in mappings(tree, "spec", "artifacts"):
        name = text(artifact, "name") or ""
        if "{" in name:
            here = exactly(namespace_of(tree))
            yield replace(_templated("ExternalArtifact", name, here, None), sure=True)
        elif name:
            yield Provided(kind="ExternalArtifact", name=name, namespace=namespace_of(tree))


VALUES_READ = frozenset(("fullnameOverride", "secrets", "configMaps", "resources", "instance"))
"""The values of a HelmRelease that tell what it makes; `instance` is the flux-instance chart's."""


def _helm_release(tree: Tree) -> Iterator[Provided]:
    """What a chart is known or used to make: nobody unpacks it, so nearly all of it is "may"."""
    where = text(tree, "spec", "targetNamespace") or namespace_of(tree)
    values = mapping(tree, "spec", "values")
    release = text(tree, "spec", "releaseName") or name_of(tree)
    prefixes = {release, text(values, "fullnameOverride") or release}
    family = "|".join(sorted(exactly(prefix) for prefix in prefixes if prefix))
    for kind, field in (("Secret", "secrets"), ("ConfigMap", "configMaps")):
        name = f"(?:{family})(?:-.*)?"
        yield Provided(kind=kind, name=name, namespace=exactly(where), pattern=True, sure=False)
        for entry in mapping(values, field).values():
            if forced := text(entry, "forceRename"):
                keys = frozenset((*mapping(entry, "data"), *mapping(entry, "stringData")))
                yield Provided(kind=kind, name=forced, namespace=where, keys=keys)
    for resource in mappings(values, "resources"):  # the "raw" charts
        if text(resource, "kind") in ("Secret", "ConfigMap") and name_of(resource):
            namespace = namespace_of(resource) or where
            kind = text(resource, "kind") or ""
            yield Provided(kind=kind, name=name_of(resource), namespace=namespace, keys=keys_of(resource))


def _provider_class(tree: Tree) -> Iterator[Provided]:
    for made in mappings(tree, "spec", "secretObjects"):
        keys = frozenset(key for entry in mappings(made, "data") if (key := text(entry, "key")))
        yield from _secret(tree, text(made, "secretName"), keys=keys, sure=False)


def _sops_secret(tree: Tree) -> Iterator[Provided]:
    for template in mappings(tree, "spec", "secretTemplates"):
        yield from _secret(tree, text(template, "name"), keys=keys_of(template))


def connection_secrets(tree: Tree) -> Iterator[Provided]:
    """Crossplane's convention, and the one of operators that generate a password where told to."""
    spec = mapping(tree, "spec")
    ref = mapping(spec, "writeConnectionSecretToRef")
    if name := text(ref, "name"):
        yield Provided(kind="Secret", name=name, namespace=text(ref, "namespace") or namespace_of(tree))
    yield from _secret(tree, text(spec, "publishConnectionDetailsTo", "name"))
    for field, ref in spec.items():
        if field.endswith("SecretKeyRef") and boolean(ref, "generate"):
            yield from _secret(tree, text(ref, "name"))


MAKERS: dict[tuple[str, str], Callable[[Tree], Iterator[Provided]]] = {
    ("external-secrets.io", "ExternalSecret"): _external_secret,
    ("external-secrets.io", "ClusterExternalSecret"): _cluster_external_secret,
    ("kubernetes-client.io", "ExternalSecret"): _same_name,
    ("bitnami.com", "SealedSecret"): _sealed_secret,
    ("onepassword.com", "OnePasswordItem"): _same_name,
    ("ricoberger.de", "VaultSecret"): _same_name,
    ("kafka.strimzi.io", "KafkaUser"): _same_name,
    ("secrets.hashicorp.com", "VaultStaticSecret"): _vault_secret,
    ("secrets.hashicorp.com", "VaultDynamicSecret"): _vault_secret,
    ("secrets.hashicorp.com", "VaultPKISecret"): _vault_secret,
    ("secrets.hashicorp.com", "HCPVaultSecretsApp"): _vault_secret,
    ("cert-manager.io", "Certificate"): _certificate,
    ("cert-manager.io", "Issuer"): _issuer,
    ("cert-manager.io", "ClusterIssuer"): _issuer,
    ("trust.cert-manager.io", "Bundle"): _trust_bundle,
    ("postgresql.cnpg.io", "Cluster"): _postgres,
    ("postgres-operator.crunchydata.com", "PostgresCluster"): _family("{name}-pguser-.*", "{name}-.*cert.*"),
    ("acid.zalan.do", "postgresql"): _family(r".*\.{name}\.credentials\.postgresql\.acid\.zalan\.do"),
    ("objectbucket.io", "ObjectBucketClaim"): _bucket_claim,
    ("ceph.rook.io", "CephObjectStoreUser"): _object_user,
    ("rabbitmq.com", "RabbitmqCluster"): _family("{name}-default-user", "{name}-erlang-cookie"),
    ("elasticsearch.k8s.elastic.co", "Elasticsearch"): _family("{name}-es-.*"),
    ("grafana.integreatly.org", "Grafana"): _family("{name}-admin-credentials"),
    ("infra.contrib.fluxcd.io", "Terraform"): _named_at("writeOutputsToSecret", "name"),
    ("k8s.bitwarden.com", "BitwardenSecret"): _named_at("secretName"),
    ("spv.no", "AzureKeyVaultSecret"): _named_at("output", "secret", "name"),
    ("secrets.infisical.com", "InfisicalSecret"): _managed(
        "managedSecretReference", "managedKubeSecretReferences"
    ),
    ("secrets.doppler.com", "DopplerSecret"): _managed("managedSecret"),
    ("isindir.github.com", "SopsSecret"): _sops_secret,
    ("secrets-store.csi.x-k8s.io", "SecretProviderClass"): _provider_class,
    ("kyverno.io", "ClusterPolicy"): _kyverno,
    ("kyverno.io", "Policy"): _kyverno,
    ("fluxcd.controlplane.io", "ResourceSet"): _resource_set,
    ("source.extensions.fluxcd.io", "ArtifactGenerator"): _artifact_generator,
    ("helm.toolkit.fluxcd.io", "HelmRelease"): _helm_release,
}
