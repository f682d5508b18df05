"""What places cost and who pays, computed from the stay register; see `flexsim.economics.money`."""
