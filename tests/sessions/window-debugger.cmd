* image: window-debugger.elf -- 0
* cpu: intel-skylake amd-zen4
* exit: 108
* A debugger in the guest puts INT3 on the SWAPGS of the entry; ours can stand there and the guest cannot notice.
bp syscall_entry
g
!why
k
* The guest's breakpoint is the byte that stands there:
db @rip L3
* Behind it comes #BP with the program's GS; its handler faults, and its handler's handler:
sx vec bp
sx vec df
g
r gs.base
g
!why
k 6
* Who pushed so deep? Back to the first of the page faults:
bc *
g- syscall_entry
sx vec pf
g
!why
bc *
g
