# SPDX-License-Identifier: GPL-2.0-only
"""What a kernel's image says itself, where there is no module to try: its functions, from
a boot that prints them, and the instructions that the module would meet, from the image."""
import os
import subprocess
from pathlib import Path

from .image import Refused

# A class of names for each; without the first five nothing works at all.
WANTED = ["kvm_pgtable_stage2_map", "kvm_pgtable_walk", "stage2_map_walker", "get_kvm_ipa_limit",
          "kvm_handle_guest_abort", "kvm_get_running_vcpu", "__mmu_notifier_invalidate_range_start",
          "__mmu_notifier_invalidate_range_end", "register_kprobe"]
OTHERS = ["_text", "_stext", "_kvm_pgtable_walk", "_printk", "printk", "__stack_chk_fail"]
# Between these, and near them, are the functions by which a fault comes to the hook.
AROUND = ["kvm_handle_guest_abort", "kvm_arch_prepare_memory_region", "kvm_pgtable_stage2_map"]
# Beside this file where it is installed; elsewhere it is built.
PROGRAM = os.environ.get("S2MEMATTR_REHEARSE_TEXT") or Path(__file__).with_name("rehearse-text")


def groups(lines):
    """Lines that stand one behind the other in /proc/kallsyms, as (address, NAME)."""
    group = []
    for words in map(str.split, lines):
        if len(words) >= 3 and len(words[0]) == 16:
            group.append((int(words[0], 16), words[2]))
        else:
            yield group
            group = []
    yield group


def symbols(lines):
    """(address, size, NAME) of each: up to the next address that is another one. What is last
    of its group, of which that is not known, is left out."""
    known = set()
    for group in groups(lines):
        starts = sorted({address for address, _ in group})
        behind = dict(zip(starts, starts[1:]))
        known |= {(address, behind[address] - address, name) for address, name in group
                  if address in behind}
    found = sorted(known)
    # Without KALLSYMS_ALL only what lies behind it is listed, from the next segment on
    # (SEGMENT_ALIGN, which has been 64 KiB since 5.8).
    stext = [address for address, _, name in found if name == "_stext"]
    if stext and "_text" not in {name for _, _, name in found}:
        found.append((stext[0] - 0x10000, 0, "_text"))
    return found


def look(image, lines, workdir):
    """(what is there, what is not), as sentences. @lines: of /proc/kallsyms."""
    found = symbols(lines)
    names = {name for _, _, name in found}
    missing = [f"there is no {name}" for name in WANTED if name not in names]
    listing = workdir / "symbols"
    listing.write_text("".join(f"{address:x} {size:x} {name[:63]}\n"
                               for address, size, name in found))
    try:
        result = subprocess.run([PROGRAM, image, listing], capture_output=True,
                                text=True, check=False)
    except OSError as error:
        raise Refused(f"{PROGRAM}: {error.strerror}") from error
    said = result.stdout.splitlines() or [f"no the text cannot be read: {result.stderr.strip()}"]
    return ([line[4:] for line in said if line.startswith("yes ")],
            missing + [line[3:] for line in said if not line.startswith("yes ")])
