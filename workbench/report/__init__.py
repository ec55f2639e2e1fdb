"""A comparison as a document: what is on the screen, as one file of HTML or as Markdown with pictures.

`request` says what is wanted, `assemble` reads it from the history, `html` and `markdown` write it.
"""
