* image: window-nmi.elf --nmi-at syscall_entry
* cpu: intel-skylake amd-zen4
* exit: 108
* An NMI before the SWAPGS of the entry. Ours stands at the same place, and both come.
bp syscall_entry
sx vec nmi
g
k
g
!why
k
r gs.base
* Its handler asks CS, does not swap, and works with the program's GS until the end:
bc *
g
!why
k 5
