"""The demo: one invented state office, lived through day by day with the product's own services.

Only the names of departments are real (data/dotgov-colorado.csv, an excerpt of the public domain
list of .gov domains; others are written like them). Every person, sentence and figure is invented.
"""
