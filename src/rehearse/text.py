# SPDX-License-Identifier: GPL-2.0-only
"""What a kernel's image says itself, where there is no module to try: its functions, from
a boot that prints them, and the instructions that the module would meet, from the image."""
import os
import subprocess
from pathlib import Path

from .image import Refused

# A class of names for each; without the first four nothing works at all.
WANTED = ["kvm_pgtable_stage2_map", "kvm_pgtable_walk", "stage2_map_walker", "get_kvm_ipa_limit",
          "kvm_get_running_vcpu", "__mmu_notifier_invalidate_range_start",
          "__mmu_notifier_invalidate_range_end", "register_kprobe"]
OTHERS = ["_text", "_stext", "_kvm_pgtable_walk", "kvm_handle_guest_abort", "_printk", "printk",
          "__stack_chk_fail"]
# Beside this file where it is installed; elsewhere it is built.
PROGRAM = os.environ.get("S2MEMATTR_REHEARSE_TEXT") or Path(__file__).with_name("rehearse-text")


def symbols(lines):
    """NAME -> (address, size): up to the next address that is another one."""
    known = sorted({(int(words[0], 16), words[2]) for words in map(str.split, lines)
                    if len(words) >= 3 and len(words[0]) == 16})
    found = {}
    for address, name in known:
        behind = min((other for other, _ in known if other > address), default=address)
        found.setdefault(name, (address, behind - address))
    # Without KALLSYMS_ALL only what lies behind it is listed, from the next segment on
    # (SEGMENT_ALIGN, which has been 64 KiB since 5.8).
    if "_stext" in found:
        found.setdefault("_text", (found["_stext"][0] - 0x10000, 0))
    return found


def look(image, lines, workdir):
    """(what is there, what is not), as sentences. @lines: of /proc/kallsyms."""
    found = symbols(lines)
    missing = [f"there is no {name}" for name in WANTED if name not in found]
    listing = workdir / "symbols"
    listing.write_text("".join(f"{address:x} {size:x} {name}\n"
                               for name, (address, size) in found.items()))
    try:
        result = subprocess.run([PROGRAM, image, listing], capture_output=True,
                                text=True, check=False)
    except OSError as error:
        raise Refused(f"{PROGRAM}: {error.strerror}") from error
    said = result.stdout.splitlines() or [f"no the text cannot be read: {result.stderr.strip()}"]
    return ([line[4:] for line in said if line.startswith("yes ")],
            missing + [line[3:] for line in said if not line.startswith("yes ")])
