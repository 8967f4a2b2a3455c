"""The desk: where moderators read what waits, and decide. Each decision is a commit in the moderator's name."""
