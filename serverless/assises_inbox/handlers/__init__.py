"""What a function host calls: each handler turns its platform's way of calling into the intake's WSGI, no more."""
