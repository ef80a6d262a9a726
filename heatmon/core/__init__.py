"""The pure core: no waiting, no files, no clock, no chance. Time is an argument."""
