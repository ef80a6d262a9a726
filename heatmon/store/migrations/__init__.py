"""Numbered SQL, one folder a kind of database; a published file is never edited."""
