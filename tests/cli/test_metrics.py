# SPDX-License-Identifier: GPL-2.0-only
"""metrics, read by the parsers of both formats."""
from prometheus_client import openmetrics, parser
from prometheus_client.openmetrics import parser as openmetrics_parser

from test_devices import Mappings
from tool import KNOB, ToolTest

assert openmetrics


class Metrics(ToolTest):
    def samples(self, text):
        """OpenMetrics, strictly: {(name, labels): value}"""
        families = list(openmetrics_parser.text_string_to_metric_families(text))
        for family in families:
            self.assertTrue(family.documentation, family.name)
            self.assertIn(family.type, ("counter", "gauge"))
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
        for name in ("policy", "mappings"):
            (self.root / KNOB / name).unlink()
        result = self.gives("metrics", err=".*policy cannot be read: no s2memattr_rules .*"
                            "mappings cannot be read: no s2memattr_mapped_bytes .*")
        samples = self.samples(result.out)
        self.assertEqual([samples[("readable", name)] for name in ("policy", "mappings")], [0, 0])
        self.assertNotIn(("rules",), samples)

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

    def test_units(self):
        """what has a unit says so"""
        self.assertIn("# UNIT s2memattr_mapped_bytes bytes\n", self.loaded())

    def test_textfile_collector(self):
        """the older format's parser, as in node_exporter, reads it too"""
        text = self.loaded()
        names = {sample.name for family in parser.text_string_to_metric_families(text)
                 for sample in family.samples}
        self.assertEqual(len(names), len({name for name, *_ in self.samples(text)}))
        for line in text.splitlines():
            if line.startswith("# TYPE"):
                self.assertIn(line.split()[3], ("counter", "gauge"))

    def test_end(self):
        """the last line is # EOF, loaded or not"""
        self.assertTrue(self.loaded().endswith("\n# EOF\n"))

    def test_not_loaded(self):
        """without the module one metric says so"""
        self.assertEqual(self.samples(self.gives("metrics").out), {("loaded",): 0})
