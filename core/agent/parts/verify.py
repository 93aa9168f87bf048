# RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, section 8.2.2). Arguments: modulus and exponent in hex, text, signature in base64.
# The whole encoded message (section 9.2) is made anew and compared: nothing of a foreign padding is ever read.
import base64, hashlib, signal, sys

signal.alarm(12)
modulus, exponent, text, given = sys.argv[1:]
n, e = int(modulus, 16), int(exponent, 16)
size = (n.bit_length() + 7) // 8
signature = base64.b64decode(given, validate=True)
s = int.from_bytes(signature, "big")
digest = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(text.encode()).digest()
encoded = b"\0\1" + b"\xff" * (size - 3 - len(digest)) + b"\0" + digest
# Only the one way to write these bytes in base64 counts.
plain = base64.b64encode(signature).decode() == given
good = plain and len(signature) == size and s < n and pow(s, e, n).to_bytes(size, "big") == encoded
sys.exit(0 if good else 1)
