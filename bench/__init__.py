"""How fast pages are, as ratios against bare Django doing the least that such a page must do.

`make bench` starts its own PostgreSQL, fills it, serves the floors and the portal in turn with
the same web server, and writes docs/performance.md. Figures of two machines, or of two runs,
are not compared; a floor and an operation of one run are.
"""
