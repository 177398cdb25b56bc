"""What tests of more than one folder share as fixtures."""

pytest_plugins = ["tests.kafka.fixtures"]
