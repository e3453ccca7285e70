# SPDX-License-Identifier: GPL-2.0-only
"""report and help: what people send, and what they ask first."""
import json

from tool import ToolTest


class Report(ToolTest):
    SECRETS = ("secret-vm", "secret-comm", "secret-host", "secret-log", "secret-cmdline",
               "secret-writer", "secret-group")

    def test_no_names(self):
        """a report has what is needed, and nobody's names"""
        self.knob(mode="native device-nGnRE normal-nc [policy]\n",
                  policy="normal-nc bar=2 comm=secret-comm cgroup=/machine.slice/secret-vm\nnative\n")
        self.put("run/s2memattr/layers", "mode policy\nlayer set libvirt:secret-vm\n"
                 "normal-nc bar=2 comm=secret-comm cgroup=/machine.slice/secret-vm\n"
                 "layer file /etc/s2memattr.conf\nnative\n")
        self.put("proc/version", "Linux version 6.1.0\n")
        self.put("etc/os-release", 'NAME=x\nPRETTY_NAME="Debian GNU/Linux 12"\n')
        self.put("etc/hostname", "secret-host\n")
        self.put("proc/cmdline", "password=secret-cmdline\n")
        self.put("dev/kmsg", "6,1,1,-;s2memattr: a line\n6,2,2,-;secret-log: other\n"
                 '6,3,3,-;s2memattr: mode policy (was native), by pid 7, uid 0, comm "secret-writer"\n')
        self.put("sys/kernel/s2memattr/last_error",
                 'policy: line 3: cgroup: "secret-group" does not begin with /\n')
        out = self.gives("report").out
        for secret in self.SECRETS:
            self.assertNotIn(secret, out)
        report = json.loads(out)
        self.assertEqual(report["rules"], ["normal-nc bar=2 comm=... cgroup=...", "native"])
        self.assertEqual(report["kernel"], "Linux version 6.1.0")
        self.assertIn("12", report["os"])
        self.assertTrue(report["doctor"] and report["status"]["loaded"])
        self.assertEqual(report["log"], ["s2memattr: a line", "s2memattr: mode policy (was native), "
                                         "by pid 7, uid 0, comm ..."])
        self.assertEqual(report["status"]["last_error"], "policy: line 3: cgroup: ...")

    def test_help(self):
        """VERB --help is about that verb"""
        self.gives("policy", "test", "--help", out="usage: s2memattr policy test DEVICE\n"
                   "  what it says about a PCI device, and by which rule\n"
                   "  --json           print JSON, where a script would read it\n"
                   "  --file FILE      this table, and not the one in force\n"
                   "  --pid PID        for this VMM process\n")
        both = self.gives("layer", "--help").out
        for verb in ("set NAME FILE", "remove NAME", "list"):
            self.assertIn(f"usage: s2memattr layer {verb}\n", both)
        self.assertIn("Exit codes", self.gives("--help").out)
