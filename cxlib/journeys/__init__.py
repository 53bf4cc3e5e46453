"""Contacts as journeys: passages through the funnel, times to the next step, paths over channels."""
