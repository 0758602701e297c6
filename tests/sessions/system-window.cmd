* image: window-irq.elf
* cpu: intel-skylake amd-zen4
* FMASK leaves IF: an interrupt comes on the user's stack.
sx insn syscall
g
!syscallcfg
!idt 20 21
