"""An OPC UA server in front of a plant, and a proxy that brings the faults of the wire."""
