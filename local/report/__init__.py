"""The report: a page that shows anomalies to people, in one HTML file without network."""

from local.report.data import Line, Planted, ReportData
from local.report.figures import drawn_keys
from local.report.page import write_report

__all__ = ["Line", "Planted", "ReportData", "drawn_keys", "write_report"]
