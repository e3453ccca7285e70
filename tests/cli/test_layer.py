# SPDX-License-Identifier: GPL-2.0-only
"""layer, config: rules that belong to somebody, and one table of all of them."""
import fcntl
import json
import os
import subprocess
import threading
import time

import tool
from tool import FAILED, KNOB, NOT_LOADED, OK, USAGE, ToolTest

POLICY = "native device-nGnRE normal-nc [policy]\n"
STATE = "run/s2memattr/layers"


class Layered(ToolTest):
    """A host with a configuration in force. The files do not answer as a kernel does:
    a mode that was written stands there without the others."""

    def configured(self, *conf, **more):
        self.knob(mode=POLICY)
        self.put("etc/s2memattr.conf", "".join(f"{line}\n" for line in conf))
        for name, text in more.items():
            self.put(f"etc/s2memattr.conf.d/{name}.conf", text)
        self.apply()

    def apply(self, *args, **more):
        result = self.gives("config", "apply", *args, **more)
        self.put(f"{KNOB}/mode", {
            "policy": POLICY, "native": "[native] device-nGnRE normal-nc policy\n",
            "normal-nc": "native device-nGnRE [normal-nc] policy\n",
            "device-nGnRE": "native [device-nGnRE] normal-nc policy\n",
        }.get(self.get(f"{KNOB}/mode"), self.get(f"{KNOB}/mode")))
        return result

    def set(self, name, *rules, **more):
        return self.gives("layer", "set", name, "-", stdin="".join(f"{r}\n" for r in rules), **more)

    def live(self):
        return self.get(f"{KNOB}/policy").split("\n")[:-1]

    def names(self):
        return [layer["layer"] for layer in self.json("layer", "list")]


class Layer(Layered):
    def test_order(self):
        """VMs' layers by name, then the directory's files by name, then the file"""
        self.configured("native bar=0", b="native bar=2\n", a="native bar=1\n")
        self.set("vm2", "normal-nc bar=4")
        self.set("vm1", "normal-nc bar=3", "normal-nc bar=5")
        self.assertEqual(self.live(), ["normal-nc bar=3", "normal-nc bar=5", "normal-nc bar=4",
                                       "native bar=1", "native bar=2", "native bar=0"])
        self.assertEqual(self.names(), ["vm1", "vm2", "/etc/s2memattr.conf.d/a.conf",
                                        "/etc/s2memattr.conf.d/b.conf", "/etc/s2memattr.conf"])
        self.gives("config", "status", out="in force\n")

    def test_remove(self):
        """one that goes takes only its own, equal lines of others stay"""
        self.configured("normal-nc bar=3")
        self.set("vm1", "normal-nc bar=3")
        self.set("vm2", "normal-nc bar=3")
        self.gives("layer", "remove", "vm1")
        self.assertEqual(self.live(), ["normal-nc bar=3", "normal-nc bar=3"])
        self.gives("layer", "remove", "vm2")
        self.assertEqual(self.live(), ["normal-nc bar=3"])
        self.gives("layer", "remove", "vm2", err=".*there is no layer vm2.*")
        self.assertEqual(self.live(), ["normal-nc bar=3"])

    def test_replace(self):
        """one that is set again is replaced"""
        self.configured("native")
        self.set("vm1", "normal-nc bar=3")
        self.set("vm1", "device-GRE bar=3")
        self.assertEqual(self.live(), ["device-GRE bar=3", "native"])

    def test_reload(self):
        """a reload replaces the configuration and leaves the others"""
        self.configured("native bar=0", a="native bar=1\n")
        self.set("vm1", "normal-nc bar=3")
        self.put("etc/s2memattr.conf", "native bar=2\n")
        (self.root / "etc/s2memattr.conf.d/a.conf").unlink()
        self.apply()
        self.assertEqual(self.live(), ["normal-nc bar=3", "native bar=2"])
        self.set("vm2", "normal-nc bar=4")
        self.gives("layer", "remove", "vm1")
        self.assertEqual(self.live(), ["normal-nc bar=4", "native bar=2"])

    def test_edited(self):
        """what stands in the file but was not applied does not come with a VM"""
        self.configured("native bar=0")
        self.put("etc/s2memattr.conf", "normal-nc\n")
        self.set("vm1", "normal-nc bar=3")
        self.assertEqual(self.live(), ["normal-nc bar=3", "native bar=0"])

    def test_show(self):
        """policy show tells whose a rule is, and its output is a table"""
        self.configured("native bar=0")
        self.set("vm1", "normal-nc bar=3")
        shown = self.gives("policy", "show").out
        self.assertRegex(shown, r"normal-nc bar=3 +# vm1\nnative bar=0 +# /etc/s2memattr.conf\n")
        self.assertEqual([rule["layer"] for rule in self.json("policy", "show")["rules"]],
                         ["vm1", "/etc/s2memattr.conf"])
        self.gives("policy", "check", "-", stdin=shown, out="-: 2 rules, no error\n")

    def test_by_hand(self):
        """a table that somebody has written by hand is kept, with VMs' rules in front"""
        self.configured("native bar=0")
        self.set("vm1", "normal-nc bar=3")
        self.put(f"{KNOB}/policy", "device-GRE\n")
        self.set("vm2", "normal-nc bar=4")
        self.assertEqual(self.live(), ["normal-nc bar=3", "normal-nc bar=4", "device-GRE"])
        self.gives("layer", "remove", "vm1")
        self.gives("layer", "remove", "vm2")
        self.assertEqual(self.live(), ["device-GRE"])
        self.assertIn("no configuration has been applied",
                      self.gives("config", "status", status=FAILED).out)
        self.apply()
        self.assertEqual(self.live(), ["native bar=0"])

    def test_by_hand_behind(self):
        """a table by hand that begins with VMs' rules is theirs there"""
        self.configured("native bar=0")
        self.set("vm1", "normal-nc bar=3")
        self.put(f"{KNOB}/policy", "normal-nc bar=3\ndevice-GRE\n")
        self.gives("layer", "remove", "vm1")
        self.assertEqual(self.live(), ["device-GRE"])

    def test_names(self):
        """names that could not be told apart from others are refused"""
        self.configured("native")
        self.set("", "native", status=USAGE, err=".*argument 3 is empty.*")
        for name in ("/etc/s2memattr.conf", "a b", "a\nb", "#a", "x" * 256):
            self.set(name, "native", status=FAILED, err=".*the name of a layer.*")
        self.set("машина", "native bar=1")
        self.set("x" * 255, "native bar=1")
        self.assertEqual(self.names()[:2], ["x" * 255, "машина"])

    def test_no_path(self):
        """a name is no path, whatever it looks like; a file is followed, a directory is none"""
        self.configured("native")
        before = sorted(self.root.rglob("*"))
        for name in ("..", "../../../etc/s2memattr.conf", "."):
            self.set(name, "native bar=1")
            self.assertEqual(self.names()[0], name)
            self.gives("layer", "remove", name)
        self.assertEqual(sorted(self.root.rglob("*")), before)
        self.gives("layer", "set", "vm1", str(self.root), status=FAILED, err=".*Is a directory.*")
        self.put("rules", "native bar=2\n")
        (self.root / "link").symlink_to("rules")
        self.gives("layer", "set", "vm1", str(self.root / "link"))
        self.assertEqual(self.live(), ["native bar=2", "native"])

    def test_wrong(self):
        """rules that are none change nothing"""
        self.configured("native")
        before = self.get(STATE)
        self.set("vm1", "normal-wc", status=FAILED, err=".*normal-wc.*")
        self.set("vm1", "mode = native", status=FAILED, err=".*mode.*")
        self.assertEqual((self.live(), self.get(STATE)), (["native"], before))

    def test_refused(self):
        """what the kernel refuses changes nothing and leaves nothing"""
        self.configured("native")
        before = self.get(STATE)
        (self.root / KNOB / "policy_commit").unlink()
        (self.root / KNOB / "policy_commit").symlink_to("/dev/full")
        self.set("vm1", *["native bar=1 phys=0-1"] * 500, status=FAILED, err=".*policy_commit.*")
        self.assertEqual((self.get(STATE), self.live()), (before, ["native"]))
        self.assertFalse((self.root / f"{STATE}.new").exists())

    def test_not_loaded(self):
        """without the module none can be set, but one can end"""
        self.configured("native")
        self.set("vm1", "normal-nc bar=3")
        for path in sorted((self.root / KNOB).rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        self.set("vm2", "normal-nc", status=NOT_LOADED, err=".*not loaded.*")
        self.gives("layer", "remove", "vm1")
        self.assertEqual(self.names(), ["/etc/s2memattr.conf"])

    def test_module_anew(self):
        """a module that was loaded anew gets the layers of running VMs with the configuration"""
        self.configured("native")
        self.set("vm1", "normal-nc bar=3")
        self.knob()
        self.apply()
        self.assertEqual(self.live(), ["normal-nc bar=3", "native"])

    def test_reset(self):
        """reset empties the table; the next apply brings VMs' rules back"""
        self.configured("native")
        self.set("vm1", "normal-nc bar=3")
        self.gives("config", "reset")
        self.assertEqual((self.get(f"{KNOB}/mode"), self.get(f"{KNOB}/policy")), ("native", "\n"))
        self.knob()
        self.apply()
        self.assertEqual(self.live(), ["normal-nc bar=3", "native"])


class Crash(Layered):
    """Between what is written down and what the kernel has."""

    def cut_short(self):
        self.configured("native")
        self.set("vm1", "normal-nc bar=3")
        old = self.get(STATE), self.get(f"{KNOB}/policy")
        self.set("vm2", "normal-nc bar=4")
        new = self.get(STATE), self.get(f"{KNOB}/policy")
        return old, new

    def test_before_the_kernel(self):
        """killed before the kernel has it: it has not happened"""
        old, new = self.cut_short()
        self.put(STATE, old[0])
        self.put(f"{STATE}.new", new[0])
        self.put(f"{KNOB}/policy", old[1])
        self.assertEqual(self.names()[:-1], ["vm1"])
        self.set("vm3", "normal-nc bar=5")
        self.assertEqual(self.live(), ["normal-nc bar=3", "normal-nc bar=5", "native"])

    def test_after_the_kernel(self):
        """killed after the kernel has it: it has happened"""
        old, new = self.cut_short()
        self.put(STATE, old[0])
        self.put(f"{STATE}.new", new[0])
        self.put(f"{KNOB}/policy", new[1])
        self.assertEqual(self.names()[:-1], ["vm1", "vm2"])
        self.gives("layer", "remove", "vm2")
        self.assertEqual(self.live(), ["normal-nc bar=3", "native"])
        self.assertFalse((self.root / f"{STATE}.new").exists())

    def test_while_writing(self):
        """killed while it was being written down: it has not happened, and nobody is told"""
        old, new = self.cut_short()
        self.put(STATE, old[0])
        self.put(f"{KNOB}/policy", old[1])
        for cut in range(0, len(new[0]), 7):
            self.put(f"{STATE}.part", new[0][:cut])
            # Where earlier versions have written it.
            self.put(f"{STATE}.new", new[0][:cut])
            self.assertEqual(self.names()[:-1], ["vm1"])
        self.set("vm2", "normal-nc bar=4")
        self.assertEqual(self.get(STATE), new[0])
        self.assertEqual(sorted(path.name for path in (self.root / STATE).parent.iterdir()),
                         ["layers", "layers.lock"])

    def test_full(self):
        """a full /run changes nothing and leaves nothing"""
        old, _ = self.cut_short()
        before = self.get(STATE), self.live()
        (self.root / f"{STATE}.part").symlink_to("/dev/full")
        self.set("vm3", "normal-nc bar=5", status=FAILED, err=".*No space left on device.*")
        self.assertEqual((self.get(STATE), self.live()), before)
        self.gives("layer", "list", err="")
        self.set("vm3", "normal-nc bar=5")
        self.gives("layer", "remove", "vm2")
        self.gives("layer", "remove", "vm3")
        self.assertEqual(self.get(STATE), old[0])

    def test_full_reset(self):
        """the word that lets everything go works on a full /run, too"""
        self.configured("normal-nc")
        self.set("vm1", "native bar=3")
        for verb in ("reset", "release"):
            (self.root / f"{STATE}.part").symlink_to("/dev/full")
            self.gives("config", verb, err=".*No space left on device.*")
            self.assertEqual((self.get(f"{KNOB}/mode"), self.get(f"{KNOB}/policy")), ("native", "\n"))
            self.knob()
            self.apply()
            self.assertEqual(self.live(), ["native bar=3", "normal-nc"])

    def test_damaged(self):
        """a state that is not understood is no reason to lose rules"""
        self.configured("native")
        self.put(STATE, "layer set vm1\nrubbish\n")
        self.set("vm1", "normal-nc", status=FAILED, err=".*config reset.*begins anew.*")
        self.assertEqual(self.live(), ["native"])
        self.gives("config", "reset", err=".*")
        self.knob()
        self.apply()
        self.assertEqual(self.live(), ["native"])


class Together(Layered):
    def test_many_at_once(self):
        """twenty at once: each is there, each goes"""
        self.configured("native")
        threads = [threading.Thread(target=self.set, args=(f"vm{i}", f"normal-nc bar={i % 6}"))
                   for i in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(self.live()), 21)
        threads = [threading.Thread(target=self.gives, args=("layer", "remove", f"vm{i}"))
                   for i in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.live(), ["native"])

    def test_waits(self):
        """a change waits for another to end"""
        self.configured("native")
        with (self.root / "run/s2memattr/layers.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # pylint: disable-next=consider-using-with
            waiting = subprocess.Popen([tool.PROGRAM, "--root", str(self.root), "layer", "remove",
                                        "vm1"], stderr=subprocess.PIPE)
            time.sleep(0.5)
            self.assertIsNone(waiting.poll())
        waiting.communicate(timeout=60)
        self.assertEqual(waiting.returncode, OK)


    def looks(self, lock, meanwhile):
        """What "config status" says that began while somebody changes layers."""
        fcntl.flock(lock, fcntl.LOCK_EX)
        # pylint: disable-next=consider-using-with
        looking = subprocess.Popen([tool.PROGRAM, "--root", str(self.root), "config", "status"],
                                   stdout=subprocess.PIPE, text=True)
        time.sleep(0.5)
        meanwhile()
        return looking.communicate(timeout=60)[0]

    def test_look(self):
        """status does not take a change that is under way for something else than was asked"""
        self.configured("native")
        self.set("vm1", "normal-nc bar=3")
        after = self.get(STATE)
        self.gives("layer", "remove", "vm1")
        # The kernel has it, and what is remembered follows.
        self.put(f"{KNOB}/policy", "normal-nc bar=3\nnative\n")
        with (self.root / "run/s2memattr/layers.lock").open("w") as lock:
            def end():
                self.put(STATE, after)
                fcntl.flock(lock, fcntl.LOCK_UN)
            self.assertEqual(self.looks(lock, end), "in force\n")
            # One that hangs keeps nobody from an answer.
            self.assertEqual(self.looks(lock, lambda: None), "in force\n")

    def test_latest(self):
        """of two reloads the last one's configuration stays: it is read when it is its turn"""
        self.configured("native bar=1")
        with (self.root / "run/s2memattr/layers.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # pylint: disable-next=consider-using-with
            waiting = subprocess.Popen([tool.PROGRAM, "--root", str(self.root), "config", "apply"])
            time.sleep(0.5)
            self.put("etc/s2memattr.conf", "native bar=2\n")
        waiting.communicate(timeout=60)
        self.assertEqual((waiting.returncode, self.live()), (OK, ["native bar=2"]))


class Config(Layered):
    def reasons(self, status=FAILED):
        return self.json("config", "status", status=status)["reasons"]

    def test_in_force(self):
        """what was applied is in force, and says so"""
        self.configured("native")
        self.gives("config", "status", out="in force\n")
        self.assertEqual(self.json("config", "status"), {"in_force": True, "reasons": []})

    def test_drift(self):
        """each way in which it is not in force has its sentence"""
        self.configured("native")
        self.put(f"{KNOB}/policy", "")
        self.assertEqual(self.reasons(), ["the table in force is not the one that the layers make"])
        self.apply()
        self.put(f"{KNOB}/mode", "[native] device-nGnRE normal-nc policy\n")
        self.assertEqual(self.reasons(), ["the mode is native, the configuration says policy"])
        self.put(f"{KNOB}/mode", POLICY)
        self.put(f"{KNOB}/hook/state", "lost\n")
        self.assertIn("the hook is lost", self.reasons()[0])
        self.put(f"{KNOB}/hook/state", "standby\n")
        self.put("etc/s2memattr.conf", "native bar=1\n")
        self.assertIn("files say something else", self.reasons()[0])
        self.put("etc/s2memattr.conf", "rubbish\n")
        self.assertIn("/etc/s2memattr.conf: line 1:", self.reasons()[0])

    def test_nothing_asked(self):
        """a configuration that asks for nothing is in force without the module"""
        self.put("etc/s2memattr.conf", "# nothing\n")
        self.gives("config", "status", out="in force\n")
        self.put("etc/s2memattr.conf", "mode = device-nGnRE\n")
        self.assertEqual(self.reasons(NOT_LOADED), ["the module is not loaded"])

    def test_doctor(self):
        """the doctor finds what is not in force, and what to do"""
        self.configured("native")

        def finding():
            found = json.loads(self.run_tool("doctor", "--json").out)
            return next(f for f in found if f["check"] == "config")
        self.assertEqual(finding()["state"], "ok")
        self.put(f"{KNOB}/policy", "")
        self.assertEqual(finding()["state"], "failure")
        self.assertIn("table in force", finding()["finding"])
        self.assertIn("reload", finding()["advice"])

    def test_layer_not_asked(self):
        """a VM's rules that the mode does not ask are seen"""
        self.configured("mode = normal-nc")
        self.set("vm1", "native")
        self.assertEqual(self.reasons(), ["layers have rules, which mode normal-nc does not ask"])

    def test_two_modes(self):
        """two files that say two modes are refused, and nothing changes"""
        self.configured("native")
        self.put("etc/s2memattr.conf.d/x.conf", "mode = native\n")
        self.put("etc/s2memattr.conf", "mode = policy\n")
        self.gives("config", "apply", status=FAILED,
                   err=".*/etc/s2memattr.conf: mode policy, but /etc/s2memattr.conf.d/x.conf says native.*")
        self.assertEqual(self.live(), ["native"])

    def test_unaligned(self):
        """unaligned is one more setting: in any file, the same in several, in any case"""
        self.configured("native", "unaligned = emulate", a="unaligned=EMULATE\n")
        self.assertEqual(self.get(f"{KNOB}/unaligned"), "emulate")
        self.put(f"{KNOB}/unaligned", "fault [emulate]\n")
        self.gives("config", "status", out="in force\n")
        self.set("vm1", "normal-nc bar=3")
        self.gives("config", "status", out="in force\n")
        self.put(f"{KNOB}/unaligned", "[fault] emulate\n")
        self.assertEqual(self.reasons(),
                         ["unaligned accesses get fault, the configuration says emulate"])
        self.put(f"{KNOB}/unaligned", "fault [emulate]\n")
        self.put("etc/s2memattr.conf", "native\nunaligned = fault\n")
        self.gives("config", "apply", status=FAILED,
                   err=".*/etc/s2memattr.conf: unaligned fault, but "
                       "/etc/s2memattr.conf.d/a.conf says emulate.*")
        self.put("etc/s2memattr.conf.d/a.conf", "# no more\n")
        self.assertEqual(self.reasons()[0],
                         "unaligned accesses get emulate, the configuration says fault")
        self.assertIn("files say something else", self.reasons()[1])
        self.apply()
        self.assertEqual(self.get(f"{KNOB}/unaligned"), "fault")
        self.gives("config", "status", out="in force\n")

    def test_unaligned_alone(self):
        """a configuration of nothing but unaligned is not in force before it is applied"""
        self.knob(mode="[native] device-nGnRE normal-nc policy\n")
        self.put("etc/s2memattr.conf", "unaligned = emulate\n")
        self.assertIn("unaligned accesses get fault, the configuration says emulate",
                      self.reasons())
        self.apply()
        self.put(f"{KNOB}/unaligned", "fault [emulate]\n")
        self.gives("config", "status", out="in force\n")

    def test_unaligned_release(self):
        """what is let go is let go with it"""
        self.configured("mode = native", "unaligned = emulate")
        self.put(f"{KNOB}/unaligned", "fault [emulate]\n")
        self.gives("config", "release", out="")
        self.assertEqual(self.get(f"{KNOB}/unaligned"), "fault")

    def test_unaligned_back(self):
        """a change that fails takes it back"""
        self.configured("native")
        (self.root / KNOB / "policy_commit").unlink()
        (self.root / KNOB / "policy_commit").mkdir()
        self.put("etc/s2memattr.conf", "unaligned = emulate\n" +
                 "".join(f"native pci=0000:{bus:02x}:00.0\n" for bus in range(256)))
        self.gives("config", "apply", status=FAILED, err=".+")
        self.assertEqual(self.get(f"{KNOB}/unaligned"), "fault")

    def test_directory_only(self):
        """the file may be missing if the directory has some; other names do not count"""
        self.knob(mode=POLICY)
        self.put("etc/s2memattr.conf.d/x.conf", "native bar=1\n")
        self.put("etc/s2memattr.conf.d/.x.conf", "rubbish\n")
        self.put("etc/s2memattr.conf.d/x.conf.dpkg-old", "rubbish\n")
        self.apply()
        self.assertEqual(self.live(), ["native bar=1"])

    def test_odd_file(self):
        """a file with a name of two lines adds no rule to what is remembered"""
        self.configured("native", **{"x\nnormal-nc bar=1\ny": "native bar=2\n"})
        self.gives("config", "status", out="in force\n")
        self.set("vm1", "native bar=3")
        self.assertEqual(self.live(), ["native bar=3", "native bar=2", "native"])

    def test_names_alike(self):
        """two files whose names look the same where they are shown lose no rule"""
        self.configured("native", **{"a\nb": "mode = policy\ndevice-nGnRE bar=1\n",
                                     "a?b": "mode = policy\ndevice-nGnRE bar=2\n"})
        self.assertEqual(self.live(), ["device-nGnRE bar=1", "device-nGnRE bar=2", "native"])
        self.gives("config", "status", out="in force\n")
        self.set("vm1", "native bar=3")
        self.gives("layer", "remove", "vm1")
        self.assertEqual(self.live(), ["device-nGnRE bar=1", "device-nGnRE bar=2", "native"])

    def test_thousand_files(self):
        """a directory of a thousand files is read as one of two is"""
        self.configured("native", **{f"{i:04}": f"native pci=0000:{i % 256:02x}:00.{i // 256}\n"
                                     for i in range(1000)})
        staged = self.get(f"{KNOB}/policy_stage")
        self.assertEqual(staged.count("\n"), 1001)
        self.put(f"{KNOB}/policy", staged)
        self.gives("config", "status", out="in force\n")
        self.assertEqual(self.names()[-2:], ["/etc/s2memattr.conf.d/0999.conf",
                                             "/etc/s2memattr.conf"])

    def refuses(self, sentence):
        """Whatever reads the configuration says so at once, and nothing changes."""
        for verb in ("apply", "check", "status"):
            said = self.run_tool("config", verb)
            self.assertEqual(said.status, FAILED)
            self.assertRegex(said.out + said.err, sentence)
        self.assertEqual(self.live(), ["native"])

    def test_no_file(self):
        """what is there in a file's place is no configuration, and none that is left out"""
        self.configured("native")
        odd = self.root / "etc/s2memattr.conf.d/odd.conf"
        odd.parent.mkdir()
        os.mkfifo(odd)
        self.refuses("/etc/s2memattr.conf.d/odd.conf: is no regular file")
        odd.unlink()
        odd.mkdir()
        self.refuses("/etc/s2memattr.conf.d/odd.conf: is no regular file")
        odd.rmdir()
        odd.symlink_to("nowhere")
        self.refuses("/etc/s2memattr.conf.d/odd.conf: No such file")
        odd.unlink()
        odd.symlink_to("/dev/null")
        self.gives("config", "check", out=None)
        odd.parent.joinpath("more.conf").write_text("native bar=1\n")
        conf = self.root / "etc/s2memattr.conf"
        conf.unlink()
        conf.symlink_to("nowhere")
        self.refuses("/etc/s2memattr.conf: No such file")

    def test_no_directory(self):
        """nor is what is there in the directory's place"""
        self.configured("native")
        self.put("etc/s2memattr.conf.d", "native bar=1\n")
        self.refuses("/etc/s2memattr.conf.d: Not a directory")

    def test_empty(self):
        """what a full disk leaves of a file is not taken for a word to let everything go"""
        self.configured("native")
        self.put("etc/s2memattr.conf")
        self.refuses("/etc/s2memattr.conf: is empty")
        self.put("etc/s2memattr.conf", "native\n")
        odd = self.put("etc/s2memattr.conf.d/odd.conf")
        self.refuses("/etc/s2memattr.conf.d/odd.conf: is empty")
        odd.unlink()
        odd.symlink_to("/dev/null")
        self.gives("config", "check")

    def test_other_systems(self):
        """lines that end as on another system, and a mark in front, are no part of a rule"""
        self.configured("native")
        self.put("etc/s2memattr.conf", "mode = policy\r\nnormal-nc bar=1\r\n")
        self.apply()
        self.assertEqual(self.live(), ["normal-nc bar=1"])
        self.gives("config", "status", out="in force\n")
        self.put("etc/s2memattr.conf", "\ufeffmode = native\r\n")
        self.gives("config", "check", status=FAILED, err=".*line 1.*")

    def test_warnings(self):
        """check warns of rules that are not asked, and of a policy without rules"""
        self.put("etc/s2memattr.conf", "mode = native\nnormal-nc\n")
        self.gives("config", "check", err=".*not asked in mode native.*mode = policy.*")
        self.put("etc/s2memattr.conf", "mode = policy\n")
        self.gives("config", "check", err=".*without rules.*")
        self.put("etc/s2memattr.conf", "mode = policy\nnormal-nc\n")
        self.gives("config", "check", out="/etc/s2memattr.conf: mode policy, unaligned fault, 1 rule, no error\n")

    def test_errata(self):
        """check knows the errata of the host it runs on"""
        self.put("etc/s2memattr.conf", "normal-nc prefetch=1\n")
        self.assertEqual(self.json("config", "check")["warnings"], [])
        self.put("sys/devices/soc0/soc_id", "jep106:036b:0410\n")
        self.put("sys/devices/soc0/revision", "0x00000001\n")
        self.assertRegex(self.json("config", "check")["warnings"][0], "corrupts.*NVIDIA")
        self.put("etc/s2memattr.conf", "device-nGnRE\n")
        self.assertEqual(self.json("config", "check")["warnings"], [])


class Release(Layered):
    """Who has something to lose is not passed through native."""

    def holder(self, *targets):
        fds = self.root / "proc/812/fd"
        fds.mkdir(parents=True)
        for number, target in enumerate(targets):
            (fds / str(number)).symlink_to(target)

    def refused(self):
        self.gives("config", "release", status=FAILED,
                   err=".*mode policy stays in force.*process 812.*config reset.*")
        self.assertEqual((self.get(f"{KNOB}/mode"), self.live()), (POLICY, ["normal-nc"]))

    def released(self):
        self.gives("config", "release")
        self.assertEqual(self.get(f"{KNOB}/mode"), "native")

    def test_device(self):
        """a VM with a device keeps the mode"""
        self.configured("normal-nc")
        self.holder("anon_inode:kvm-vm", "anon_inode:[vfio-device]")
        self.refused()

    def test_cdev(self):
        """one with a device of iommufd does, too"""
        self.configured("normal-nc")
        self.holder("anon_inode:kvm-vm", "/dev/vfio/devices/vfio0")
        self.refused()

    def test_mapped(self):
        """so does whoever has device memory in the stage-2 tables"""
        self.configured("normal-nc")
        self.put(f"{KNOB}/mappings", "pid=812 ipa=0x800000000 size=0x1000 phys=0x8000400000 "
                 "leaf=0x1000 level=3 type=normal-nc dev=- bar=- rule=1\n")
        self.refused()

    def test_nobody(self):
        """VMs without devices, and devices without VMs, do not"""
        self.configured("normal-nc")
        self.holder("anon_inode:kvm-vm", "/dev/null")
        self.released()

    def test_coherent(self):
        """with coherent-ram any VM does"""
        self.configured("coherent-ram")
        self.holder("anon_inode:kvm-vm")
        self.gives("config", "release", status=FAILED, err=".*812.*")

    def test_native(self):
        """in mode native there is nothing to lose"""
        self.configured("normal-nc")
        self.put(f"{KNOB}/mode", "[native] device-nGnRE normal-nc policy\n")
        self.holder("anon_inode:kvm-vm", "anon_inode:[vfio-device]")
        self.gives("config", "release")

    def test_reset(self):
        """reset is the word that does it all the same"""
        self.configured("normal-nc")
        self.holder("anon_inode:kvm-vm", "anon_inode:[vfio-device]")
        self.gives("config", "reset")
        self.assertEqual(self.get(f"{KNOB}/mode"), "native")
