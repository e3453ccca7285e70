# SPDX-License-Identifier: GPL-2.0-only
"""doctor, of the headers: which package to install."""
import json

from tool import ToolTest

class Headers(ToolTest):
    """doctor: the package that has the headers, as each distribution names it"""

    RELEASES = (
        ("6.1.0-28-arm64", "apt install linux-headers-6.1.0-28-arm64"),
        ("6.8.0-31-generic-64k", "apt install linux-headers-6.8.0-31-generic-64k"),
        ("6.8.0-1009-nvidia-64k", "apt install linux-headers-6.8.0-1009-nvidia-64k"),
        ("5.14.0-284.41.1.el9_2.aarch64", "dnf install kernel-devel-5.14.0-284.41.1.el9_2"),
        ("5.14.0-284.41.1.el9_2.aarch64+64k", "dnf install kernel-64k-devel-5.14.0-284.41.1.el9_2"),
        ("5.14.0-427.el9.aarch64+64k-debug", "dnf install kernel-64k-debug-devel-5.14.0-427.el9"),
        ("6.12.0-55.el10.aarch64+rt", "dnf install kernel-rt-devel-6.12.0-55.el10"),
        ("6.11.4-301.fc41.aarch64", "dnf install kernel-devel-6.11.4-301.fc41"),
        ("5.10.0-216.0.0.115.oe2203sp4.aarch64",
         "dnf install kernel-devel-5.10.0-216.0.0.115.oe2203sp4"),
        ("6.1.91-99.172.amzn2023.aarch64", "dnf install kernel-devel-6.1.91-99.172.amzn2023"),
        ("6.12.20-23.97.amzn2023.aarch64", "dnf install kernel6.12-devel-6.12.20-23.97.amzn2023"),
        ("5.15.0-206.153.7.el9uek.aarch64", "dnf install kernel-uek-devel-5.15.0-206.153.7.el9uek"),
        ("6.12.0-1.el9uek.aarch64+64k", "dnf install kernel-uek64k-devel-6.12.0-1.el9uek"),
        ("6.4.0-150600.23.7-default", "zypper install kernel-default-devel=6.4.0-150600.23.7"),
        ("6.4.0-150600.23.7-64kb", "zypper install kernel-64kb-devel=6.4.0-150600.23.7"),
    )

    def test_names(self):
        """the headers' package is named for each distribution"""
        for release, command in self.RELEASES:
            self.put("proc/sys/kernel/osrelease", f"{release}\n")
            found = self.run_tool("doctor", "--json")
            advice = [f["advice"] for f in json.loads(found.out) if f["check"] == "headers"]
            self.assertEqual(advice, [f'"{command}"'], release)
