"""Reads that join or count for a page."""
