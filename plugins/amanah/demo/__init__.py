"""The demonstration: a synthetic corridor, two ministries, the services they need, all on one machine."""
