"""From a spreadsheet to agencies: read, normalise, match, look, decide. `services/imports.py`
writes. Everything here but `existing` is pure."""
