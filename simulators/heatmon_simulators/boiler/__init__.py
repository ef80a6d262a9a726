"""Physics of a gas-fired hot-water boiler room, pure: boilers, burners, common header, distribution loop."""
