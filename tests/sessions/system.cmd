* image: syscall64.elf --user syscall64-user.elf
* cpu: intel-skylake amd-zen4
* The tables as the start leaves them, and as the kernel fills them.
!gdt
!idt
!syscallcfg
bp user_main
g
!idt 6 e
!idt 20
!gdt
dg 20 30
!ldt
!tss
!pte @rip
!pte @rsp
!pte lstar
!pte 0
!pte 8000000000000000
!vtop @rip
!syscallcfg
* Between SYSCALL and SWAPGS GS is still the user's.
tsys
!syscallcfg
* What is broken says so: a gate that is not present, an LSTAR into a user page, flags that stay, an RPL of 1.
ed @idtr+80+4 80100e00
!idt 8
r lstar=user_main
r fmask=0
r star=0021001100000000
r efer=@efer&~1
!syscallcfg
r efer=@efer|1
!syscallcfg
~
~0s
~*k
