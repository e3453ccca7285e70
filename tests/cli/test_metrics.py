# SPDX-License-Identifier: GPL-2.0-only
"""metrics, read by Prometheus' own parser of the text format."""
import os
import resource
import signal

from prometheus_client import parser

from test_devices import Mappings
from test_fuse import Fuses
from tool import FAILED, KNOB, ToolTest


class Metrics(ToolTest):
    def samples(self, text):
        """{(name, labels): value}, each with a type and a help text, none twice"""
        families = list(parser.text_string_to_metric_families(text))
        for family in families:
            self.assertTrue(family.documentation, family.name)
            self.assertIn(family.type, ("counter", "gauge"), family.name)
        every = [(sample.name, tuple(sorted(sample.labels.items())))
                 for family in families for sample in family.samples]
        self.assertEqual(len(every), len(set(every)))
        types = dict(line.split()[2:4] for line in text.splitlines() if line.startswith("# TYPE"))
        self.assertLessEqual({name for name, _ in every}, set(types))
        return {(sample.name.removeprefix("s2memattr_"), *sample.labels.values()): sample.value
                for family in families for sample in family.samples}

    def loaded(self):
        self.knob(mode="native device-nGnRE [normal-nc] policy\n", hook__armed="1\n",
                  hook__missed="3\n", generation="8\n", stats__faults="41\n",
                  stats__unheard_of="5\n", policy="native\nnormal-nc\n", mappings=Mappings.LINES,
                  hook__transport="kpr\"o\\be\n")
        return self.gives("metrics").out

    def test_values(self):
        """all of status, and bytes by type"""
        samples = self.samples(self.loaded())
        for name, value in ((("loaded",), 1), (("mode", "normal-nc"), 1), (("mode", "native"), 0),
                            (("hook_armed",), 1), (("hook_missed_total",), 3),
                            (("changes_total",), 8), (("faults_total",), 41), (("rules",), 2),
                            (("unheard_of_total",), 5),
                            (("build_info", "9.9", 'kpr"o\\be', "kvm_pgtable_stage2_map+0x94"),
                             1), (("last_write_failed",), 0),
                            (("hook_state", "armed"), 1), (("hook_state", "lost"), 0),
                            (("hook_survival", "armed"), 1), (("hook_coherent", "off"), 1),
                            (("mapped_bytes", "normal-nc"), 4194304),
                            (("mapped_bytes", "device-nGnRE"), 12288)):
            self.assertEqual(samples[name], value, name)

    def test_unreadable(self):
        """what a user may not read is told to be missing, not zero"""
        self.knob()
        self.assertEqual(self.samples(self.gives("metrics").out)[("readable", "policy")], 1)
        for name in ("policy", "mappings", "fuses"):
            (self.root / KNOB / name).unlink()
        result = self.gives("metrics", err=".*policy cannot be read: no s2memattr_rules .*"
                            "mappings cannot be read: no s2memattr_mapped_bytes .*"
                            "fuses cannot be read: no s2memattr_fuses .*")
        samples = self.samples(result.out)
        self.assertEqual([samples[("readable", name)] for name in ("policy", "mappings", "fuses")],
                         [0, 0, 0])
        self.assertNotIn(("fuses",), samples)
        self.assertNotIn(("rules",), samples)

    def test_fuses(self):
        """how many have blown, and each of them, without the names in its rule"""
        self.knob()
        self.assertEqual(self.samples(self.gives("metrics").out)[("fuses",)], 0)
        self.knob(hook__fuse="armed\n", stats__blown="3\n", fuses=Fuses.LINES)
        out = self.gives("metrics").out
        samples = self.samples(out)
        for name, value in ((("fuses",), 3), (("blown_total",), 3), (("hook_fuse", "armed"), 1),
                            (("fuse_since_seconds", "0000:01:00.0", "fatal"), 1795870800),
                            (("fuse_since_seconds", "0001:02:00.1", "cpu"), 1795870801)):
            self.assertEqual(samples[name], value, name)
        self.assertNotIn("tenant", out)

    def test_last_error(self):
        """a write that was refused is seen"""
        self.knob(last_error="mode: \"x\" is none of these\n")
        self.assertEqual(self.samples(self.gives("metrics").out)[("last_write_failed",)], 1)

    def test_unheard_of_state(self):
        """a state that this tool does not know is told"""
        self.knob(hook__state="asleep\n")
        samples = self.samples(self.gives("metrics").out)
        self.assertEqual([name for name, value in samples.items()
                          if name[0] == "hook_state" and value], [("hook_state", "asleep")])

    def test_hits(self):
        """hits by rule, with equal rules kept apart, and whose they are"""
        self.knob(mode="native device-nGnRE normal-nc [policy]\n",
                  policy="native comm=vm\nnormal-nc\nnormal-nc\n",
                  policy_hits="5 native comm=vm\n7 normal-nc\n0 normal-nc\n9 (no rule)\n")
        self.put("run/s2memattr/layers", "mode policy\nlayer set vm\\1\nnative comm=vm\n"
                 "layer file /etc/s2memattr.conf\nnormal-nc\nnormal-nc\n")
        samples = self.samples(self.gives("metrics").out)
        for name, value in ((("rule_hits_total", "1", "native comm=...", "set"), 5),
                            (("rule_hits_total", "2", "normal-nc", "/etc/s2memattr.conf"), 7),
                            (("rule_hits_total", "3", "normal-nc", "/etc/s2memattr.conf"), 0),
                            (("no_rule_hits_total",), 9)):
            self.assertEqual(samples[name], value, name)

    def test_odd_name(self):
        """a file whose name is no text does not spoil all metrics"""
        self.knob(mode="native device-nGnRE normal-nc [policy]\n", policy="native\n",
                  policy_hits="5 native\n9 (no rule)\n")
        self.put("run/s2memattr/layers",
                 b"mode policy\nlayer file /etc/s2memattr.conf.d/\xff.conf\nnative\n")
        samples = self.samples(self.gives("metrics").out)
        self.assertEqual(samples[("rule_hits_total", "1", "native",
                                  "/etc/s2memattr.conf.d/?.conf")], 5)

    def test_many_rules(self):
        """a large table does not make a time series of each rule"""
        self.knob(policy="native\n" * 3000,
                  policy_hits="5 native\n" * 3000 + "9 (no rule)\n")
        samples = self.samples(self.gives("metrics").out)
        self.assertEqual(sum(name[0] == "rule_hits_total" for name in samples), 1000)
        self.assertEqual(samples[("no_rule_hits_total",)], 9)

    def test_in_force(self):
        """whether the configuration is in force, with the module or without"""
        self.put("etc/s2memattr.conf", "mode = device-nGnRE\n")
        self.assertEqual(self.samples(self.gives("metrics").out)[("config_in_force",)], 0)
        self.knob(mode="native [device-nGnRE] normal-nc policy\n")
        self.put("run/s2memattr/layers", "mode device-nGnRE\nlayer file /etc/s2memattr.conf\n")
        self.assertEqual(self.samples(self.gives("metrics").out)[("config_in_force",)], 1)

    def test_file(self):
        """into a file: whole, readable, and nothing beside it"""
        self.knob()
        target = self.root / "out/s2memattr.prom"
        target.parent.mkdir()
        target.write_text("old")
        self.gives("metrics", str(target), out="")
        self.assertEqual(target.read_text(encoding="utf-8"), self.gives("metrics").out)
        self.assertEqual(target.stat().st_mode & 0o777, 0o644)
        self.assertEqual(list(target.parent.iterdir()), [target])
        self.gives("metrics", str(self.root / "none/x.prom"), status=FAILED, err=".*none/x.prom.*")
        target.unlink()
        target.mkdir()
        self.gives("metrics", str(target), status=FAILED, err=".*s2memattr.prom.*")
        self.assertEqual(list(target.parent.iterdir()), [target])

    def test_full(self):
        """no room for all of it: the old file stays, and nothing beside it"""
        self.knob()
        target = self.root / "s2memattr.prom"
        target.write_text("old")
        before = sorted(self.root.iterdir())

        def little_room():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        self.gives("metrics", str(target), status=FAILED, err=".*s2memattr.prom: .+",
                   preexec_fn=little_room)
        self.assertEqual(target.read_text(encoding="utf-8"), "old")
        self.assertEqual(sorted(self.root.iterdir()), before)

    def test_no_regular_file(self):
        """what is no file is not replaced by one; and "-" is standard output"""
        self.knob()
        pipe = self.root / "pipe"
        os.mkfifo(pipe)
        (self.root / "link").symlink_to(pipe)
        for name in (pipe, self.root / "link", self.root):
            self.gives("metrics", str(name), status=FAILED, out="", err=".*no regular file\n")
        self.assertTrue(pipe.is_fifo() and (self.root / "link").is_symlink())
        self.assertEqual(self.gives("metrics", "-", cwd=self.root).out, self.gives("metrics").out)
        self.assertFalse((self.root / "-").exists())

    def test_not_loaded(self):
        """without the module two metrics say so"""
        self.put("etc/s2memattr.conf", "# nothing\n")
        self.assertEqual(self.samples(self.gives("metrics").out),
                         {("loaded",): 0, ("config_in_force",): 1})
