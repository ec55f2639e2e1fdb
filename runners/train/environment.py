"""What a trainer finds around itself."""

from __future__ import annotations

from types import ModuleType


def package_versions(*modules: ModuleType) -> dict[str, str]:
    """The versions that imported packages tell of themselves, whatever they were installed as."""
    return {module.__name__: str(module.__version__) for module in modules}
