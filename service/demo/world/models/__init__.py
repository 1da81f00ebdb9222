"""The metrics of each AWS namespace, as pure functions of a scene and time."""
