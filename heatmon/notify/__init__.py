"""Telling people: one outward path. It reads the journal by a cursor and never slows what is upstream."""
