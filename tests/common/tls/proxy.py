"""A PostgreSQL server's door with TLS: `python proxy.py PORT` prints the port of its own.

What comes in encrypted goes on to 127.0.0.1:PORT in the clear, as behind the doors that hosts of
databases put before theirs. A client that does not ask for encryption is turned away. It ends with
its standard input.
"""

import os
import select
import socket
import ssl
import sys
import threading

SSL_REQUEST = bytes([0, 0, 0, 8, 4, 210, 22, 47])
HERE = os.path.dirname(os.path.abspath(__file__))


def relay(client, server):
    others = {client: server, server: client}
    while True:
        # What TLS has decrypted already is not seen by select.
        ready = [client] if client.pending() else select.select([client, server], [], [])[0]
        for side in ready:
            data = side.recv(65536)
            if not data:
                return
            others[side].sendall(data)


def serve(connection, context, port):
    with connection:
        try:
            if connection.recv(8, socket.MSG_WAITALL) != SSL_REQUEST:
                return
            connection.sendall(b"S")
            with context.wrap_socket(connection, server_side=True) as client:
                with socket.create_connection(("127.0.0.1", port)) as server:
                    relay(client, server)
        except OSError:
            pass  # a client that does not trust the certificate goes away


def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(HERE, "server.pem"), os.path.join(HERE, "server.key"))
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)

    def accept():
        while True:
            connection, _ = listener.accept()
            arguments = (connection, context, int(sys.argv[1]))
            threading.Thread(target=serve, args=arguments, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()


main()
