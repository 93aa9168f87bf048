# One request. Arguments: method, address, user agent, file for the answer, signature, file of the body.
import signal, sys, urllib.request as u

signal.alarm(12)
method, address, name, answer_file, signature, body_file = sys.argv[1:]
headers, body = {"user-agent": name}, None
if method == "POST":
    headers.update({"content-type": "application/json", "x-ssc-signature": signature})
    with open(body_file, "rb") as file:
        body = file.read()
# Without the handlers for errors and redirections every status is an answer, and none is followed.
opener = u.OpenerDirector()
for handler in ("ProxyHandler", "HTTPHandler", "HTTPSHandler"):
    if hasattr(u, handler):
        opener.add_handler(getattr(u, handler)())
answer = opener.open(u.Request(address, body, headers, method=method), timeout=10)
print(answer.getcode(), flush=True)
with open(answer_file, "wb") as file:
    file.write(answer.read(8192))
