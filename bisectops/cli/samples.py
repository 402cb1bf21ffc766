"""The sample repositories: in the wheel beside the package's modules, in a checkout beside the package."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

import bisectops
from bisectops.errors import BisectopsError, RequestError


class SampleUnavailable(BisectopsError):
    """The sample repository could not be made."""


def build_sample(name: str, dest: Path) -> None:
    """Make a sample's git repository at `dest`, a new or empty folder."""
    if shutil.which("git") is None:
        raise SampleUnavailable("git is not installed, and the sample is made with it")
    builder = _builder()
    try:
        builder.build(name, dest)
    except builder.SampleError as error:
        raise RequestError(str(error)) from error
    except OSError as error:
        raise SampleUnavailable(f"cannot make the sample at '{dest}': {error.strerror}") from error


def _builder() -> ModuleType:
    file = _folder() / "build.py"
    spec = importlib.util.spec_from_file_location("bisectops_sample_builder", file)
    assert spec, file
    assert spec.loader, file
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their own module up
    spec.loader.exec_module(module)
    return module


def _folder() -> Path:
    package = Path(bisectops.__file__).parent
    for folder in (package / "sample_repos", package.parent / "sample-repos"):
        if (folder / "build.py").is_file():
            return folder
    raise SampleUnavailable("this installation has no sample repositories", hint="install bisectops again")
