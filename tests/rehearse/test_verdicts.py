# SPDX-License-Identifier: GPL-2.0-only
"""What is made of what the machines say; an emulator that is made up says it."""
import json
import os
import re
import signal
import subprocess

from made import CONSOLE, FAILED, KVM, NOT_BEGUN, OK, RELEASE, UNTRIED, RehearseTest, result

RECORD = f"var/lib/s2memattr/rehearsed/{RELEASE}"


class Said(RehearseTest):
    def says(self, *body, scene="vhe"):
        """One machine says this between its first and its last line."""
        self.emulator(**{f"result.{scene}": result(scene, list(body))})

    def edited(self, old, new, scene="vhe"):
        """One line of one machine is another."""
        text = result(scene)
        self.assertIn(old, text)
        self.emulator(**{f"result.{scene}": text.replace(old, new)})

    def test_all_well(self):
        """two machines, two transports, two devices"""
        done = self.gives(RELEASE, out=f"^{RELEASE}: works in the rehearsal: .* 0 failed, 0 untried")
        for where in ("vhe/kprobe/2M", "vhe/ftrace/1G", "nvhe/kprobe/1G", "nvhe/ftrace/2M"):
            self.assertIn(f"ok {where}: the guest sees normal-nc\n", done.stdout)

    def test_one_failure(self):
        """one line that failed is a failure"""
        self.edited("ok kprobe/2M: the guest sees normal-nc\nstatus kprobe/2M 0",
                    "FAIL kprobe/2M: the guest sees device\nstatus kprobe/2M 1")
        self.gives(RELEASE, status=FAILED, out="^FAIL vhe/kprobe/2M: the guest sees device$")

    def test_one_untried(self):
        """one line that was not tried is told by the status"""
        self.edited("ok kprobe/2M: the guest sees normal-nc\nstatus kprobe/2M 0",
                    "untried kprobe/2M: x: no reason\nstatus kprobe/2M 3", "nvhe")
        self.gives(RELEASE, status=UNTRIED, out="^untried nvhe/kprobe/2M: x: no reason$")

    def test_lines_and_status(self):
        """a selftest whose status no line explains is not believed"""
        for status, word in (("1", "ok"), ("3", "ok")):
            self.edited("ok kprobe/2M: the guest sees normal-nc\nstatus kprobe/2M 0",
                        f"{word} kprobe/2M: fine\nstatus kprobe/2M {status}")
            self.gives(RELEASE, status=FAILED, out=f"status {status}, and says nothing")
        self.edited("ok kprobe/2M: the guest sees normal-nc\n", "")
        self.gives(RELEASE, status=FAILED, out="status 0, and says nothing")

    def test_refused(self):
        """the module's own sentence is the reason"""
        refusals = ["refused auto: found 2 calls of x instead of one"] * 1 + \
            ["refused kprobe: the same", "refused ftrace: the same"]
        self.says(*refusals)
        done = self.gives(RELEASE, status=FAILED,
                          out="FAIL vhe: the module does not load: found 2 calls of x instead of one")
        self.assertNotIn("FAIL nvhe", done.stdout)

    def test_no_transport(self):
        """a transport that the kernel does not have is no failure, any other refusal is"""
        lines = result("vhe").split("\n")[2:-2]
        lines = [line for line in lines if "ftrace" not in line or "auto" in line]
        self.says(*lines, "refused ftrace: this kernel offers no hook for transport=ftrace (x): not loaded")
        self.gives(RELEASE, out="ok vhe/ftrace: not on this kernel, and the module says so")
        self.says(*lines, "refused ftrace: something else")
        self.gives(RELEASE, status=FAILED, out="FAIL vhe/ftrace: the module does not load: something else")
        self.says(*[line for line in lines if "kprobe" not in line])
        self.gives(RELEASE, status=FAILED, out="FAIL vhe: the module loads by no transport")

    def test_kvm(self):
        """KVM that does not come up at EL2, or in another mode"""
        for said, sentence in (("", "not a word"), ("HYP mode not available", "HYP mode not avail"),
                               ("Protected hVHE mode initialized successfully", "another mode")):
            self.edited(f"kvm {KVM['vhe']}", f"kvm {said}")
            self.gives(RELEASE, status=FAILED, out=f"FAIL vhe: KVM .*{sentence}")

    def test_ends_early(self):
        """a machine that ends early, or late, or complains"""
        self.emulator(**{"result.vhe": result("vhe").replace("end\n", "")})
        self.gives(RELEASE, status=FAILED, out="FAIL vhe: it ended early")
        self.emulator(**{"result.vhe": result("vhe")})
        for console, sentence in (
                (CONSOLE.replace("[3.0]", "[2.5] WARNING: at kvm\n[3.0]"), "console: .2.5. WARNING: at kvm"),
                (CONSOLE.replace("reboot: Power down", ""), "no clean power-off"),
                (CONSOLE.replace("[3.0]", "[2.5] Unable to handle kernel NULL\n"), "console: .2.5. Unable")):
            self.emulator(console=console)
            self.gives(RELEASE, status=FAILED, out=f"FAIL vhe: {sentence}")
        self.emulator(console=CONSOLE.replace("[1.0]", "[0.5] WARNING: before us\n[1.0]"))
        self.gives(RELEASE)
        self.emulator(console=CONSOLE, sleep="30")
        self.gives(RELEASE, "--timeout", "1", status=FAILED, out="FAIL vhe: timed out")
        self.no_emulator()

    def test_another_kernel(self):
        """a machine that says it runs something else"""
        self.emulator(**{"result.vhe": result("vhe", release="6.6.6")})
        self.gives(RELEASE, status=FAILED, out="FAIL vhe: the kernel says that it is 6.6.6")

    def test_emulator_does_not_start(self):
        """an emulator that does not start says nothing about the kernel"""
        self.emulator(console="", status="1", **{"result.vhe": "", "result.nvhe": ""})
        self.gives(RELEASE, status=UNTRIED, out="untried vhe: the emulator does not start")

    def test_old_emulator(self):
        """one that shows no types: what guests see is untried, the rest is told"""
        self.emulator(version="QEMU emulator version 7.2.17 (Debian 1:7.2+dfsg-7)",
                      cpus="  cortex-a72\n  neoverse-n1\n")
        done = self.gives(RELEASE, status=UNTRIED, out="untried emulator: QEMU 7.2.17")
        self.assertIn("ok vhe/kprobe: loads", done.stdout)
        self.assertIn("neoverse-n1", self.command("vhe"))
        self.edited("ok kprobe/2M: the guest sees normal-nc\nstatus kprobe/2M 0",
                    "FAIL kprobe/2M: native: an unaligned load works\nstatus kprobe/2M 1")
        done = self.gives(RELEASE, status=UNTRIED, out="untried vhe/kprobe/2M: native: .*QEMU 7.2")
        self.edited("ok kprobe/2M: the guest sees normal-nc\nstatus kprobe/2M 0",
                    "FAIL kprobe/2M: counter: something was lost\nstatus kprobe/2M 1")
        self.gives(RELEASE, status=FAILED, out="FAIL vhe/kprobe/2M: counter")
        self.emulator(version="bash 5")
        self.gives(RELEASE, status=NOT_BEGUN, err=".*does not say its version: it is no QEMU\n")

    def test_no_device(self):
        """an emulator without the device, a tree without the tool"""
        self.emulator(devices="nothing")
        for scene in KVM:
            self.emulator(**{f"result.{scene}": re.sub("(ok|status) [kf].*\n", "", result(scene))})
        self.gives(RELEASE, status=UNTRIED, out="untried selftest: .* has no ivshmem-plain")
        self.emulator(devices='name "ivshmem-plain"')
        (self.root / "arm64/usr/sbin/s2memattr").unlink()
        self.gives(RELEASE, status=UNTRIED, out="untried selftest: s2memattr for arm64 is not here")

    def test_json(self):
        """JSON says the same"""
        said = json.loads(self.gives(RELEASE, "--json").stdout)
        self.assertEqual((said["kernel"], said["status"], said["qemu"], said["page_size"]),
                         (RELEASE, OK, "10.0.2", 4096))
        self.assertEqual(said["module"]["version"], "0.1.0")
        self.assertIn({"verdict": "ok", "where": "vhe/kprobe/2M", "text": "the guest sees normal-nc"},
                      said["verdicts"])

    def test_json_always(self):
        """one JSON object, also for what was not rehearsed, and for several kernels"""
        said = json.loads(self.gives("6.9", "--json", status=NOT_BEGUN, err=".*no image.*\n").stdout)
        self.assertEqual((said["kernel"], said["status"]), ("6.9", NOT_BEGUN))
        self.assertRegex(said["why"], "nothing was rehearsed: there is no image of a kernel 6.9")
        for release in (RELEASE, "6.9.0-gone"):
            self.put(f"var/lib/s2memattr/to-rehearse/{release}", "")
        said = json.loads(self.gives("--pending", "--json", status=NOT_BEGUN, err=".*no image.*\n").stdout)
        self.assertEqual({one["kernel"]: one["status"] for one in said["kernels"]},
                         {RELEASE: OK, "6.9.0-gone": NOT_BEGUN})
        self.assertEqual(said["status"], NOT_BEGUN)
        self.assertEqual(json.loads(self.gives("--pending", "--json").stdout), {"kernels": [], "status": OK})

    def test_nobody_listens(self):
        """output that is closed, or full, is no verdict"""
        for where, status, err in ((">&-", OK, "$"), (">&- 2>&- <&-", OK, "$"),
                                   (">/dev/full", NOT_BEGUN, "s2memattr: broke off: .*No space.*\n$")):
            done = subprocess.run(["sh", "-c", f'"$@" {where}', "sh", *self.words(RELEASE)], text=True,
                                  capture_output=True, env=self.environment(), timeout=60, check=False)
            self.assertEqual((where, done.returncode, done.stdout), (where, status, ""), done.stderr)
            self.assertRegex(done.stderr, f"^{err}")

    def test_nonsense(self):
        """a machine's nonsense is a failure, and what it does not say is untried"""
        for line in ("status", "status kprobe/2M", "status kprobe/2M 7", "status a b c"):
            self.edited("unloaded kprobe", f"{line}\nunloaded kprobe")
            self.gives(RELEASE, status=FAILED, out="FAIL vhe/.*: the selftest ends with status")
        self.edited("status kprobe/1G 0\n", "")
        self.gives(RELEASE, status=UNTRIED, out="untried vhe/kprobe/1G: not a word of its selftest's end")
        self.edited("status kprobe/1G 0\n", "untried kprobe/1G: vfio-pci does not take it\n")
        self.gives(RELEASE, status=UNTRIED, out="untried vhe/kprobe/1G: vfio-pci does not")

    def test_quiet(self):
        """what is not ok, and the last line"""
        said = self.gives(RELEASE, "--quiet").stdout.splitlines()
        self.assertEqual(len(said), 1, said)
        self.edited("ok kprobe/1G", "FAIL kprobe/1G")
        said = self.gives(RELEASE, "--quiet", status=FAILED).stdout.splitlines()
        self.assertEqual([line.split(" ")[0] for line in said], ["FAIL", "FAIL", f"{RELEASE}:"])

    def test_append(self):
        """words for the kernel's command line arrive; what came of it is not the host's"""
        self.gives(RELEASE, "--append", "kvm-arm.mode=protected")
        self.assertTrue(any(word.endswith(" kvm-arm.mode=protected") for word in self.command()))
        self.assertFalse((self.root / RECORD).exists())


class Remembered(RehearseTest):
    def record(self):
        """The record, as a dictionary."""
        lines = (self.root / RECORD).read_text().splitlines()
        return dict(line.split(" = ", 1) for line in lines)

    def test_record(self):
        """what came of it is written down, and replaced"""
        self.gives(RELEASE)
        said = self.record()
        size = (self.root / f"boot/vmlinuz-{RELEASE}").stat().st_size
        self.assertEqual((said["verdict"], said["module_version"], said["image_size"]),
                         ("ok", "0.1.0", str(size)))
        self.assertEqual(said["image"], f"/boot/vmlinuz-{RELEASE}")
        self.assertRegex(said["date"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.emulator(console="")
        self.gives(RELEASE, status=FAILED)
        self.assertEqual(self.record()["verdict"], "failed")
        self.assertEqual([path.name for path in (self.root / RECORD).parent.iterdir()], [RELEASE])

    def test_no_place(self):
        """that it cannot be written down is said, and changes nothing of what came of it"""
        self.put("var/lib/s2memattr", "a file")
        self.gives(RELEASE, err=".*what came of it is not written down: .*\n")

    def test_no_record(self):
        """unless it is not wanted, or the kernel is none of the host's"""
        self.gives(RELEASE, "--no-record")
        self.gives(f"{self.root}/boot/../boot/vmlinuz-{RELEASE}", "--root", "/")
        self.assertFalse((self.root / RECORD).exists())

    def test_pending(self):
        """what waits is rehearsed, and waits no more, whatever came of it"""
        self.gives("--pending")
        for release in (RELEASE, "6.9.0-gone"):
            self.put(f"var/lib/s2memattr/to-rehearse/{release}", "")
        self.gives("--pending", status=NOT_BEGUN, out=f"{RELEASE}: works", err=".*6.9.0-gone: there is no.*")
        self.assertEqual(list((self.root / "var/lib/s2memattr/to-rehearse").iterdir()), [])
        self.assertEqual(self.record()["verdict"], "ok")


class Ended(RehearseTest):
    def ends(self, number):
        """By a signal: neither emulator nor file is left, nor a record."""
        run = self.started(RELEASE)
        run.send_signal(number)
        _, err = run.communicate(timeout=20)
        self.no_emulator()
        self.assertEqual(list((self.top / "tmp").iterdir()), [])
        self.assertFalse((self.root / RECORD).exists())
        self.assertEqual(run.returncode, 128 + number)
        self.assertIn(f"ended by {signal.Signals(number).name}", err)

    def test_interrupted(self):
        """Ctrl-C leaves no emulator and no file"""
        self.ends(signal.SIGINT)

    def test_terminated(self):
        """nor does SIGTERM"""
        self.ends(signal.SIGTERM)

    def test_hung_up(self):
        """nor does a terminal that goes away"""
        self.ends(signal.SIGHUP)

    def test_killed(self):
        """SIGKILL leaves no emulator"""
        run = self.started(RELEASE)
        run.kill()
        run.communicate(timeout=20)
        self.no_emulator()

    def test_interrupted_wait(self):
        """a mark stays if its rehearsal was ended by a signal"""
        self.put(f"var/lib/s2memattr/to-rehearse/{RELEASE}", "")
        run = self.started("--pending")
        run.send_signal(signal.SIGTERM)
        run.communicate(timeout=20)
        self.no_emulator()
        self.assertEqual(os.listdir(self.root / "var/lib/s2memattr/to-rehearse"), [RELEASE])
