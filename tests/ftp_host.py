"""An FTP host that refuses whatever is not encrypted, as a program of its own.

python ftp_host.py PORT FOLDER CERTIFICATE KEY USER PASSWORD
"""

from __future__ import annotations

import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import TLS_FTPHandler
from pyftpdlib.servers import ThreadedFTPServer

_, port, folder, certificate, key, user, password = sys.argv
TLS_FTPHandler.authorizer = DummyAuthorizer()
TLS_FTPHandler.authorizer.add_user(user, password, folder, perm="elradfmwMT")
TLS_FTPHandler.certfile, TLS_FTPHandler.keyfile = certificate, key
TLS_FTPHandler.tls_control_required = TLS_FTPHandler.tls_data_required = True
TLS_FTPHandler.auth_failed_timeout = 0
ThreadedFTPServer(("127.0.0.1", int(port)), TLS_FTPHandler).serve_forever(timeout=0.05)
