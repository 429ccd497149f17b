#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""vectors.py VECTOR.H FILE... > OUT.C: vectors as one C array.

Kernel modules cannot read tests/vectors: this turns stanzas into what
vector_run() takes.  VECTOR.H says which kinds, keys and words there are; keys
that are not there are left out, a kind or word that is not there is an error.
Nothing that it makes is committed.
"""

import os
import re
import sys


def tables(path):
    """{"KINDS": {word: constant}, "KEYS": {word: (constant, type)}, ...}"""
    text = open(path, encoding="ascii").read()
    found = {}
    for name in ("KINDS", "KEYS", "EXPECTS"):
        table = re.search(rf"#define VECTOR_{name}\(X\)(.*?[^\\])\n", text,
                          re.DOTALL)
        rows = re.findall(r'X\((\w+), "([\w-]+)"(?:, (\w+))?\)', table[1])
        found[name] = {word: (constant, more)
                       for constant, word, more in rows}
    return found


def stanzas(path):
    """Yield (line number, [(key, value)...]) for each stanza of a file."""
    first, pairs = 0, []
    with open(path, encoding="ascii") as f:
        for n, line in enumerate(f, 1):
            line = line.strip()
            if line.startswith("#"):
                continue
            if line:
                key, equals, value = line.partition("=")
                if not equals:
                    sys.exit(f"{path}:{n}: no key = value")
                first = first or n
                pairs.append((key.strip(), value.strip()))
            elif pairs:
                yield first, pairs
                first, pairs = 0, []
    if pairs:
        yield first, pairs


def field(know, where, key, value):
    """One initializer of struct vector_field."""
    constant, kind = know["KEYS"][key]
    if kind == "NUMBER":
        return f"{{ VECTOR_KEY_{constant}, {int(value, 10)}, NULL }}"
    if kind == "WORD":
        if value not in know["EXPECTS"]:
            sys.exit(f"{where}: unknown word {value}")
        word = know["EXPECTS"][value][0]
        return f"{{ VECTOR_KEY_{constant}, VECTOR_EXPECT_{word}, NULL }}"
    data = bytes.fromhex(value)
    text = "".join(f"\\x{b:02x}" for b in data)
    return (f"{{ VECTOR_KEY_{constant}, {len(data)}, "
            f'(const uint8_t *)"{text}" }}')


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: vectors.py VECTOR.H FILE...")
    know = tables(sys.argv[1])
    vectors, fields = [], []
    for where, pairs in ((f"{os.path.basename(path)}:{line}", pairs)
                         for path in sorted(sys.argv[2:])
                         for line, pairs in stanzas(path)):
        test, kind = pairs[0]
        if test != "test" or kind not in know["KINDS"]:
            sys.exit(f"{where}: a stanza starts with a test that is known")
        own = [field(know, where, k, v) for k, v in pairs if k in know["KEYS"]]
        vectors.append(f'{{ "{where}", VECTOR_KIND_{know["KINDS"][kind][0]}, '
                       f"{len(own)}, fields + {len(fields)} }}")
        fields += own
    if not vectors:
        sys.exit("vectors.py: no stanza in these files")
    print("/* SPDX-License-Identifier: GPL-2.0 */\n"
          "/* Made by vectors.py from tests/vectors: do not edit. */\n"
          '#include "vectors.h"\n')
    print("static const struct vector_field fields[] = {\n\t",
          ",\n\t".join(fields), ",\n};\n", sep="")
    print("const struct vector vectors[] = {\n\t", ",\n\t".join(vectors),
          ",\n};\n", sep="")
    print(f"const unsigned int vectors_nr = {len(vectors)};")


if __name__ == "__main__":
    main()
