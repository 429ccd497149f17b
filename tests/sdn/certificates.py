# SPDX-License-Identifier: GPL-2.0
"""Certificates that a domain's peers must refuse, and what a peer shows and says."""

import contextlib
import socket
import ssl

from command import run
from domain import ID

PATIENCE_S = 60.0
URI = "ashlar://{}/{}/{}"


class Authority:
    """Who signs: the domain's own, or one that calls itself the same."""

    def __init__(self, directory, ca=None):
        self.dir = directory
        self.cert, self.key = f"{directory}/other-ca.crt", f"{directory}/other-ca.key"
        if ca:
            self.cert, self.key = ca
            return
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN=Ashlar domain {ID}",
            "-days", 10, "-keyout", self.key, "-out", self.cert)

    def sign(self, name, uri, days=1):
        """(certificate, key) of files"""
        key, request, cert = (f"{self.dir}/{name}.{end}" for end in ("key", "csr", "crt"))
        run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-subj", "/CN=peer", "-keyout", key, "-out", request)
        run("openssl", "x509", "-req", "-in", request, "-CA", self.cert, "-CAkey",
            self.key, "-CAcreateserial", "-days", days, "-extfile", "-", "-out", cert,
            text=f"subjectAltName = URI:{uri}\n")
        return cert, key


def shown(address, port, identity):
    """The certificate that a peer shows to who has an identity."""
    with connected(address, port, identity) as sock:
        return sock.getpeercert(binary_form=True)


@contextlib.contextmanager
def connected(address, port, identity):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    if identity:
        context.load_cert_chain(*identity)
    with socket.create_connection((address, port), PATIENCE_S) as plain:
        with context.wrap_socket(plain) as sock:
            yield sock


def refused(address, port, identity):
    """The peer ends the connection: with an alert, or without a word."""
    try:
        with connected(address, port, identity) as sock:
            sock.sendall(b"\0\0\0\1x")
            return not sock.recv(1)
    except TimeoutError:
        return False
    except OSError:
        return True
