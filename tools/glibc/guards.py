#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""guards.py LIBC UAPI-HEADER: is every system call of the list offered?
guards.py --list LIBC: print the list.
guards.py --text LIBC START SIZE: is all code that enters the kernel in there?

Reads the machine code of a C library.  For each `syscall` instruction all ways
on which its number can have got into %eax are followed backwards.  Where that
number is guarded,
 - every way from the beginning of the function must have asked __defuse_hook,
 - and, if the kernel may redirect it, the result must be compared with the
   marker.
The list of guarded numbers is the table that syscall() uses; it must hold all
that UAPI-HEADER calls redirected.  Prints what is wrong, one a line, and last
the number of sites that are right; exit code 1 if something is wrong.
"""
import re
import struct
import subprocess
import sys
from collections import namedtuple

Insn = namedtuple('Insn', 'addr op args func')

# A system call that is on the list and need not be offered: function, name.
EXCEPTIONS = {
    ('__libc_message', 'writev'): 'last words of a process that aborts',
    ('complain', 'writev'): 'there is no core library; thread is undeclared',
    ('is_root_only', 'newfstatat'): 'before there is a core library',
    ('posix_madvise', 'madvise'): 'gives no advice that changes anything',
    ('__netlink_close', 'close'): 'a socket that the caller made',
    ('__netlink_open', 'close'): 'the same',
    ('getifaddrs_internal', 'close'): 'the same',
}
# Functions of libc.a that need not offer anything.
STATIC_FUNCTIONS = {
    '__libc_setup_tls': 'before the program is declared',
    '_dl_early_allocate': 'the same',
    '__tunables_init': 'the same',
    '_dl_get_origin': 'a link of /proc',
    '_dl_debug_vdprintf': 'messages of dlopen',
    '_dl_write': 'the same',
    '__defuse_island_start': 'before there is a core library',
    '__defuse_map': 'the same',
    '__defuse_unmap': 'the same',
    'map': 'the same',
    'map_open': 'the same',
    'map_segment': 'the same',
    'rehearsal_child': 'in a child without a core library',
    '__defuse_switch_start': 'in a thread without a core library',
}
# Functions that enter the kernel with a number that only they know.
VARIABLE = {
    'raw': 'the way into the kernel that the core library uses',
    '__defuse_syscall': 'after the core library was asked',
    '__defuse_syscall_cancel': 'after the core library was asked',
    'undeclared': 'after the marker',
    '__defuse_upcall': 'after the marker',
    'upcall': 'after the marker',
    'syscall': 'checked against the table at run time',
    '__nptl_setxid': 'setuid and the like, in all threads',
    '__nptl_setxid_sighandler': 'the same',
    'setxid_signal_handler': 'the same',
    '__thread_gscope_wait': 'futex, from a register that outlives a call',
}
# Lies in a section for what is rarely run, and calls nothing that is guarded.
APART = ('abort',)
HOOK = '<__defuse_hook>'
MARKER = '$0xffffffffffffffb1'
JUMP = re.compile(r'j[a-z]+$')
# Instructions whose last operand stays, and registers that outlive a call.
READS = ('cmp', 'test', 'push', 'bt', 'j')
KEPT = ('bx', 'bp', '12', '13', '14', '15')


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE,
                          text=True).stdout


def register(name):
    """One name for a register of any width, or None."""
    match = re.match(r'%(?:[er]?(ax|bx|cx|dx|si|di|bp|sp)|r(\d+)[dwb]?)$', name)
    return match and (match.group(1) or match.group(2))


def disassemble(path):
    """All instructions in order."""
    insns = []
    func = None
    for line in run('objdump', '-d', '--no-show-raw-insn', path).splitlines():
        head = re.match(r'[0-9a-f]+ <([^>]+)>:$', line)
        if head:
            func = head.group(1)
            continue
        code = re.match(r'\s+([0-9a-f]+):\t(.*)$', line)
        if not code:
            continue
        text = re.sub(r'^((notrack|bnd|lock|rep[nz]*|cs|ds|data16) )+', '',
                      code.group(2))
        op, _, args = text.partition(' ')
        insns.append(Insn(int(code.group(1), 16), op, args.strip(), func))
    return insns


class Code:
    """Instructions with the edges between them."""

    def __init__(self, insns):
        self.insns = insns
        self.index = {insn.addr: i for i, insn in enumerate(insns)}
        self.before = [[] for _ in insns]
        self.after = [[] for _ in insns]
        for i, insn in enumerate(insns):
            if JUMP.match(insn.op):
                to = re.match(r'([0-9a-f]+) <', insn.args)
                if to and int(to.group(1), 16) in self.index:
                    self.edge(i, self.index[int(to.group(1), 16)])
            # Padding between functions belongs to nobody.
            if insn.op not in ('jmp', 'ret', 'hlt', 'ud2') and \
               i + 1 < len(insns) and insns[i + 1].func == insn.func:
                self.edge(i, i + 1)

    def edge(self, source, target):
        self.after[source].append(target)
        self.before[target].append(source)

    def numbers(self, site):
        """The values %eax can have at a syscall instruction; None: unknown."""
        found = set()
        todo, seen = [(i, 'ax') for i in self.before[site]], set()
        while todo:
            i, reg = todo.pop()
            if (i, reg) in seen:
                continue
            seen.add((i, reg))
            insn = self.insns[i]
            source, _, target = insn.args.rpartition(',')
            lost = insn.op == 'syscall' and reg in ('ax', 'cx', '11') or \
                insn.op == 'call' and reg not in KEPT
            if not lost and (insn.op.startswith(READS) or
                             register(target) != reg):
                todo += [(j, reg) for j in self.before[i]]
                if not self.before[i] and not self.dead(i):
                    found.add(None)
                continue
            value = re.match(r'\$0x([0-9a-f]+)$', source)
            if lost:
                found.add(None)
            elif insn.op == 'mov' and value:
                found.add(int(value.group(1), 16))
            elif insn.op == 'xor' and source == target:
                found.add(0)
            elif insn.op == 'mov' and register(source):
                todo += [(j, register(source)) for j in self.before[i]]
            else:
                found.add(None)
        return found

    def dead(self, i):
        """Is it padding that nothing jumps to?"""
        return not self.before[i] and \
            ('nop' in self.insns[i].op + self.insns[i].args or
             self.insns[i].args == '%ax,%ax')

    def asked(self, site):
        """Does every way to a site pass a look at __defuse_hook?"""
        todo, seen = [site], set()
        while todo:
            i = todo.pop()
            if i in seen:
                continue
            seen.add(i)
            if HOOK in self.insns[i].args:
                continue
            if not self.before[i] and not self.dead(i):
                return False
            todo += self.before[i]
        return True

    def marker(self, site):
        """Is the result compared with the marker soon after?"""
        todo, seen = [(site, 0)], set()
        while todo:
            i, steps = todo.pop(0)
            if i in seen or steps > 40:
                continue
            seen.add(i)
            if self.insns[i].op == 'cmp' and MARKER in self.insns[i].args:
                return True
            todo += [(j, steps + 1) for j in self.after[i]]
        return False


def table(path):
    """The numbers in __defuse_guarded, or an empty set."""
    for line in run('readelf', '-sW', path).splitlines():
        field = line.split()
        if len(field) == 8 and field[7] == '__defuse_guarded':
            where, size = int(field[1], 16), int(field[2])
            break
    else:
        return set()
    for line in run('readelf', '-lW', path).splitlines():
        field = line.split()
        if field and field[0] == 'LOAD':
            offset, start, length = (int(field[k], 16) for k in (1, 2, 4))
            if start <= where < start + length:
                with open(path, 'rb') as file:
                    file.seek(where - start + offset)
                    words = struct.unpack('<%dQ' % (size // 8),
                                          file.read(size))
                return {64 * k + bit for k, word in enumerate(words)
                        for bit in range(64) if word >> bit & 1}
    raise SystemExit('guards.py: __defuse_guarded lies in no segment')


def redirected(header):
    """Names in the lists of <linux/defuse.h>."""
    text = open(header, encoding='ascii').read().replace('\\\n', ' ')
    lists = re.findall(r'#define DEFUSE_REDIRECTED_\w+\(X\)(.*)', text)
    names = set(re.findall(r'X\((\w+)\)', ' '.join(lists)))
    if len(lists) < 3 or 'openat' not in names:
        raise SystemExit('guards.py: no lists in ' + header)
    return names


def numbers_of_names():
    text = subprocess.run(['gcc', '-E', '-dM', '-xc', '-'], check=True,
                          input='#include <asm/unistd.h>\n', text=True,
                          stdout=subprocess.PIPE).stdout
    return {name: int(nr) for name, nr in
            re.findall(r'#define __NR_(\w+) (\d+)\n', text)}


def outside(path, start, size):
    """Are there system calls that return to elsewhere than START, SIZE?"""
    sites = [insn for insn in disassemble(path)
             if insn.op == 'syscall' and insn.func not in APART]
    wrong = [insn for insn in sites
             if not start <= insn.addr + 2 < start + size]
    for insn in wrong:
        print('%s: %x: not in the text' % (insn.func, insn.addr))
    print('%d of %d system calls in the text'
          % (len(sites) - len(wrong), len(sites)))
    return 1 if wrong or len(sites) < 100 else 0


def main(path, header):
    nr_of = numbers_of_names()
    name_of = {nr: name for name, nr in nr_of.items()}
    must = {nr_of[name] for name in redirected(header)}
    guarded = table(path)
    wrong = ['not in the table of syscall(): ' + name_of[nr]
             for nr in sorted(must - guarded)]
    guarded |= must

    code = Code(disassemble(path))
    static = any(insn.func == '__defuse_island_start' for insn in code.insns)
    right, used = 0, set()
    for site, insn in enumerate(code.insns):
        if insn.op != 'syscall':
            continue
        func = re.sub(r'^__GI_|\.(part|cold|isra|constprop)\b.*', '',
                      re.sub(r'@.*', '', insn.func))
        found = code.numbers(site)
        if None in found and func not in VARIABLE:
            wrong.append('%s: %x: unknown number' % (func, insn.addr))
        for nr in sorted(found & guarded):
            if (func, name_of[nr]) in EXCEPTIONS:
                used.add((func, name_of[nr]))
            elif static and func in STATIC_FUNCTIONS:
                continue
            elif not code.asked(site):
                wrong.append('%s: %s enters the kernel unasked'
                             % (func, name_of[nr]))
            elif nr in must and not code.marker(site):
                wrong.append('%s: %s: the marker goes unseen'
                             % (func, name_of[nr]))
            else:
                right += 1
    wrong += ['exception for nothing: %s, %s' % pair
              for pair in sorted(EXCEPTIONS.keys() - used)]
    for line in wrong:
        print(line)
    print('%d sites guarded' % right)
    return 1 if wrong else 0


if __name__ == '__main__':
    if len(sys.argv) == 5 and sys.argv[1] == '--text':
        sys.exit(outside(sys.argv[2], *(int(n, 16) for n in sys.argv[3:])))
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    if sys.argv[1] == '--list':
        names = {nr: name for name, nr in numbers_of_names().items()}
        print('\n'.join(sorted(names[nr] for nr in table(sys.argv[2]))))
        sys.exit()
    sys.exit(main(*sys.argv[1:]))
