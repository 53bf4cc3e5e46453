"""A chart as PowerPoint's own: its numbers can be edited, its intervals are error bars, its description is set."""

from __future__ import annotations

import itertools
import math
from typing import Any

from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_MARKER_STYLE, XL_TICK_LABEL_POSITION
from pptx.enum.dml import MSO_LINE
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Inches, Pt

from cxlib.exports.charts import Chart, Series

KINDS = {"bar": XL_CHART_TYPE.BAR_CLUSTERED, "column": XL_CHART_TYPE.COLUMN_CLUSTERED, "line": XL_CHART_TYPE.LINE}
PALETTE = ("0B3D66", "0072B2", "B8540A", "7A1F14")
QUIET, ACCENT, TEXT = "8B8F98", "B8540A", RGBColor(34, 34, 34)
Box = tuple[float, float, float, float]  # left, top, width, height in inches


def draw(slide: Any, chart: Chart, box: Box) -> None:
    """Draw a chart on a slide."""
    data = CategoryChartData(number_format=chart.code)
    data.categories = list(chart.categories)
    for series in chart.series:
        data.add_series(series.name, series.values)
    frame = slide.shapes.add_chart(KINDS[chart.kind], *map(Inches, box), data)
    frame._element.xpath(".//p:cNvPr")[0].set("descr", chart.alt)
    drawn = frame.chart
    drawn.font.size, drawn.font.name, drawn.font.color.rgb = Pt(12), "Calibri", TEXT
    drawn.has_title = True
    drawn.chart_title.text_frame.text = chart.title
    run = drawn.chart_title.text_frame.paragraphs[0].runs[0]
    run.font.size, run.font.bold = Pt(13), True
    drawn.has_legend = len(chart.series) > 1
    if drawn.has_legend:
        drawn.legend.position, drawn.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    _axes(drawn, chart)
    _paint(drawn, chart)


def _axes(drawn: Any, chart: Chart) -> None:
    """Axes in grey; bars from the top down; as many names as there is room for."""
    value, category = drawn.value_axis, drawn.category_axis
    value.major_gridlines.format.line.color.rgb = RGBColor.from_string("DDDDDD")
    value.format.line.fill.background()
    _ends(value, chart)
    value.tick_labels.number_format, value.tick_labels.number_format_is_linked = chart.code, False
    category.format.line.color.rgb = RGBColor.from_string(QUIET)
    category.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    if chart.kind == "bar":
        category.reverse_order = True
        value.tick_label_position = XL_TICK_LABEL_POSITION.HIGH
    every = len(chart.categories) // 8 + 1
    if chart.kind == "line" and every > 1:
        for tag in ("tickLblSkip", "tickMarkSkip"):
            category._element.find(qn("c:noMultiLvlLbl")).addprevious(_xml(f'<c:{tag} {{}} val="{every}"/>'))


def _ends(value: Any, chart: Chart) -> None:
    """Bars begin at zero; the axis reaches beyond every interval, and a share never beyond the whole."""
    told = [x for one in chart.series for x in (*one.values, *one.high, *one.low) if x is not None]
    if chart.kind == "line" or not told or min(told) < 0:
        return
    step = 10 ** math.floor(math.log10(max(told))) / 2 if max(told) > 0 else 1.0
    top = math.ceil(max(told) / step + 1e-9) * step
    value.minimum_scale, value.maximum_scale = 0, min(top, 1.0) if chart.code == "0%" and max(told) <= 1 else top


def _paint(drawn: Any, chart: Chart) -> None:
    """Colours, labels and intervals."""
    plot, colours = drawn.plots[0], itertools.cycle(PALETTE)
    if chart.kind != "line":
        plot.gap_width = 60
        plot.overlap = 0 if len(chart.series) > 1 else 100
    for given, shown in zip(chart.series, plot.series, strict=True):
        colour = RGBColor.from_string(QUIET if given.quiet else next(colours))
        if chart.kind == "line":
            _line(shown, given, colour)
            continue
        _fill(shown, colour)
        for place in chart.marked if not given.quiet else ():
            _fill(shown.points[place], RGBColor.from_string(ACCENT))
        if given.low:
            _intervals(shown, given)
        else:
            _labels(shown, chart)


def _line(shown: Any, given: Series, colour: RGBColor) -> None:
    """A line without marks: thick, or thin and dashed."""
    line = shown.format.line
    shown.smooth = False
    line.color.rgb, line.width = colour, Pt(1.25 if given.quiet else 2.5)
    line.dash_style = MSO_LINE.DASH if given.quiet else None
    shown.marker.style = XL_MARKER_STYLE.NONE


def _fill(shown: Any, colour: RGBColor) -> None:
    shown.format.fill.solid()
    shown.format.fill.fore_color.rgb = colour


def _labels(shown: Any, chart: Chart) -> None:
    """The value at the end of each bar; where there are intervals, the axis tells it."""
    labels = shown.data_labels
    labels.show_value, labels.number_format, labels.number_format_is_linked = True, chart.code, False
    labels.font.size = Pt(11)


def _intervals(shown: Any, given: Series) -> None:
    """Intervals as error bars with their own lengths; python-pptx has no call for them."""
    bars = _xml(
        '<c:errBars {}><c:errBarType val="both"/><c:errValType val="cust"/><c:noEndCap val="0"/>'
        f"<c:plus>{_lengths(given, given.high, 1)}</c:plus><c:minus>{_lengths(given, given.low, -1)}</c:minus>"
        '<c:spPr><a:ln w="15875"><a:solidFill><a:srgbClr val="222222"/></a:solidFill></a:ln></c:spPr></c:errBars>'
    )
    first = next(child for child in shown._element if child.tag in (qn("c:cat"), qn("c:val")))
    first.addprevious(bars)


def _lengths(given: Series, ends: tuple[float | None, ...], sign: int) -> str:
    """How far each interval reaches above (1) or below (−1) its value; 0 where it is not known."""
    pairs = zip(given.values, ends, strict=True)
    lengths = [0.0 if end is None or middle is None else max(0.0, sign * (end - middle)) for middle, end in pairs]
    points = "".join(f'<c:pt idx="{place}"><c:v>{length!r}</c:v></c:pt>' for place, length in enumerate(lengths))
    return f'<c:numLit><c:formatCode>General</c:formatCode><c:ptCount val="{len(lengths)}"/>{points}</c:numLit>'


def _xml(text: str) -> Any:
    """An element of a chart; {} is where its namespaces are declared."""
    return parse_xml(text.replace("{}", nsdecls("c", "a"), 1))
