"""What a small machine is given to run for one consultation: programs, who keeps them running, and its web server."""
