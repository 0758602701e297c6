"""The code that the rules of the ledger are about: transitions, segments, delivery, MSRs."""
import glob

FOLDERS = ["src/cpu/transition", "src/msr"]
FILES = ["src/cpu/seg.c", "src/cpu/deliver.c", "src/cpu/frame.c", "src/cpu/tss.c", "src/cpu/task.c", "src/cpu/fault.c",
         "src/cpu/interrupt.c", "src/cpu/branch.c", "src/cpu/debug.c", "src/cpu/isa/op_segment.c",
         "src/cpu/isa/op_system.c", "src/cpu/isa/op_msr.c",
         "src/cpu/isa/op_control.c"]


def sources():
    found = [p for folder in FOLDERS for p in glob.glob(f"{folder}/*.[ch]") + glob.glob(f"{folder}/*.def")]
    return sorted(found + FILES)
