# SPDX-License-Identifier: GPL-2.0-only
"""What an image's text says, of images that are a few functions: where the hook would go, and
whether a guest's faults come by. What there is about survival is for whole kernels."""
import struct
import subprocess
import tempfile
import unittest
from pathlib import Path

from rehearse import text

START = 0xffff800080000000
RET, DSB_ISHST, NOP = 0xd65f03c0, 0xd5033a9f, 0xd503201f
FUNCTIONS = ["_text", "kvm_arch_prepare_memory_region", "user_mem_abort",
             "kvm_handle_guest_abort", "kvm_phys_addr_ioremap", "kvm_pgtable_stage2_map",
             "stage2_map_walker", "kvm_pgtable_walk", "printk", "behind"]
ADDRESS = {name: START + 256 * number for number, name in enumerate(FUNCTIONS)}


def call(name):
    """BL"""
    return lambda at: 0x94000000 | (ADDRESS[name] - at) // 4 & 0x3ffffff


def address(name):
    """ADR X1"""
    return lambda at: 0x10000001 | ((ADDRESS[name] - at) // 4 & 0x7ffff) << 5


MAP = [address("stage2_map_walker"), call("kvm_pgtable_walk"), DSB_ISHST]


class TextTest(unittest.TestCase):
    """FUNCTION = what is in it"""

    def look(self, listed=tuple(FUNCTIONS), **functions):
        """All that is said of an image with these functions, "yes" or "no" first."""
        functions = {"kvm_pgtable_stage2_map": MAP, "user_mem_abort": [call("kvm_pgtable_stage2_map")],
                     "kvm_handle_guest_abort": [call("user_mem_abort")], **functions}
        data = bytearray(b"\0" * 56 + b"ARMd").ljust(256 * len(FUNCTIONS), b"\0")
        for name, body in functions.items():
            for number, insn in enumerate([*body, RET]):
                at = ADDRESS[name] - START + 4 * number
                struct.pack_into("<I", data, at, insn(START + at) if callable(insn) else insn)
        with tempfile.TemporaryDirectory(prefix="s2m-test-") as workdir:
            image = Path(workdir) / "Image"
            image.write_bytes(data)
            lines = [f"{ADDRESS[name]:016x} t {name}" if name in ADDRESS else name
                     for name in listed]
            there, missing = text.look(image, lines, Path(workdir))
        return [f"yes {line}" for line in there] + [f"no {line}" for line in missing]

    def setUp(self):
        # pylint: disable-next=consider-using-with
        built = tempfile.TemporaryDirectory(prefix="s2m-test-")
        self.addCleanup(built.cleanup)
        subprocess.run(["make", "-s", "-C", Path(text.__file__).parent, f"O={built.name}"],
                       check=True)
        self.addCleanup(setattr, text, "PROGRAM", text.PROGRAM)
        text.PROGRAM = Path(built.name) / "rehearse-text"

    def test_path(self):
        """faults that come by the hook"""
        said = self.look()
        self.assertIn("yes walk: kvm_pgtable_walk is called at +0x4", said)
        self.assertIn("yes path: kvm_handle_guest_abort comes to the walk by user_mem_abort", said)
        self.assertFalse([line for line in said if "path: kvm_arch" in line])

    def test_early(self):
        """a kernel that maps in advance"""
        said = self.look(kvm_arch_prepare_memory_region=[call("kvm_phys_addr_ioremap")],
                         kvm_phys_addr_ioremap=[call("kvm_pgtable_stage2_map")])
        self.assertIn("yes path: kvm_arch_prepare_memory_region comes to the walk by "
                      "kvm_phys_addr_ioremap", said)

    def test_copy(self):
        """a copy that faults pass, or new memslots"""
        self.assertIn("no path: user_mem_abort has a copy of kvm_pgtable_stage2_map in it",
                      self.look(user_mem_abort=MAP))
        said = self.look(kvm_arch_prepare_memory_region=MAP)
        self.assertIn("no path: kvm_arch_prepare_memory_region has a copy of "
                      "kvm_pgtable_stage2_map in it", said)

    def test_unknown_copy(self):
        """a function by whose callback no copy would be known"""
        self.assertIn("no path: kvm_pgtable_stage2_map does not form the address of "
                      "stage2_map_walker",
                      self.look(kvm_pgtable_stage2_map=[NOP, call("kvm_pgtable_walk"), DSB_ISHST]))
        self.assertFalse([line for line in self.look() if "does not form" in line])

    def test_no_path(self):
        """faults that go elsewhere"""
        self.assertIn("no path: found no way from kvm_handle_guest_abort to "
                      "kvm_pgtable_stage2_map", self.look(user_mem_abort=[NOP]))

    def test_listing(self):
        """where no function is known to end, what is behind it is not taken for it"""
        there = [name for name in FUNCTIONS if name != "kvm_phys_addr_ioremap"]
        there.insert(there.index("user_mem_abort"), "--")
        there.insert(there.index("kvm_handle_guest_abort"), "--")
        self.assertIn("no path: found no way from kvm_handle_guest_abort to "
                      "kvm_pgtable_stage2_map", self.look(listed=there))
