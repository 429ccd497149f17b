# SPDX-License-Identifier: GPL-2.0
"""One measurement: a domain of real quorumd and quorum-agents, or os-ken, under fakesw's load."""

import dataclasses
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
HOST = "127.0.0.1"
WAIT_S = 60
STOP_S = 20
TICK_US = 1000000 // os.sysconf("SC_CLK_TCK")
MEMBERS = {"centralized": 1, "crash": 3, "byzantine": 4}
RESULT = re.compile(r"rate (\S+) mean (\S+) p10 (\S+) p50 (\S+) p99 (\S+) max (\S+) answers (\d+)")


class Failed(Exception):
    """Nothing was measured."""


@dataclasses.dataclass(frozen=True)
class Point:
    """What is measured.  scheme: of signatures: rsa, ecdsa, threshold."""
    mode: str
    scheme: str = "rsa"
    rsa_bits: int = 2048
    procedure: str = "update-consistent"
    switches: int = 1
    window: int = 1
    everywhere: bool = False        # one FLOW_MOD for each switch
    hostile: bool = False           # the first leader is tests/sdn/quorumd-hostile
    faults: str = ""                # its words of tests/sdn/hostile.h, while we measure

    @property
    def members(self):
        return MEMBERS.get(self.mode, 1)

    @property
    def counted(self):
        """Members with counters: the hostile one has none."""
        return range(1 if self.hostile else 0, self.members)


def cpu_us(pid):
    """Processor time that a process has used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * TICK_US


def metrics(port):
    """Counters of a quorumd, by name."""
    with urllib.request.urlopen(f"http://{HOST}:{port}/metrics", timeout=10) as f:
        lines = f.read().decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if line and line[0] != "#")
    return {name: float(value) for name, value in pairs}


def agent_stats(path, members):
    """The lines of an agent's log since SIGUSR1, NAME=NUMBER; {}: not all are there yet."""
    text = path.read_text().partition(" stats: ")[2]
    if f"controller name=controller-{members} " not in text:
        return {}
    return {name: float(value) for name, value
            in re.findall(r"(\w+)=(\d+)", text)}


class Processes:
    """Those that a measurement started, by what they are."""

    def __init__(self, directory):
        self.dir = directory
        self.all = []

    def start(self, kind, name, *command):
        log = open(self.dir / f"{name}.log", "w", encoding="utf-8")
        with log:
            p = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.dir)
        self.all.append((kind, p))
        return p

    def of(self, kind):
        return [p for k, p in self.all if k == kind]

    def cpu(self):
        """Microseconds, of each kind of process together."""
        total = {}
        for kind, p in self.all:
            total[kind] = total.get(kind, 0) + cpu_us(p.pid)
        return total

    def stop(self):
        for _, p in self.all:
            p.send_signal(signal.SIGTERM)
        end = time.monotonic() + STOP_S
        for _, p in self.all:
            try:
                p.wait(max(0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()


def until(what, true):
    end = time.monotonic() + WAIT_S
    while not true():
        if time.monotonic() > end:
            raise Failed(f"{what}: not within {WAIT_S} s")
        time.sleep(0.02)


def ratio(of, by):
    return of / by if by else 0.0


def derive(result, seconds):
    """Figures of the tables, of what was counted."""
    get = lambda name: result.get(name, 0)
    blocks = get("ashlar_blocks_total")
    events = get("ashlar_events_total")
    result["updates_rate"] = ratio(get("ashlar_updates_total") * ratio(
        get("answers"), events), seconds)
    for kind in ("quorumd", "agent", "os-ken"):
        if get("cpu_" + kind):
            result["us_" + kind] = ratio(get("cpu_" + kind), get("answers"))
    if not blocks:
        return
    result["per_block"] = ratio(events, blocks)
    result["per_bundle"] = ratio(events, get("ashlar_requests_executed_total"))
    result["per_signature"] = ratio(get("ashlar_updates_total"),
                                    get("ashlar_update_signatures_total"))
    result["per_sync"] = ratio(events, get("ashlar_journal_syncs_total"))
    for stage in ("agreement", "processing", "acknowledgement"):
        result["stage_" + stage] = 1000 * ratio(
            get(f'ashlar_stage_seconds_total{{stage="{stage}"}}'),
            get(f'ashlar_stage_bundles_total{{stage="{stage}"}}'))
    result["stage_response"] = get("mean")
    result["stage_quorum"] = ratio(get("agent_quorum_wait_us"), get("agent_quorum_waits")) / 1000


class Bed:
    """Programs in @out (build/), throw-away files in @directory, ports from @port on."""

    def __init__(self, out, directory, port):
        self.out = out
        self.dir = directory
        self.port = port

    def program(self, name):
        return str(self.out / name)

    def configure(self, point):
        """A domain in self.dir/d, as `quorumctl domain init` makes it."""
        d = self.dir / "d"
        scheme = "threshold" if point.scheme == "threshold" else "individual"
        key = {"rsa": ["--rsa", str(point.rsa_bits)], "ecdsa": ["--sign", "ecdsa"],
               "threshold": []}[point.scheme]
        subprocess.run(
            [self.program("quorumctl/quorumctl"), "domain", "init", str(d), "--id", "7",
             "--controllers", str(point.members), "--switches", str(point.switches),
             "--spare", "0", "--mode", point.mode, "--scheme", scheme,
             "--procedure", point.procedure, "--app", "cbench", "--verifier", "process",
             "--base-port", str(self.port), *key],
            check=True, stdout=subprocess.DEVNULL)
        for conf in d.glob("switch-*/quorum-agent.conf"):
            self.edit(conf, r'openflow = ".*"',
                      f'openflow = "{self.dir}/{conf.parent.name}.openflow"')
        for conf in d.glob("controller-*/quorumd.conf"):
            self.edit(conf, r'control = ".*";\n', "")
        if point.everywhere:
            for conf in d.rglob("domain.conf"):
                self.edit(conf, r'name = "cbench";', 'name = "cbench";\n\tevery_switch = true;')
        return d

    @staticmethod
    def edit(path, what, by):
        text = path.read_text()
        text, nr = re.subn(what, by, text)
        if nr != 1:
            raise Failed(f"{path}: {nr} places are like {what}")
        path.write_text(text)

    def start_domain(self, point, processes):
        d = self.configure(point)
        for i in range(1, point.members + 1):
            conf = str(d / f"controller-{i}" / "quorumd.conf")
            if i == 1 and point.hostile:
                (self.dir / "faults").write_text("")
                processes.start("quorumd", f"controller-{i}",
                                self.program("bench-quorum/quorumd-hostile"), conf,
                                str(self.dir / "faults"))
            else:
                processes.start("quorumd", f"controller-{i}",
                                self.program("controller/quorumd"), conf)
        for i in range(1, point.switches + 1):
            processes.start("agent", f"switch-{i}", self.program("agent/quorum-agent"),
                            str(d / f"switch-{i}" / "quorum-agent.conf"))
        sockets = [self.dir / f"switch-{i}.openflow" for i in range(1, point.switches + 1)]
        until("agents listen", lambda: all(s.exists() for s in sockets))
        for i in point.counted:
            until("switches are linked", lambda: self.switches_up(point, i) == point.switches)
        return [f"{i}@{s}" for i, s in enumerate(sockets, 1)]

    def metrics_port(self, point, member):
        return self.port + 2 * point.members + member

    def switches_up(self, point, member):
        try:
            found = metrics(self.metrics_port(point, member))
        except urllib.error.URLError:
            return 0
        return sum(v for k, v in found.items() if k.startswith("ashlar_switch_up{"))

    def start_os_ken(self, point, processes):
        processes.start("os-ken", "os-ken", "osken-manager", "--ofp-listen-host", HOST,
                        "--ofp-tcp-listen-port", str(self.port), str(HERE / "cbench.py"))

        def listens():
            with socket.socket() as s:
                return not s.connect_ex((HOST, self.port))
        until("os-ken listens", listens)
        return [f"{i}@{HOST}:{self.port}" for i in range(1, point.switches + 1)]

    def load(self, point, addresses, processes, warm_ms, measure_ms):
        """fakesw's figures, and what the others used while it measured."""
        command = [self.program("bench-quorum/fakesw"), "--window", str(point.window),
                   "--warm", str(warm_ms), "--measure", str(measure_ms),
                   *(["--everywhere"] if point.everywhere else []), *addresses]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as p:
            line = p.stderr.readline()
            if line != "measuring\n":
                raise Failed(line + p.stderr.read())
            before = self.counters(point, processes)
            if point.faults:
                (self.dir / "faults").write_text(point.faults)
            line = p.stderr.readline()
            after = self.counters(point, processes)
            out, err = p.communicate()
        m = RESULT.search(out)
        if line != "measured\n" or not m:
            raise Failed(line + err)
        result = dict(zip(("rate", "mean", "p10", "p50", "p99", "max", "answers"),
                          map(float, m.groups())))
        result.update({k: v - before.get(k, 0) for k, v in after.items()})
        return result, measure_ms / 1000

    def counters(self, point, processes):
        total = {f"cpu_{k}": v for k, v in processes.cpu().items()}
        if point.mode == "os-ken":
            return total
        for i in point.counted:
            for name, value in metrics(self.metrics_port(point, i)).items():
                total[name] = total.get(name, 0) + value
        return total

    def agents(self, point, processes):
        """What all agents counted since they started; their log has it on SIGUSR1."""
        total = {}
        for p in processes.of("agent"):
            p.send_signal(signal.SIGUSR1)
        for i in range(1, len(processes.of("agent")) + 1):
            log = self.dir / f"switch-{i}.log"
            until("an agent's counters", lambda: len(agent_stats(log, point.members)))
            for name, value in agent_stats(log, point.members).items():
                total["agent_" + name] = total.get("agent_" + name, 0) + value
        return total

    def measure(self, point, warm_ms, measure_ms):
        shutil.rmtree(self.dir, ignore_errors=True)
        self.dir.mkdir(parents=True)
        processes = Processes(self.dir)
        start = self.start_os_ken if point.mode == "os-ken" else self.start_domain
        try:
            addresses = start(point, processes)
            result, seconds = self.load(point, addresses, processes, warm_ms, measure_ms)
            result.update(self.agents(point, processes))
            dead = [p.args[0] for _, p in processes.all if p.poll() is not None]
            if dead:
                raise Failed(f"ended by itself: {dead}")
        finally:
            processes.stop()
        derive(result, seconds)
        return result
