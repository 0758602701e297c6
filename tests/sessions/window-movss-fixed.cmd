* image: window-movss-fixed.elf
* cpu: intel-skylake amd-zen4
* The same attack, and a kernel whose #DB has a stack of its own and asks GS.
sx vec db
g
!why
k
r gs.base
t- 2
u @rip L2
bc *
g
!why
