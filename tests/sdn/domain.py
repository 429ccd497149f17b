# SPDX-License-Identifier: GPL-2.0
"""A domain as `quorumctl domain init` makes it, and its daemons."""

import contextlib
import glob
import json
import os
import re
import secrets
import signal
import socket
import subprocess

from command import run
from netns import inside
from network import BRIDGES, RUN, openflow
from wait import DEADLINE_S, until

CONTROLLERS = (1, 2, 3, 4)
ID = 7
CONTROL = "/run/ashlar/controller-{}.sock"
PATIENCE_S = 60.0               # for an answer there
# What is rare in use happens often: snapshots, and with them what a full disk meets; changes
# of the leader, so that who lies leads too.
LIMITS = {"segment_max": 4 << 20, "checkpoint_blocks": 64, "rotate_blocks": 32}


class Daemon:
    """A program that runs until it is told to end, and its log."""

    def __init__(self, name, words, log, namespace=None, environment=None):
        self.name, self.log = name, log
        with open(log, "ab") as out, inside(namespace):
            self.process = subprocess.Popen(
                [str(w) for w in words], stdin=subprocess.DEVNULL, stdout=out,
                stderr=out, env={**os.environ, **(environment or {})})

    def running(self):
        return self.process.poll() is None

    def end(self, number=signal.SIGTERM):
        """Its exit code."""
        if self.running():
            self.process.send_signal(number)
        return self.process.wait(DEADLINE_S)

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()

    def said(self, pattern):
        return re.search(pattern, self.text())

    def last_words(self):
        return f"{self.name}: " + " / ".join(self.text().splitlines()[-3:])


class Domain:
    """@where: namespaces of the controllers, {i: (namespace, address)}; none: here.
    @pace_s: how often links are looked for, and ports counted.
    """

    def __init__(self, directory, programs, where=None, pace_s=1):
        self.pace_s = pace_s
        self.dir, self.programs = directory, programs
        self.where = where or {i: (None, "127.0.0.1") for i in CONTROLLERS}
        self.controllers, self.agents, self.outside = {}, {}, {}
        self.liars = set()
        self.environment = {}           # of controllers

    def init(self, app, *options, verifier="process"):
        hosts = [w for i in CONTROLLERS for w in ("--host", self.where[i][1])]
        run(self.programs["quorumctl"], "domain", "init", self.dir, "--id", ID,
            "--controllers", len(CONTROLLERS), "--switches", len(BRIDGES), "--app",
            app, "--verifier", verifier, *hosts, *options)
        limits = "".join(f"\t{name} = {value};\n" for name, value in LIMITS.items())
        self.edit_domain(lambda text: text.replace("limits: {\n", "limits: {\n" + limits))
        if app == "route":
            self.edit_domain(self.route_settings)
        for i in CONTROLLERS:
            self.append(f"controller-{i}/quorumd.conf", 'history = "history";\n')
        for s in BRIDGES:
            self.edit(f"switch-{s}/quorum-agent.conf", 'openflow = "[^"]*"',
                      f'openflow = "{openflow(s)}"')
            self.append(f"switch-{s}/quorum-agent.conf",
                        f'history = "history";\nvswitchd_ctl = "{RUN}/ovs-vswitchd.pid";\n')
            self.edit(f"switch-{s}/quorum-agent.conf", r"statistics_ms = \d+",
                      f"statistics_ms = {1000 * self.pace_s}")

    def route_settings(self, text):
        if "secret" not in text:
            text = text.replace('name = "route";', 'name = "route";\n\tsecret = "'
                                + secrets.token_hex(32) + '";')
        text = re.sub(r"\n\tprobe_s = \d+;", "", text)
        return text.replace('name = "route";', f'name = "route";\n\tprobe_s = {self.pace_s};')

    def edit_domain(self, change):
        """The same in all copies."""
        copies = glob.glob(f"{self.dir}/domain.conf") + glob.glob(f"{self.dir}/*/domain.conf")
        with open(copies[0], encoding="ascii") as f:
            text = change(f.read())
        for copy in copies:
            with open(copy, "w", encoding="ascii") as f:
                f.write(text)

    def append(self, name, text):
        with open(f"{self.dir}/{name}", "a", encoding="ascii") as f:
            f.write(text)

    def edit(self, name, before, after):
        path = f"{self.dir}/{name}"
        with open(path, encoding="ascii") as f:
            text = f.read()
        assert re.search(before, text), f"{path}: no {before}"
        with open(path, "w", encoding="ascii") as f:
            f.write(re.sub(before, after, text, count=1))

    # Controllers

    def start(self, i, program="quorumd"):
        conf = f"{self.dir}/controller-{i}/quorumd.conf"
        words = [self.programs[program], conf]
        if program == "quorumd-hostile":
            words.append(self.faults_path(i))
            self.liars.add(i)
        self.controllers[i] = Daemon(f"controller-{i}", words,
                                     f"{self.dir}/controller-{i}.log", self.where[i][0],
                                     self.environment.get(i))

    def start_all(self):
        for i in CONTROLLERS:
            if i not in self.controllers:
                self.start(i)
        for s in BRIDGES:
            self.start_agent(s)

    def kill(self, i):
        self.controllers[i].end(signal.SIGKILL)

    def faults_path(self, i):
        return f"{self.dir}/controller-{i}/faults"

    def set_faults(self, i, *words):
        path = self.faults_path(i)
        with open(path + ".new", "w", encoding="ascii") as f:
            f.write("\n".join(words) + "\n")
        os.rename(path + ".new", path)

    def did(self, i, fault):
        """How often this fault struck."""
        with contextlib.suppress(FileNotFoundError):
            with open(self.faults_path(i) + ".did", encoding="ascii") as f:
                return int(dict(line.split() for line in f)[fault])
        return 0

    def start_agent(self, s):
        self.agents[s] = Daemon(
            f"s{s}", [self.programs["quorum-agent"],
                      f"{self.dir}/switch-{s}/quorum-agent.conf"],
            f"{self.dir}/switch-{s}.log")

    # What they say

    def ask(self, i, command):
        """The answer of a controller's control socket, or None."""
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(PATIENCE_S)
        try:
            with sock:
                sock.connect(CONTROL.format(i))
                sock.sendall(json.dumps({"command": command}).encode() + b"\n")
                with sock.makefile("r", encoding="utf-8") as f:
                    return json.loads(f.readline())
        except (OSError, ValueError):
            return None

    def status(self, i):
        return self.ask(i, "status") or {}

    def honest(self):
        """Those that run and answer."""
        return [i for i, d in self.controllers.items()
                if d.running() and i not in self.liars]

    def healthy(self, i):
        return self.status(i).get("healthy", False)

    def leader(self):
        """The number of who leads, as most see it; None: not known."""
        names = [self.status(i).get("leader") for i in self.honest()]
        names = [n for n in names if n]
        if not names:
            return None
        return int(max(set(names), key=names.count).rpartition("-")[2])

    def decided(self, i):
        """The last height that it knows to be decided"""
        return self.status(i).get("decided", 0)

    def wait_healthy(self, *which):
        for i in which or self.honest():
            until(lambda i=i: self.healthy(i) or self.must_run(i),
                  f"controller-{i} is healthy: {self.status(i).get('why')}")

    def must_run(self, i):
        daemon = self.controllers[i]
        assert daemon.running(), f"it ended: {daemon.last_words()}"
        return False

    def must_run_all(self):
        for daemon in (*self.controllers.values(), *self.agents.values()):
            assert daemon.running(), f"it ended: {daemon.last_words()}"
        return False

    def end(self):
        """Everybody, politely; those who did not end well."""
        bad = []
        daemons = [*self.outside.values(), *self.agents.values(),
                   *self.controllers.values()]
        for daemon in daemons:
            if daemon.running():
                daemon.process.terminate()
        for daemon in daemons:
            if daemon.process.wait(DEADLINE_S) not in (0, -signal.SIGKILL, -signal.SIGTERM):
                bad.append(f"exit code {daemon.process.returncode}: {daemon.last_words()}")
        return bad
