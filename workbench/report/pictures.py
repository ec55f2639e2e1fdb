"""Any picture of a page as SVG."""

from __future__ import annotations

from workbench.report.content import ReportPlot
from workbench.report.document import Picture
from workbench.report.interval_chart import interval_svg
from workbench.report.svg import svg


def picture(one: Picture, *, alone: bool) -> str:
    """One that stands ``alone`` in a file brings its colours along."""
    return svg(one, alone=alone) if isinstance(one, ReportPlot) else interval_svg(one, alone=alone)
