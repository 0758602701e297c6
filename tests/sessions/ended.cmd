* image: triple.elf
* cpu: intel-skylake amd-zen4
* exit: 125
g
!why
t
