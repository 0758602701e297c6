* image: realmode.elf
* cpu: intel-skylake amd-zen4
* The vector of INT 21h, once it has been written.
ba w2 86
g
!idt 20 22
~
!pte @rip
bc *
* The gates of protected mode, and the TSS with ports for virtual-8086 mode.
sx cpl 0->3
g
!idt 0 e
!idt 20 22
!gdt
!tss
!pte @rip
dg 28 34
