"""A simulated heat-exchange station: plant physics, sensors, register map and Modbus servers of our own."""
