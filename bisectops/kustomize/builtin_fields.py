"""The fields kustomize touches when no configuration says otherwise, as data.

Facts: kustomize api/internal/konfig/builtinpluginconsts. Each table is in kustomize's order before sorting.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from bisectops.kustomize.resource import Gvk


class FieldSpec(NamedTuple):
    """A field of the kinds that a partial Gvk selects; `create` makes what lies on the way to it."""

    gvk: Gvk
    path: str
    create: bool = False


class BackReference(NamedTuple):
    """The fields that hold the name of an object of some kind."""

    gvk: Gvk
    referrers: tuple[FieldSpec, ...]


def _field(
    path: str, kind: str = "", group: str = "", version: str = "", *, create: bool = False
) -> FieldSpec:
    return FieldSpec(Gvk(group, version, kind), path, create)


def _created(*fields: FieldSpec) -> tuple[FieldSpec, ...]:
    return tuple(field._replace(create=True) for field in fields)


NAME = (_field("metadata/name"),)

NAMESPACE = (
    _field("metadata/name", "Namespace", create=True),
    _field("spec/service/namespace", "APIService", "apiregistration.k8s.io", create=True),
    _field(
        "spec/conversion/webhook/clientConfig/service/namespace",
        "CustomResourceDefinition",
        "apiextensions.k8s.io",
    ),
)

ANNOTATIONS = _created(
    _field("metadata/annotations"),
    _field("spec/template/metadata/annotations", "ReplicationController", version="v1"),
    _field("spec/template/metadata/annotations", "Deployment"),
    _field("spec/template/metadata/annotations", "ReplicaSet"),
    _field("spec/template/metadata/annotations", "DaemonSet"),
    _field("spec/template/metadata/annotations", "StatefulSet"),
    _field("spec/template/metadata/annotations", "Job", "batch"),
    _field("spec/jobTemplate/metadata/annotations", "CronJob", "batch"),
    _field("spec/jobTemplate/spec/template/metadata/annotations", "CronJob", "batch"),
)

TEMPLATE_LABELS = _created(
    _field("metadata/labels"),
    _field("spec/template/metadata/labels", "ReplicationController", version="v1"),
    _field("spec/template/metadata/labels", "Deployment"),
    _field("spec/template/metadata/labels", "ReplicaSet"),
    _field("spec/template/metadata/labels", "DaemonSet"),
    _field("spec/template/metadata/labels", "StatefulSet", "apps"),
    _field("spec/volumeClaimTemplates[]/metadata/labels", "StatefulSet", "apps"),
    _field("spec/template/metadata/labels", "Job", "batch"),
    _field("spec/jobTemplate/metadata/labels", "CronJob", "batch"),
    _field("spec/jobTemplate/spec/template/metadata/labels", "CronJob", "batch"),
)

_SPREAD = tuple(
    f"spec/template/spec/{path}/labelSelector/matchLabels"
    for path in (
        "affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm",
        "affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution",
        "affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm",
        "affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution",
        "topologySpreadConstraints",
    )
)

COMMON_LABELS = (
    _field("spec/selector", "Service", version="v1", create=True),
    _field("spec/selector", "ReplicationController", version="v1", create=True),
    _field("spec/selector/matchLabels", "Deployment", create=True),
    *(_field(path, "Deployment", "apps") for path in _SPREAD),
    _field("spec/selector/matchLabels", "ReplicaSet", create=True),
    _field("spec/selector/matchLabels", "DaemonSet", create=True),
    _field("spec/selector/matchLabels", "StatefulSet", "apps", create=True),
    *(_field(path, "StatefulSet", "apps") for path in _SPREAD),
    _field("spec/selector/matchLabels", "Job", "batch"),
    _field("spec/jobTemplate/spec/selector/matchLabels", "CronJob", "batch"),
    _field("spec/selector/matchLabels", "PodDisruptionBudget", "policy"),
    _field("spec/podSelector/matchLabels", "NetworkPolicy", "networking.k8s.io"),
    _field("spec/ingress/from/podSelector/matchLabels", "NetworkPolicy", "networking.k8s.io"),
    _field("spec/egress/to/podSelector/matchLabels", "NetworkPolicy", "networking.k8s.io"),
    *TEMPLATE_LABELS,
)

IMAGES = _created(
    _field("spec/containers[]/image"),
    _field("spec/initContainers[]/image"),
    _field("spec/template/spec/containers[]/image"),
    _field("spec/template/spec/initContainers[]/image"),
)

REPLICAS = _created(
    *(
        _field("spec/replicas", kind)
        for kind in ("Deployment", "ReplicationController", "ReplicaSet", "StatefulSet")
    )
)

_TEMPLATE = "spec/template/spec/"
_PODS = (
    ("Pod", "v1", "spec/"),
    ("PodTemplate", "", "template/spec/"),
    ("Deployment", "", _TEMPLATE),
    ("ReplicaSet", "", _TEMPLATE),
    ("DaemonSet", "", _TEMPLATE),
    ("StatefulSet", "", _TEMPLATE),
    ("Job", "", _TEMPLATE),
    ("CronJob", "", "spec/jobTemplate/spec/template/spec/"),
)
_CREATORS = (
    ("Pod", "spec/"),
    ("StatefulSet", _TEMPLATE),
    ("Deployment", _TEMPLATE),
    ("ReplicationController", _TEMPLATE),
    ("CronJob", "spec/jobTemplate/spec/template/spec/"),
    ("Job", _TEMPLATE),
    ("DaemonSet", _TEMPLATE),
)


def _in_pods(*paths: str) -> Iterable[FieldSpec]:
    return (_field(at + path, kind, version=version) for kind, version, at in _PODS for path in paths)


def _in_creators(path: str) -> Iterable[FieldSpec]:
    return (_field(at + path, kind) for kind, at in _CREATORS)


def _named_by(kind: str, group: str, version: str, *referrers: FieldSpec) -> BackReference:
    return BackReference(Gvk(group, version, kind), referrers)


_RBAC = "rbac.authorization.k8s.io"
_ADMISSION = "admissionregistration.k8s.io"

NAME_REFERENCES = (
    *(
        _named_by(kind, "", "", _field("spec/scaleTargetRef/name", "HorizontalPodAutoscaler"))
        for kind in ("Deployment", "ReplicationController", "ReplicaSet", "StatefulSet")
    ),
    _named_by(
        "ConfigMap",
        "",
        "v1",
        *_in_pods(
            "volumes/configMap/name",
            "containers/env/valueFrom/configMapKeyRef/name",
            "initContainers/env/valueFrom/configMapKeyRef/name",
            "containers/envFrom/configMapRef/name",
            "initContainers/envFrom/configMapRef/name",
            "volumes/projected/sources/configMap/name",
        ),
        _field("spec/configSource/configMap", "Node"),
        _field("rules/resourceNames", "Role"),
        _field("rules/resourceNames", "ClusterRole"),
        _field("metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap", "Ingress"),
    ),
    _named_by(
        "Secret",
        "",
        "v1",
        *_in_pods(
            "volumes/secret/secretName",
            "containers/env/valueFrom/secretKeyRef/name",
            "initContainers/env/valueFrom/secretKeyRef/name",
            "containers/envFrom/secretRef/name",
            "initContainers/envFrom/secretRef/name",
            "imagePullSecrets/name",
            "volumes/projected/sources/secret/name",
        ),
        _field("spec/tls/secretName", "Ingress"),
        _field("metadata/annotations/ingress.kubernetes.io\\/auth-secret", "Ingress"),
        _field("metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret", "Ingress"),
        _field("metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret", "Ingress"),
        _field("imagePullSecrets/name", "ServiceAccount"),
        _field("parameters/secretName", "StorageClass"),
        _field("parameters/adminSecretName", "StorageClass"),
        _field("parameters/userSecretName", "StorageClass"),
        _field("parameters/secretRef", "StorageClass"),
        _field("rules/resourceNames", "Role"),
        _field("rules/resourceNames", "ClusterRole"),
        _field(
            "spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
            "Service",
            "serving.knative.dev",
            "v1",
        ),
        _field("spec/azureFile/secretName", "PersistentVolume"),
    ),
    _named_by(
        "Service",
        "",
        "v1",
        _field("spec/serviceName", "StatefulSet", "apps"),
        _field("spec/rules/http/paths/backend/serviceName", "Ingress"),
        _field("spec/backend/serviceName", "Ingress"),
        _field("spec/rules/http/paths/backend/service/name", "Ingress"),
        _field("spec/defaultBackend/service/name", "Ingress"),
        _field("spec/service/name", "APIService", "apiregistration.k8s.io"),
        _field("webhooks/clientConfig/service", "ValidatingWebhookConfiguration", _ADMISSION),
        _field("webhooks/clientConfig/service", "MutatingWebhookConfiguration", _ADMISSION),
    ),
    _named_by("Role", _RBAC, "", _field("roleRef/name", "RoleBinding", _RBAC)),
    _named_by(
        "ClusterRole",
        _RBAC,
        "",
        _field("roleRef/name", "RoleBinding", _RBAC),
        _field("roleRef/name", "ClusterRoleBinding", _RBAC),
    ),
    _named_by(
        "ServiceAccount",
        "",
        "v1",
        _field("subjects", "RoleBinding", _RBAC),
        _field("subjects", "ClusterRoleBinding", _RBAC),
        *_in_creators("serviceAccountName"),
    ),
    _named_by("PersistentVolumeClaim", "", "v1", *_in_creators("volumes/persistentVolumeClaim/claimName")),
    _named_by(
        "PersistentVolume",
        "",
        "v1",
        _field("spec/volumeName", "PersistentVolumeClaim"),
        _field("rules/resourceNames", "ClusterRole"),
    ),
    _named_by(
        "StorageClass",
        "storage.k8s.io",
        "v1",
        _field("spec/storageClassName", "PersistentVolume"),
        _field("spec/storageClassName", "PersistentVolumeClaim"),
        _field("spec/volumeClaimTemplates/spec/storageClassName", "StatefulSet"),
    ),
    _named_by("PriorityClass", "scheduling.k8s.io", "v1", *_in_creators("priorityClassName")),
    _named_by("IngressClass", "networking.k8s.io/v1", "v1", _field("spec/ingressClassName", "Ingress")),
    _named_by(
        "ValidatingAdmissionPolicy",
        _ADMISSION,
        "",
        _field("spec/policyName", "ValidatingAdmissionPolicyBinding", _ADMISSION),
    ),
)
