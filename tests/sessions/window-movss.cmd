* image: window-movss.elf
* cpu: intel-skylake amd-zen4
* exit: 1
* CVE-2018-8897: the #DB of MOV SS waits until SYSCALL is done, and comes at CPL 0 with the program's GS.
sx vec db
g
!why
k
r gs.base
t- 2
u @rip L2
* Who makes the program root? The write, and who was at it:
bc *
ba w1 is_root
g
k 4
!why
g
