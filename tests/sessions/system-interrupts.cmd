* image: interrupts.elf
* cpu: intel-skylake amd-zen4
sx vec irq
g
!idt
!tss
!pte fee00000
!syscallcfg
