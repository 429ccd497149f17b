#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""turns.py MOUNT PLAIN SEED COUNT ACTOR...: actors take turns with the same files.

An ACTOR is NAME=COMMAND, one of tests/static/actor.* with what it needs before it.  Each
of COUNT operations is chosen by SEED, done by one of them on MOUNT, and by a plain actor
(the last ACTOR) on PLAIN, an ordinary directory; the answers must be equal.  After each
one the file it was about is read by all, through an open file of their own where they
have one: all must see what the plain actor sees.
"""
import os
import random
import subprocess
import sys

NAMES = ['a', 'b', 'c', 'd']
FLAGS = [os.O_RDWR, os.O_RDWR | os.O_CREAT, os.O_RDWR | os.O_APPEND, os.O_RDONLY,
         os.O_RDWR | os.O_CREAT | os.O_TRUNC]


class Actor:
    """A process that does as it is told."""

    def __init__(self, name, command, directory):
        self.name = name
        self.process = subprocess.Popen(command.split() + [directory], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.held = None

    def do(self, line):
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit('FAIL %s died at: %s' % (self.name, line))
        return answer.rstrip('\n')

    def end(self):
        self.process.stdin.close()
        return self.process.wait()


def text(rng):
    return ''.join(rng.choice('abcdefgh') for _ in range(rng.randrange(1, 40)))


def choose(rng, actor):
    """An operation, and the name that it is about."""
    name = rng.choice(NAMES)
    kind = rng.randrange(17)
    if actor.held is None or kind < 2:
        if kind < 9:
            actor.held = name
            return 'open %s %d' % (name, rng.choice(FLAGS)), name
        return rng.choice([('put %s %s' % (name, text(rng)), name),
                           ('get ' + name, name), ('unlink ' + name, name),
                           ('rename %s %s' % (name, rng.choice(NAMES)), name),
                           ('mkdir ' + name, name), ('rmdir ' + name, name)])
    if kind >= 13:
        return rng.choice([('put %s %s' % (name, text(rng)), name), ('get ' + name, name),
                           ('unlink ' + name, name),
                           ('rename %s %s' % (name, rng.choice(NAMES)), name)])
    return rng.choice(['read %d' % rng.randrange(50), 'write ' + text(rng),
                       'pread %d %d' % (rng.randrange(50), rng.randrange(100)),
                       'pwrite %s %d' % (text(rng), rng.randrange(100)),
                       'seek %d %d' % (rng.randrange(60), rng.randrange(3)), 'size',
                       'truncate %d' % rng.randrange(120)]), actor.held


def main(mount, plain, seed, count, *specs):
    rng = random.Random(int(seed))
    specs = [spec.split('=', 1) for spec in specs]
    actors = [Actor(name, command, mount) for name, command in specs]
    # Each has a twin on the ordinary directory, with the same open file.
    twins = [Actor('plain ' + name, specs[-1][1], plain) for name, _ in specs]
    wrong = 0
    for step in range(int(count)):
        k = rng.randrange(len(actors))
        line, name = choose(rng, actors[k])
        got, want = actors[k].do(line), twins[k].do(line)
        seen = {actor.name: actor.do('get ' + name) for actor in actors}
        true = twins[0].do('get ' + name)
        sizes = [(actor.name, actor.do('size'), twin.do('size'))
                 for actor, twin in zip(actors, twins) if actor.held]
        bad = [other for other, content in seen.items() if content != true]
        bad += [other for other, size, right in sizes if size != right]
        if got != want or bad:
            wrong += 1
            print('FAIL step %d, %s: %s: got %r, want %r; others wrong: %s'
                  % (step, actors[k].name, line, got, want, bad))
            if wrong > 5:
                break
    ends = [actor.end() for actor in actors + twins]
    good = not wrong and not any(ends) and int(count) > 0
    print('%d operations by %s, seed %s, ends %s' % (int(count), ' '.join(
        actor.name for actor in actors), seed, ends))
    print('%d passed, %d failed' % (int(count) - wrong, wrong))
    return 0 if good else 1


if __name__ == '__main__':
    if len(sys.argv) < 6:
        raise SystemExit(__doc__)
    sys.exit(main(*sys.argv[1:]))
