* image: sysenter32.elf
* cpu: intel-skylake intel-p6 amd-zen4
sx insn sysenter
g
!syscallcfg
!pte @rip
!idt d e
r sysenter_eip=0
!syscallcfg
