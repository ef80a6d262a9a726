"""The verbs this package adds to the command line: `heatmon sim`, `heatmon rehearse` and `heatmon demo`."""
