"""A receiver of Scoreline's webhooks. Needs Python 3.9 or later and nothing else:

    WEBHOOK_SECRET=whsec_... python3 webhook_receiver.py
"""

import base64
import hashlib
import hmac
import json
import os
import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = int(os.environ.get("PORT", "9000"))
KEY = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"), validate=True)
TOLERANCE_SECONDS = 300
BODY_BYTES_MAX = 1024 * 1024

# Ids that were taken. Yours belong in a database, beside what you make of the events.
seen = set()
seen_lock = threading.Lock()
events = queue.Queue()


class Receiver(BaseHTTPRequestHandler):
    timeout = 15

    def do_POST(self):
        self.send_response(self.take())
        self.send_header("content-length", "0")
        self.end_headers()

    def take(self):
        length = int(self.headers.get("content-length", "-1"))
        if not 0 <= length <= BODY_BYTES_MAX:
            return 413
        # The raw bytes: JSON that is parsed and written again may differ from what was signed.
        body = self.rfile.read(length)
        webhook_id = self.headers.get("webhook-id", "")
        if not is_signed(self.headers, webhook_id, body):
            return 401
        # The same event may come again, for instance when our answer was lost.
        with seen_lock:
            if webhook_id in seen:
                return 204
            seen.add(webhook_id)
        # Answer first: what takes long is done afterwards, by another thread.
        events.put(body)
        return 204


def is_signed(headers, webhook_id, body):
    timestamp = headers.get("webhook-timestamp", "")
    if not webhook_id or not timestamp.isdecimal():
        return False
    if abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    digest = hmac.new(KEY, signed, hashlib.sha256).digest()
    expected = b"v1," + base64.b64encode(digest)
    # There are several while secrets are exchanged.
    given = headers.get("webhook-signature", "").encode().split(b" ")
    return any(hmac.compare_digest(one, expected) for one in given)


def work():
    while True:
        event = json.loads(events.get())
        print(event["type"], event["data"]["id"], flush=True)


if __name__ == "__main__":
    threading.Thread(target=work, daemon=True).start()
    server = ThreadingHTTPServer(("127.0.0.1", PORT), Receiver)
    print("listening on", server.server_port, flush=True)
    server.serve_forever()
