* image: window-sysret.elf
* cpu: intel-skylake
* exit: 1
* CVE-2012-0217: SYSRET with a non-canonical RCX. Where is it noticed, and on which stack?
bp syscall_leave
sx vec gp
g
r rcx
t
g
!why
k
* Back to the SYSCALL that made this RCX, and forth again:
bc *
g- syscall_entry
k
r rcx
g
