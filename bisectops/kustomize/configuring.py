"""The fields that a target's transformers touch: the defaults, its own `configurations`, those of its CRDs.

Facts: kustomize api/internal/target/kusttarget.go (accumulateTarget).
"""

from __future__ import annotations

from bisectops.kustomize.accumulator import Accumulator
from bisectops.kustomize.configuration import DEFAULTS, NOTHING, Configuration, configuration, merged
from bisectops.kustomize.crds import configuration_of_crds
from bisectops.kustomize.failure import Remote
from bisectops.kustomize.folder import Target
from bisectops.kustomize.reading import value_of
from bisectops.kustomize.touching import fields_of_configuration


def configure(target: Target, gathered: Accumulator) -> None:
    """Merge a target's configuration into that of its bases."""
    own = None
    for path in target.asked.configurations:
        read = _configuration(target, gathered, path)
        own = read if own is None else merged(own, read)
        gathered.touched |= fields_of_configuration(read)
    config = DEFAULTS if own is None else merged(DEFAULTS, own)
    gathered.configuration = merged(gathered.configuration, config)
    crds = NOTHING
    for path in target.asked.crds:
        try:
            crds = merged(crds, configuration_of_crds(target.loader, path))
        except Remote as error:
            gathered.leave_out(error, target.file)
    gathered.touched |= fields_of_configuration(crds)
    gathered.configuration = merged(gathered.configuration, crds)


def _configuration(target: Target, gathered: Accumulator, path: str) -> Configuration:
    try:
        return target.loader.parsed(path, "configuration", lambda data: configuration(value_of(data)))
    except Remote as error:
        gathered.leave_out(error, target.file)
        return NOTHING
