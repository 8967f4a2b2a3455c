"""The inbox: the public intake, and the moderators' desk."""
