#!/usr/bin/env python3
"""Writes `texts/keys.json`: material of real keys, primes included, so that generated DKIM records hold real keys.

    python3 models/train/keys.py        (needs `cryptography`, which requirements/train.in names)

Primes of RSA keys of 512, 1024 and 2048 bits: the product of any two is the modulus of an RSA key that could have been
made, so a few primes give thousands of keys. Ed25519: whole public keys. They are public and guard nothing.
"""

import base64
import json
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

PAIRS, ED25519 = 32, 128


def primes(bits):
    numbers = [rsa.generate_private_key(65537, bits).private_numbers() for _ in range(PAIRS)]
    return [format(prime, "x") for one in numbers for prime in (one.p, one.q)]


def small_primes(bits):
    """Primes that no library makes any more: keys of 512 bits are still published."""
    found = []
    while len(found) < 2 * PAIRS:
        n = secrets.randbits(bits) | 3 << bits - 2 | 1
        if all(pow(base, n - 1, n) == 1 for base in (2, 3, 5, 7, 11, 13, 17)):
            found.append(format(n, "x"))
    return found


keys = {
    "rsa512": small_primes(256),
    "rsa1024": primes(1024),
    "rsa2048": primes(2048),
    "ed25519": [
        base64.b64encode(ed25519.Ed25519PrivateKey.generate().public_key().public_bytes_raw()).decode()
        for _ in range(ED25519)
    ],
}
path = Path(__file__).parent / "texts" / "keys.json"
path.write_text(json.dumps(keys, indent=0) + "\n")
print(f"{path}: {path.stat().st_size:,} bytes")
