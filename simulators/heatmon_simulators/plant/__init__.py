"""Pure physics of the station: no clock, no files, no sockets, no global randomness."""
