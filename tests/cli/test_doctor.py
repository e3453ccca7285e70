# SPDX-License-Identifier: GPL-2.0-only
"""doctor, on systems that have one thing wrong each."""
import base64
import os
import re
import subprocess

from test_devices import Mappings
from tool import ABI, FAILED, KNOB, OK, RELEASE, ToolTest

SOURCE = ABI.parents[2]

NC = "native device-nGnRE [normal-nc] policy\n"
POLICY = "native device-nGnRE normal-nc [policy]\n"
LOG = ("6,0,0,-;Booting Linux on physical CPU 0x0000000000 [0x411fd401]\n"
       "6,200,1500000,-;CPU features: detected: Stage-2 Force Write-Back\n SUBSYSTEM=x;y\n"
       "6,339,1700000,-;kvm [1]: VHE mode initialized successfully\n")
DEATH = "3,900,99000000,-;kvm [812]: Unsupported FSC: EC=0x24 xFSC=0x21 ESR_EL2=0x92000061\n"

# From "openssl cms -sign" with a key of that name. What it has signed is another
# file: only a kernel would look.
SIGNED = base64.b64decode("""
MIIBFgYJKoZIhvcNAQcCoIIBBzCCAQMCAQExDTALBglghkgBZQMEAgEwCwYJKoZIhvcNAQcBMYHhMIHeAgEBMDowIj
EgMB4GA1UEAwwXREtNUyBtb2R1bGUgc2lnbmluZyBrZXkCFFs0mvmFxWXQMew73vPxyT4SM5zSMAsGCWCGSAFlAwQC
ATANBgkqhkiG9w0BAQEFAASBgJzcEXOnFw9aAa3h+9mrRkHd4h01NZ45o5ehy4hRJgFNpvFZUiPjFwvMMj5VWJD5Ts
shgmEQkSLD8DF8N4dCxEWO/40sFrueHgQy2u70QODM76Al2HYVEquZJLJCD6WjXMbRXdiUzYd2rwslZE2urMV0o3ml
z7KVM3Lg9DWBCaU8""")


def cpu(implementer, part):
    """/proc/cpuinfo of two CPUs, the second of which is that one."""
    return "".join(f"processor\t: {n}\nCPU implementer\t: 0x{i:02x}\nCPU architecture: 8\n"
                   f"CPU variant\t: 0x0\nCPU part\t: 0x{p:03x}\nCPU revision\t: 1\n\n"
                   for n, (i, p) in enumerate(((0x41, 0xd08), (implementer, part))))


class Doctor(ToolTest):
    def setUp(self):
        super().setUp()
        self.put("proc/sys/kernel/arch", "aarch64\n")
        self.put("proc/sys/kernel/osrelease", RELEASE + "\n")
        self.put("proc/sys/kernel/ftrace_enabled", "1\n")
        self.put("proc/cmdline", "root=/dev/vda1\n")
        self.put("sys/kernel/debug/kprobes/enabled", "1\n")
        self.put("sys/module/module/parameters/sig_enforce", "N\n")
        self.put("sys/kernel/security/lockdown", "[none] integrity confidentiality\n")
        self.put("sys/kernel/btf/vmlinux", b"\0KVM_PGTABLE_PROT_W\0KVM_PGTABLE_PROT_NORMAL_NCX\0")
        self.put("proc/cpuinfo", cpu(0x41, 0xd08))
        self.put("dev/kvm")
        self.put("dev/kmsg", LOG)
        self.put(f"lib/modules/{RELEASE}/build/Makefile")
        self.pci("0000:00:06.0")
        self.install()

    def finds(self, check, state, words, status=None):
        """The doctor's finding about one thing; failures of others do not matter."""
        if status is None:
            status = FAILED if state == "failure" else OK
        findings = {f["check"]: f for f in self.json("doctor", status=status)}
        self.assertEqual(findings[check]["state"], state, findings[check])
        self.assertIn(words, findings[check]["finding"])
        if state in ("failure", "warning") and check != "hook":
            self.assertTrue(findings[check]["advice"], "what to do is not said")
        return findings[check]

    def test_healthy(self):
        """nothing is wrong: every check says so, with 0"""
        self.knob()
        self.put("sys/module/s2memattr/srcversion", "ABCD\n")
        self.put("sys/module/s2memattr/version", self.gives("--version").out.split()[1] + "\n")
        findings = self.json("doctor")
        self.assertEqual([f["check"] for f in findings if f["state"] != "ok"], [])
        self.assertEqual([f["check"] for f in findings],
                         ["architecture", "kvm", "fwb", "kernel-type", "platform", "module",
                          "headers", "kernel", "config", "signature", "hook", "probes", "alignment",
                          "coherent-ram", "fuse", "guests", "version", "host-writes", "tlbi",
                          "ordering"])

    def test_kernels(self):
        """the kernels that are installed: built for, rehearsed, and with what verdict"""
        version = self.gives("--version").out.split()[1]
        image = self.put("boot/vmlinuz-6.12.9", "an image")
        same = f"image_size = 8\nimage_mtime = {int(image.stat().st_mtime)}\n"
        record = "verdict = {}\ndate = 2026-11-28\nmodule_version = {}\nimage = /boot/vmlinuz-6.12.9\n"
        ours = "updates/dkms/s2memattr.ko.xz:\n"
        for release, modules in (("6.9.1", ""), ("6.10.2", ours), ("6.12.9", ours)):
            self.put(f"lib/modules/{release}/modules.dep", "kernel/a.ko:\n" + modules)
        for text, state, words in (
                (record.format("ok", version) + same, "ok", "6.12.9: built; rehearsed on 2026-11-28: ok"),
                (record.format("ok", "0.0.9") + same, "ok", "with version 0.0.9: ok"),
                (record.format("failed", version) + same, "warning", "on 2026-11-28: failed"),
                (record.format("untried", version) + same, "warning", "on 2026-11-28: untried"),
                (record.format("ok", version) + "image_size = 9\nimage_mtime = 1\n", "warning",
                 "another image of that name"),
                ("nonsense", "warning", "nothing that is understood")):
            self.put("var/lib/s2memattr/rehearsed/6.12.9", text)
            self.finds("kernel", state, words)
        found = [f for f in self.json("doctor") if f["check"] == "kernel"]
        self.assertEqual([f["finding"].split(" ")[0].rstrip(":") for f in found],
                         [RELEASE, "6.9.1", "6.10.2", "6.12.9"])
        self.assertEqual([f["state"] for f in found], ["ok", "warning", "ok", "warning"])
        self.assertIn("built, and running", found[0]["finding"])
        self.assertIn("not built", found[1]["finding"])
        self.assertEqual(found[2]["finding"], "6.10.2: built; not rehearsed")
        self.assertIn("s2memattr rehearse 6.10.2", found[2]["advice"])

    def test_text(self):
        """in words, with advice below"""
        (self.root / "dev/kvm").unlink()
        out = self.gives("doctor", status=FAILED).out
        self.assertRegex(out, r"(?m)^failure +kvm +none: .*\n +-> ")
        self.assertRegex(out, r"(?m)^ok +architecture +arm64$")

    def test_architecture(self):
        """another architecture"""
        self.put("proc/sys/kernel/arch", "x86_64\n")
        self.finds("architecture", "failure", "x86_64")

    def test_kvm(self):
        """how KVM runs, as each kernel says it"""
        for line, state, words in (
                ("kvm [1]: VHE mode initialized successfully", "ok", "VHE mode"),
                ("kvm [1]: Hyp mode initialized successfully", "ok", "nVHE mode"),
                ("kvm [1]: nVHE mode initialized successfully", "ok", "nVHE mode"),
                ("kvm [1]: hVHE mode initialized successfully", "ok", "nVHE mode"),
                ("kvm [1]: Protected nVHE mode initialized successfully", "failure", "protected"),
                ("kvm [1]: Protected hVHE mode initialized successfully", "failure",
                 "protected"), ("something else", "ok", "no longer says")):
            self.put("dev/kmsg", f"6,0,0,-;Booting\n6,1,1,-;{line}\n")
            finding = self.finds("kvm", state, words)
            if "VHE mode" == words:
                self.assertNotIn("nVHE", finding["finding"])

    def test_protected_by_command_line(self):
        """protected mode when the log is gone"""
        self.put("dev/kmsg", "6,900,0,-;late\n")
        self.put("proc/cmdline", "root=/dev/vda1 kvm-arm.mode=protected\n")
        self.finds("kvm", "failure", "protected")

    def test_no_kvm(self):
        """no KVM, and why"""
        (self.root / "dev/kvm").unlink()
        for line, words in (("kvm [1]: HYP mode not available", "EL2"),
                            ("kvm [1]: KVM disabled from command line", "command line"),
                            ("", "/dev/kvm")):
            self.put("dev/kmsg", f"6,0,0,-;{line}\n")
            self.finds("kvm", "failure", words)

    def test_fwb(self):
        """with FEAT_S2FWB, without, and not to be known"""
        self.finds("fwb", "ok", "FEAT_S2FWB: but no CTR_EL0.DIC: normal-wb is refused")
        self.put("dev/kmsg", LOG + "6,201,1500000,-;CPU features: detected: "
                 "Instruction cache invalidation not required for I/D coherence\n")
        self.finds("fwb", "ok", "FEAT_S2FWB: normal-wb can be had")
        self.put("dev/kmsg", "6,0,0,-;Booting Linux on physical CPU 0x0\n")
        self.finds("fwb", "ok", "no FEAT_S2FWB")
        self.put("dev/kmsg", "6,500,0,-;late\n")
        self.finds("fwb", "unknown", "log")

    def test_kernel_type(self):
        """what the kernel does: by mappings, else its types, else its version"""
        self.put("sys/kernel/btf/vmlinux", b"\0KVM_PGTABLE_PROT_NORMAL_NC\0")
        self.finds("kernel-type", "ok", "select Normal-NC, as its type information")
        self.knob(mappings=Mappings.LINES.replace("normal-nc", "device-nGnRE"))
        self.finds("kernel-type", "ok", "forces Device-nGnRE on guests' device memory, as live")
        self.knob(mappings=Mappings.LINES)
        self.finds("kernel-type", "ok", "select Normal-NC, as live mappings")
        self.knob(mappings=Mappings.LINES, mode="native [device-nGnRE] normal-nc policy\n")
        self.finds("kernel-type", "ok", "select Normal-NC, as its type information")
        (self.root / "sys/kernel/btf/vmlinux").unlink()
        self.finds("kernel-type", "ok", "forces Device-nGnRE on guests' device memory, going by")
        for release, words in (("6.8.0-1", "forces"), ("6.9.1", "select"), ("7.2.13", "select"),
                               ("5.10.0-30-arm64", "forces")):
            self.put("proc/sys/kernel/osrelease", release + "\n")
            self.finds("kernel-type", "ok", words)

    def test_platform(self):
        """platforms that corrupt writes, and modes that let them"""
        self.finds("platform", "ok", "none")
        self.pci("000c:00:01.0", ids="1def:e100:0000:0000", cls=0x060400, driver=None)
        for mode, table, state in (
                (NC, "", "failure"), ("native [device-nGnRE] normal-nc policy\n", "", "ok"),
                (POLICY, "", "ok"), (POLICY, "native\ncoherent-ram\n", "ok"),
                (POLICY, "native bar=1\nnormal-nc bar=2\n", "failure"),
                (POLICY, "device-GRE\n", "failure"),
                ("[native] device-nGnRE normal-nc policy\n", "normal-nc\n", "ok")):
            self.knob(mode=mode, policy=table, hook__coherent="armed\n")
            finding = self.finds("platform", state, "Altra")
            self.assertIn("wrong addresses", finding["finding"])
        self.put("sys/kernel/btf/vmlinux", b"\0KVM_PGTABLE_PROT_NORMAL_NC\0")
        self.finds("platform", "failure", "Altra")
        self.knob(mode=POLICY)
        self.finds("platform", "warning", "Altra")

    def test_no_refused_advice(self):
        """on a host with an erratum nothing is advised that the module refuses there"""
        self.pci("000c:00:01.0", ids="1def:e100:0000:0000", cls=0x060400, driver=None)
        self.put("dev/kmsg", LOG + DEATH)
        for nc in (b"X", b""):
            self.put("sys/kernel/btf/vmlinux", b"\0KVM_PGTABLE_PROT_NORMAL_NC" + nc + b"\0")
            for files in (None, {}, {"mode": NC}, {"mode": POLICY, "policy": "normal-nc\n"},
                          {"mode": "native [device-nGnRE] normal-nc policy\n"},
                          {"hook__survival": "unavailable\n"}, {"unaligned": "[fault] emulate\n"}):
                if files is not None:
                    self.knob(**files)
                findings = self.json("doctor", status=None)
                self.assertTrue([f for f in findings if f["check"] == "guests"])
                for finding in findings:
                    self.assertNotRegex(finding["advice"] or "",
                                        "(mode|rule.*) (normal-nc|device-GRE)|normal-nc for|"
                                        "a rule for that device", finding)
        deaths = next(f for f in findings if f["check"] == "guests")
        self.assertIn('"emulate"', deaths["advice"])

    def test_exposed(self):
        """what stays exposed on a host with an erratum: its own mappings"""
        self.finds("host-writes", "ok", "no known erratum")
        self.pci("000c:00:01.0", ids="1def:e100:0000:0000", cls=0x060400, driver=None)
        self.finds("host-writes", "warning", "the host's own write-combined mappings")

    def test_tlbi(self):
        """a broadcast TLBI that completes early, and what it means for a change"""
        self.finds("tlbi", "ok", "none of the cores")
        for implementer, part in ((0x41, 0xd4f), (0x41, 0xd0c), (0x4e, 0x010), (0x6d, 0xd49)):
            self.put("proc/cpuinfo", cpu(implementer, part))
            self.put("dev/kmsg", LOG)
            finding = self.finds("tlbi", "warning", "4118414")
            self.assertIn("may still be on their way", finding["finding"])
            self.put("dev/kmsg", LOG + "6,210,1500000,-;CPU features: detected: "
                     "Broken broadcast TLBI completion\n")
            self.finds("tlbi", "ok", "works around")
        for implementer, part in ((0x4e, 0xd4f), (0x41, 0x010), (0x41, 0xd81)):
            self.put("proc/cpuinfo", cpu(implementer, part))
            self.put("dev/kmsg", LOG)
            self.finds("tlbi", "ok", "none of the cores")
        (self.root / "proc/cpuinfo").unlink()
        self.finds("tlbi", "unknown", "cpuinfo")

    def test_ordering(self):
        """loads that overtake stores, which no type mends"""
        self.finds("ordering", "ok", "none of the cores")
        self.put("proc/cpuinfo", cpu(0x4e, 0x010))
        finding = self.finds("ordering", "warning", "neither this kernel nor the module")
        self.assertIn("device-nGnRE neither", finding["advice"])
        self.put("dev/kmsg", LOG + "6,210,1500000,-;CPU features: detected: "
                 "NVIDIA Olympus device store/load ordering erratum\n")
        self.finds("ordering", "warning", "guests have to do it themselves")

    def test_version(self):
        """tool and module of different versions"""
        self.finds("version", "ok", "this tool is")
        self.knob()
        self.finds("version", "warning", "the module loaded is 9.9, this tool")

    def test_unreadable_table(self):
        """what may not be read is not called well"""
        self.pci("000c:00:01.0", ids="1def:e100:0000:0000", cls=0x060400, driver=None)
        self.knob(mode=POLICY)
        (self.root / "sys/kernel/s2memattr/policy").unlink()
        self.finds("platform", "unknown", "Altra")

    def test_errata(self):
        """every erratum that the module knows is found, and is in its table only"""
        tool = "".join(path.read_text() for path in SOURCE.glob("src/cli/*.[ch]"))
        table = (SOURCE / "src/core/errata.c").read_text()
        entries = re.findall(r"\t{\n(.*?)\t},\n", table, re.S)
        self.assertTrue(entries)
        for entry in entries:
            value = dict(re.findall(r"\.(\w+) = (.*),\n", entry))
            ids = re.findall(r"0x\w+", value.get("pci", "")) + \
                re.findall('"(.*)"', value.get("soc_id", ""))
            self.assertTrue(ids, entry)
            self.assertEqual([i for i in ids if i in tool], [])
            if "pci" in value:
                self.pci("000d:00:01.0", ids=":".join(i[2:] for i in ids[:2]) + ":0:0",
                         cls=0x060400, driver=None)
            else:
                self.put("sys/devices/soc0/soc_id", ids[0] + "\n")
                self.put("sys/devices/soc0/revision", "0x00000000\n")
            self.finds("platform", "ok", value["name"].strip('"'))
            subprocess.run(["rm", "-rf", self.root / "sys/bus/pci/devices/000d:00:01.0",
                            self.root / "sys/devices"], check=True)

    def test_vera(self):
        """the other platform, by its revision"""
        self.put("sys/kernel/btf/vmlinux", b"\0KVM_PGTABLE_PROT_NORMAL_NC\0")
        self.put("sys/devices/soc0/soc_id", "jep106:036b:0410\n")
        self.put("sys/devices/soc0/revision", "0x00000004\n")
        self.finds("platform", "failure", "Vera")
        self.put("sys/devices/soc0/revision", "0x00000005\n")
        self.finds("platform", "ok", "none")
        self.put("sys/devices/soc0/revision", "0x00000004\n")
        self.put("sys/devices/soc0/soc_id", "jep106:036b:0411\n")
        self.finds("platform", "ok", "none")

    def test_module(self):
        """the module: not there, built for another kernel, another than loaded"""
        self.finds("module", "ok", "not loaded, built for this kernel")
        self.install(release="6.1.0-55-arm64")
        self.finds("module", "failure", "was built for 6.1.0-55-arm64, this is 6.1.0-56-arm64")
        self.install(release=RELEASE + "-rt")
        self.finds("module", "failure", "was built for")
        self.install()
        self.knob()
        self.put("sys/module/s2memattr/srcversion", "EF01\n")
        self.finds("module", "warning", "is not the one installed")
        os.unlink(self.root / f"lib/modules/{RELEASE}/updates/s2memattr.ko")
        self.depmod()
        self.finds("module", "warning", "not installed")

    def test_disabled(self):
        """kept out by the kernel command line"""
        for line, state in (("a s2memattr.disable b", "warning"),
                            ("s2memattr.disable=1", "warning"),
                            ("s2memattr.disabled xs2memattr.disable", "ok")):
            self.put("proc/cmdline", line + "\n")
            self.finds("module", state, "s2memattr.disable" if state == "warning" else "not loaded")
        self.put("proc/cmdline", "s2memattr.disable\n")
        self.knob()
        self.finds("module", "ok", "loaded")

    def test_no_module(self):
        """no module for this kernel"""
        os.unlink(self.root / f"lib/modules/{RELEASE}/updates/s2memattr.ko")
        self.depmod()
        self.finds("module", "failure", f"not installed for kernel {RELEASE}")
        self.gives("load", status=FAILED, err=".*not loaded.*")

    def test_headers(self):
        """no headers"""
        (self.root / f"lib/modules/{RELEASE}/build/Makefile").unlink()
        finding = self.finds("headers", "warning", "missing")
        self.assertIn(f"linux-headers-{RELEASE}", finding["advice"])

    def secure_boot(self, on=True):
        self.put("sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
                 b"\x06\0\0\0" + (b"\x01" if on else b"\0"))

    def test_signature(self):
        """Secure Boot, enforcement, and who signed"""
        self.secure_boot(False)
        self.finds("signature", "ok", "Secure Boot is off, and this kernel loads unsigned")
        self.secure_boot()
        self.finds("signature", "ok", "Secure Boot is on, and this kernel loads unsigned")
        self.put("sys/kernel/security/lockdown", "none [integrity] confidentiality\n")
        self.finds("signature", "failure", "signatures are enforced, and the module has none")
        self.put("sys/kernel/security/lockdown", "[none] integrity confidentiality\n")
        self.put("sys/module/module/parameters/sig_enforce", "Y\n")
        self.finds("signature", "failure", "signatures are enforced, and the module has none")
        self.sign()
        self.finds("signature", "ok", "is signed by DKMS module signing key")

    def sign(self):
        """Sign the module, as far as its signer's name goes."""
        module = self.root / f"lib/modules/{RELEASE}/updates/s2memattr.ko"
        # struct module_signature: PKCS#7, and the length of the signature.
        module.write_bytes(module.read_bytes() + SIGNED + bytes((0, 0, 2, 0, 0, 0, 0, 0)) +
                           len(SIGNED).to_bytes(4, "big") + b"~Module signature appended~\n")

    def test_hook(self):
        """armed, hit, refused"""
        self.finds("hook", "unknown", "not loaded")
        self.knob()
        self.finds("hook", "ok", "not armed, as mode native")
        self.knob(mode=NC)
        self.finds("hook", "ok", "no guest has touched")
        self.knob(mode=NC, stats__faults="12\n")
        self.finds("hook", "ok", "hit 12 times")
        self.knob(mode=NC, stats__refused="2\n")
        self.finds("hook", "warning", "2 mappings")
        self.knob(mode=NC, hook__state="standby\n")
        self.finds("hook", "ok", "in standby until")
        self.knob(mode=NC, hook__state="standby\n", stats__faults="12\n")
        self.finds("hook", "ok", "in standby, and hit 12 times")
        self.knob(mode=NC, hook__state="lost\n")
        self.finds("hook", "failure", "not armed although the mode is normal-nc")
        self.knob(mode=NC, hook__state="closed\n")
        self.finds("hook", "failure", "cannot be put in")

    def test_probes(self):
        """probes disabled or missed"""
        self.knob(hook__missed="4\n")
        self.finds("probes", "warning", "4 probes were missed")
        self.put("proc/sys/kernel/ftrace_enabled", "0\n")
        self.finds("probes", "failure", "ftrace")
        self.put("sys/kernel/debug/kprobes/enabled", "0\n")
        self.finds("probes", "failure", "kprobes")

    def test_alignment(self):
        """whether guests get their alignment faults"""
        self.finds("alignment", "unknown", "not loaded")
        self.knob()
        self.finds("alignment", "ok", "mode native")
        self.knob(mode=NC, stats__alignment="3\n")
        self.finds("alignment", "ok", "3 so far")
        self.knob(mode=NC, hook__survival="off\n")
        self.finds("alignment", "failure", "do not go to the guest")
        self.knob(hook__survival="unavailable\n")
        self.finds("alignment", "warning", "still ends a guest")

    def test_coherent(self):
        """whether coherent-ram is at work"""
        self.finds("coherent-ram", "unknown", "not loaded")
        self.knob()
        self.finds("coherent-ram", "ok", "no rule")
        for state, verdict, words in (("armed", "ok", "at work"), ("off", "failure", "not at work"),
                                      ("unavailable", "warning", "cannot be had"),
                                      ("not-needed", "ok", "FEAT_S2FWB")):
            self.knob(mode=POLICY, policy="coherent-ram\n",
                      hook__coherent=f"{state}\n")
            self.finds("coherent-ram", verdict, words)
        self.knob(mode=NC, policy="coherent-ram\n")
        self.finds("coherent-ram", "ok", "no rule")

    def test_fuse(self):
        """which devices went back to device-nGnRE, and whether anybody watches"""
        self.finds("fuse", "unknown", "not loaded")
        self.knob()
        self.finds("fuse", "ok", "none is asked for")
        for state, words in (("armed", "none has blown"), ("unavailable", "cannot be had")):
            self.knob(hook__fuse=f"{state}\n")
            self.finds("fuse", "ok", words)
        blown = ("dev=0000:01:00.0 since=1795870800 error=fatal by=- phys=- rule=-\n"
                 "dev=0000:01:00.1 since=1795870800 error=fatal by=- phys=- rule=-\n")
        self.knob(mode=NC, hook__fuse="off\n", fuses=blown)
        finding = self.finds("fuse", "warning", "device-nGnRE: 0000:01:00.0, 0000:01:00.1")
        self.assertIn("fuse reset", finding["advice"])
        self.knob(fuses=blown)
        self.finds("fuse", "warning", "not in force")
        (self.root / KNOB / "fuses").unlink()
        self.finds("fuse", "unknown", "not for this user")

    def test_deaths(self):
        """guests that died"""
        self.put("dev/kmsg", LOG + DEATH + DEATH.replace("0x21", "0x35") + DEATH)
        finding = self.finds("guests", "warning", "2 times")
        self.assertIn("normal-nc", finding["advice"])
        os.unlink(self.root / "dev/kmsg")
        self.finds("guests", "unknown", "log")

    def test_nothing(self):
        """a system of which nothing can be read"""
        subprocess.run(["rm", "-rf", *self.root.iterdir()], check=True)
        states = {f["check"]: f["state"] for f in self.json("doctor", status=FAILED)}
        self.assertEqual(states["architecture"], "unknown")
        self.assertEqual(states["kvm"], "failure")
