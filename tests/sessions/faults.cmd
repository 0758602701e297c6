* image: faults.elf
* cpu: intel-skylake amd-zen4
sx vec gp
g
!why
t 2
g
!why
sxn vec pf "r cr2"
bd 0
g
