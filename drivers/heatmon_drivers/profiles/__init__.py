"""Device profiles: what is publicly known of devices in heating plants, as data. See `heatmon.profiles`."""
