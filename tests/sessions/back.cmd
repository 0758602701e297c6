* image: syscall64.elf --user syscall64-user.elf
* cpu: intel-skylake amd-zen4
* there and back: the whole run first, then backwards from its end
g
t-
!tt
!why
p-
gu-
* who wrote STAR, who took the page fault, who last entered the kernel
sx msr:star w
sx vec pf
sx cpl 3->0
g-
g-
bd 2
g-
bd 1
g-
g-
* forwards again: the same events
g
be *
g
bc *
!tt 50%
ba w8 @rsp
g-
bl
bc *
bp syscall_entry
!tt 80%
g-
g- user_main
t- 3
t- 200
!tt 900:0
t
t-
rsi
rni
!tt 100%
reverse-continue
rc
t-
g
