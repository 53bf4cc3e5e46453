"""A chart as PowerPoint's own: its numbers can be edited, its intervals are error bars, its description is set."""

from __future__ import annotations

import math
from typing import Any

from lxml import etree
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION
from pptx.enum.dml import MSO_LINE
from pptx.util import Inches, Pt

from cxlib.exports.charts import Chart, Series

KINDS = {"bar": XL_CHART_TYPE.BAR_CLUSTERED, "column": XL_CHART_TYPE.COLUMN_CLUSTERED, "line": XL_CHART_TYPE.LINE}
PALETTE = ("0B3D66", "0072B2", "B8540A", "7A1F14")
QUIET, ACCENT, TEXT = "8B8F98", "B8540A", RGBColor(34, 34, 34)
_C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"


def draw(slide: Any, chart: Chart, box: tuple[float, float, float, float]) -> None:
    """Draw a chart on a slide, in a box of inches (left, top, width, height)."""
    data = CategoryChartData(number_format=chart.code)
    data.categories = list(chart.categories)
    for series in chart.series:
        data.add_series(series.name, series.values)
    frame = slide.shapes.add_chart(KINDS[chart.kind], *(Inches(n) for n in box), data)
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
            step = etree.SubElement(category._element, f"{{{_C}}}{tag}")
            step.set("val", str(every))
            after = category._element.find(f"{{{_C}}}noMultiLvlLbl")
            if after is not None:
                after.addprevious(step)


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
    plot, loud = drawn.plots[0], 0
    if chart.kind != "line":
        plot.gap_width = 60
        plot.overlap = 0 if len(chart.series) > 1 else 100
    for given, shown in zip(chart.series, plot.series, strict=True):
        color = RGBColor.from_string(QUIET if given.quiet else PALETTE[loud % len(PALETTE)])
        loud += not given.quiet
        if chart.kind == "line":
            shown.smooth = False
            shown.format.line.color.rgb, shown.format.line.width = color, Pt(1.25 if given.quiet else 2.5)
            shown.format.line.dash_style = MSO_LINE.DASH if given.quiet else None
            _no_marker(shown)
            continue
        shown.format.fill.solid()
        shown.format.fill.fore_color.rgb = color
        for place in chart.marked if not given.quiet else ():
            shown.points[place].format.fill.solid()
            shown.points[place].format.fill.fore_color.rgb = RGBColor.from_string(ACCENT)
        if given.low:
            _intervals(shown, given)
        else:
            _labels(shown, chart)


def _labels(shown: Any, chart: Chart) -> None:
    """The value at the end of each bar; where there are intervals, the axis tells it."""
    labels = shown.data_labels
    labels.show_value, labels.number_format, labels.number_format_is_linked = True, chart.code, False
    labels.font.size = Pt(11)


def _no_marker(shown: Any) -> None:
    marker = shown._element.get_or_add_marker()
    for child in list(marker):
        marker.remove(child)
    etree.SubElement(marker, f"{{{_C}}}symbol").set("val", "none")


def _intervals(shown: Any, given: Series) -> None:
    """Intervals as error bars with their own lengths; python-pptx has no call for them."""
    bars = etree.Element(f"{{{_C}}}errBars")
    for tag, value in (("errBarType", "both"), ("errValType", "cust"), ("noEndCap", "0")):
        etree.SubElement(bars, f"{{{_C}}}{tag}").set("val", value)
    for tag, ends, sign in (("plus", given.high, 1), ("minus", given.low, -1)):
        points = etree.SubElement(etree.SubElement(bars, f"{{{_C}}}{tag}"), f"{{{_C}}}numLit")
        etree.SubElement(points, f"{{{_C}}}formatCode").text = "General"
        etree.SubElement(points, f"{{{_C}}}ptCount").set("val", str(len(ends)))
        for place, (middle, end) in enumerate(zip(given.values, ends, strict=True)):
            length = max(0.0, sign * (end - middle)) if end is not None and middle is not None else 0.0
            point = etree.SubElement(points, f"{{{_C}}}pt", idx=str(place))
            etree.SubElement(point, f"{{{_C}}}v").text = repr(length)
    line = etree.SubElement(etree.SubElement(bars, f"{{{_C}}}spPr"), f"{{{_A}}}ln", w="15875")
    etree.SubElement(etree.SubElement(line, f"{{{_A}}}solidFill"), f"{{{_A}}}srgbClr", val="222222")
    first = next(child for child in shown._element if child.tag in (f"{{{_C}}}cat", f"{{{_C}}}val"))
    first.addprevious(bars)
