"""An object store for a DiracX of the tests, as much of S3 as it uses: object-store.py PORT FOLDER. Signatures are not looked at."""
import base64
import hashlib
import http.server
import os
import pathlib
import sys
import urllib.parse

PORT, FOLDER = int(sys.argv[1]), pathlib.Path(sys.argv[2])


class Store(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def file_of(self, key):
        return FOLDER / hashlib.sha256(key.encode()).hexdigest()

    def key(self):
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        return path.strip("/").partition("/")[2]

    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self):
        self.answer(200 if self.key() == "" or self.file_of(self.key()).exists() else 404)

    def do_GET(self):
        file = self.file_of(self.key())
        if self.headers.get("Authorization") or "X-Amz-Signature" not in self.path:
            self.answer(403, b"AccessDenied")
        elif file.exists():
            self.answer(200, file.read_bytes())
        else:
            self.answer(404, b"NoSuchKey")

    def do_POST(self):
        fields = self.form(self.rfile.read(int(self.headers["Content-Length"])))
        wanted = fields.get("x-amz-checksum-sha256", b"").decode()
        if base64.b64encode(hashlib.sha256(fields["file"]).digest()).decode() != wanted:
            self.answer(400, b"BadDigest")
            return
        draft = FOLDER / f"draft-{os.urandom(8).hex()}"
        draft.write_bytes(fields["file"])
        draft.rename(self.file_of(fields["key"].decode()))
        self.answer(204)

    def form(self, body):
        boundary = self.headers["Content-Type"].partition("boundary=")[2].strip('"').encode()
        fields = {}
        for part in body.split(b"--" + boundary)[1:-1]:
            head, _, content = part.partition(b"\r\n\r\n")
            name = head.partition(b'name="')[2].partition(b'"')[0].decode()
            fields[name] = content[:-2]
        return fields


http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Store).serve_forever()
